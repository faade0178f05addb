//! `/api/teams`: what a team must be. The operations are those of every document ([`super::documents`]).

use super::documents::Validate;
use crate::api::{ApiError, AppState, check};
use hark_shared::flow::Thing;
use hark_shared::ids::{TeamId, TenantId, UserId};
use hark_shared::perms::{Permission, allowed};
use hark_shared::team::{MOST_LEADERS, MOST_MEMBERS, MOST_TEAMS, Team};
use hark_shared::wire::rest::User;

impl Validate for Team {
    type Id = TeamId;

    fn thing(id: TeamId) -> Option<Thing> {
        Some(Thing::Team(id))
    }

    fn validate(&self) -> Result<(), ApiError> {
        check::text("name", &self.name, check::NAME)?;
        at_most("members", self.members.len(), MOST_MEMBERS)?;
        at_most("leaders", self.leaders.len(), MOST_LEADERS)
    }

    async fn fits(&self, state: &AppState, tenant: TenantId) -> Result<(), ApiError> {
        let teams: Vec<Team> = state.db.documents(tenant).await?;
        if !teams.iter().any(|team| team.id == self.id) {
            at_most("id", teams.len() + 1, MOST_TEAMS)?;
        }
        let users = state.db.users(tenant).await?;
        for member in &self.members {
            find(&users, "members", *member)?;
        }
        for leader in &self.leaders {
            let user = find(&users, "leaders", *leader)?;
            if !allowed(&user.roles, Permission::Supervise) {
                return Err(ApiError::Invalid(
                    check::invalid("invalid.no_supervisor", "leaders").with("name", &user.name),
                ));
            }
        }
        Ok(())
    }
}

fn at_most(field: &str, count: usize, max: usize) -> Result<(), ApiError> {
    if count <= max {
        return Ok(());
    }
    Err(ApiError::Invalid(check::invalid("invalid.too_many", field).with("max", max)))
}

fn find<'a>(users: &'a [User], field: &str, id: UserId) -> Result<&'a User, ApiError> {
    let unknown = || ApiError::Invalid(check::invalid("invalid.unknown_user", field).with("user", id));
    users.iter().find(|user| user.id == id).ok_or_else(unknown)
}
