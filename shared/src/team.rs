//! Teams (班组): agents who belong together, and who leads them.
//!
//! A team has a mailbox of its own, and says who supervises whom ([`may_supervise`], [`overseen`]): server and browser ask
//! the same functions. An agent may be in several teams; a leader need not be a member. A team takes no contacts: that is
//! what queues are for.

use crate::ids::{TeamId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Teams of a tenant at most: one for every ten of two thousand agents, and some.
pub const MOST_TEAMS: usize = 250;
/// Members of a team at most: a whole site.
pub const MOST_MEMBERS: usize = 1000;
/// Leaders of a team at most: one for each shift, and who stands in for them.
pub const MOST_LEADERS: usize = 50;

/// `GET|POST|PUT /api/teams`: a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    /// The id, drawn by the client when it creates.
    pub id: TeamId,
    /// The name, unique in the tenant.
    pub name: String,
    /// Who belongs to it, at most [`MOST_MEMBERS`].
    #[serde(default)]
    pub members: BTreeSet<UserId>,
    /// The supervisors who lead it, at most [`MOST_LEADERS`].
    #[serde(default)]
    pub leaders: BTreeSet<UserId>,
}

impl Team {
    /// Whether somebody belongs to it or leads it: whose matter its mailbox is.
    #[must_use]
    pub fn concerns(&self, user: UserId) -> bool {
        self.members.contains(&user) || self.leaders.contains(&user)
    }
}

/// Whether a supervisor may supervise this agent: whoever is in a team is supervised by those who lead a team of theirs,
/// and whoever is in none by every supervisor. A team that nobody leads binds nobody, or its members could not be
/// supervised at all. Everybody supervises themselves.
///
/// That the supervisor's role allows it (`Permission::Supervise`) is asked apart from this.
#[must_use]
pub fn may_supervise<'a>(teams: impl IntoIterator<Item = &'a Team>, supervisor: UserId, agent: UserId) -> bool {
    let led = |team: &&Team| team.members.contains(&agent) && !team.leaders.is_empty();
    let mut bound = false;
    for team in teams.into_iter().filter(led) {
        if team.leaders.contains(&supervisor) {
            return true;
        }
        bound = true;
    }
    !bound || supervisor == agent
}

/// As [`may_supervise`], for a call by the agent who answers for it; one that nobody answers for is every supervisor's.
#[must_use]
pub fn overseen<'a>(teams: impl IntoIterator<Item = &'a Team>, supervisor: UserId, agent: Option<UserId>) -> bool {
    agent.is_none_or(|agent| may_supervise(teams, supervisor, agent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAD: UserId = UserId::from_u128(1);
    const OTHER: UserId = UserId::from_u128(2);
    const ANN: UserId = UserId::from_u128(3);
    const BO: UserId = UserId::from_u128(4);

    fn team(id: u128, members: &[UserId], leaders: &[UserId]) -> Team {
        Team {
            id: TeamId::from_u128(id),
            name: format!("Team {id}"),
            members: members.iter().copied().collect(),
            leaders: leaders.iter().copied().collect(),
        }
    }

    #[test]
    fn a_team_is_supervised_by_who_leads_it_and_whoever_is_in_none_by_everybody() {
        let may = |teams: &[Team], agent| [LEAD, OTHER].map(|one| may_supervise(teams, one, agent));
        assert_eq!(may(&[], ANN), [true, true], "there are no teams");
        let one = team(1, &[ANN], &[LEAD]);
        assert_eq!(may(std::slice::from_ref(&one), ANN), [true, false]);
        assert_eq!(may(std::slice::from_ref(&one), BO), [true, true], "in no team");
        assert_eq!(may(&[one.clone(), team(2, &[ANN, BO], &[OTHER])], ANN), [true, true], "in two");
        assert_eq!(may(&[one.clone(), team(2, &[ANN], &[])], ANN), [true, false], "nobody leads the second");
        assert_eq!(may(&[team(2, &[ANN], &[])], ANN), [true, true], "nobody leads it");
        assert!(may_supervise(&[team(1, &[OTHER], &[LEAD])], OTHER, OTHER), "oneself");
        assert!(overseen(std::slice::from_ref(&one), OTHER, None) && !overseen(&[one], OTHER, Some(ANN)));
    }
}
