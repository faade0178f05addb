//! `/api/calendars`, `/api/notices`, `/api/listings`, `/api/rotas`, `/api/mailboxes`, `/api/teams`: small things that are set up whole, all in the same way.

use super::{found, same_id, uses};
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use crate::{mail, zones};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::duty::{BadRota, MAX_DAYS as MAX_DUTY_DAYS, MAX_PEOPLE, MAX_TURNS, Rota};
use hark_shared::flow::{Phrase, Thing};
use hark_shared::hours::{BadCalendar, Calendar, MAX_DAYS, MAX_INTERVALS};
use hark_shared::ids::{CalendarId, ListingId, MailboxId, NoticeId, RotaId, TeamId, TenantId};
use hark_shared::listing::Listing;
use hark_shared::notice::Notice;
use hark_shared::perms::Permission::{ManageRouting, WatchFloor};
use hark_shared::team::Team;
use hark_shared::wire::WireError;
use hark_shared::wire::messages::MailboxSetting;

/// The four operations on a kind of document.
macro_rules! documents {
    ($module:ident, $document:ident, $id:ident, $name:literal, $list:tt, $one:tt) => {
        pub(in crate::api) mod $module {
            use super::*;

            /// Every one.
            #[utoipa::path(get, path = $list, tag = $name, responses(
                                        (status = OK, body = Vec<$document>),
                                        (status = FORBIDDEN, body = WireError),
                                    ))]
            pub(in crate::api) async fn list(
                State(state): State<AppState>,
                who: SignedIn,
            ) -> Result<Json<Vec<$document>>, ApiError> {
                who.require_any(&[ManageRouting, WatchFloor])?;
                Ok(Json(state.db.documents(who.tenant).await?))
            }

            /// Create one.
            #[utoipa::path(post, path = $list, tag = $name, request_body = $document, responses(
                                        (status = CREATED, body = $document),
                                        (status = CONFLICT, body = WireError, description = "The name is taken"),
                                        (status = UNPROCESSABLE_ENTITY, body = WireError),
                                    ))]
            pub(in crate::api) async fn create(
                State(state): State<AppState>,
                Peer(peer): Peer,
                who: SignedIn,
                Body(new): Body<$document>,
            ) -> Result<(StatusCode, Json<$document>), ApiError> {
                who.require(ManageRouting)?;
                new.validate()?;
                new.fits(&state, who.tenant).await?;
                let entry = state.entry(&who, peer, concat!($name, ".created"), new.id);
                state.db.create_document(who.tenant, &new, &entry).await?;
                state.reload(who.tenant).await;
                Ok((StatusCode::CREATED, Json(new)))
            }

            /// Change one.
            #[utoipa::path(put, path = $one, tag = $name, params(("id" = $id, Path)), request_body = $document,
                                        responses(
                                            (status = OK, body = $document),
                                            (status = NOT_FOUND, body = WireError),
                                            (status = CONFLICT, body = WireError, description = "The name is taken"),
                                            (status = UNPROCESSABLE_ENTITY, body = WireError),
                                        ))]
            pub(in crate::api) async fn change(
                State(state): State<AppState>,
                Peer(peer): Peer,
                who: SignedIn,
                Id(id): Id<$id>,
                Body(changed): Body<$document>,
            ) -> Result<Json<$document>, ApiError> {
                who.require(ManageRouting)?;
                same_id(&id, &changed.id)?;
                changed.validate()?;
                changed.fits(&state, who.tenant).await?;
                let entry = state.entry(&who, peer, concat!($name, ".changed"), id);
                found(state.db.change_document(who.tenant, &changed, &entry).await?)?;
                state.reload(who.tenant).await;
                Ok(Json(changed))
            }

            /// Take one away.
            #[utoipa::path(delete, path = $one, tag = $name, params(("id" = $id, Path)), responses(
                                        (status = NO_CONTENT),
                                        (status = NOT_FOUND, body = WireError),
                                        (status = CONFLICT, body = WireError, description = "A flow needs it"),
                                    ))]
            pub(in crate::api) async fn remove(
                State(state): State<AppState>,
                Peer(peer): Peer,
                who: SignedIn,
                Id(id): Id<$id>,
            ) -> Result<StatusCode, ApiError> {
                who.require(ManageRouting)?;
                if let Some(thing) = $document::thing(id) {
                    uses::free(&state, who.tenant, &thing).await?;
                }
                let entry = state.entry(&who, peer, concat!($name, ".removed"), id);
                found(state.db.remove_document::<$document>(who.tenant, id.0, &entry).await?)?;
                state.reload(who.tenant).await;
                Ok(StatusCode::NO_CONTENT)
            }
        }
    };
}

documents!(calendars, Calendar, CalendarId, "calendar", "/api/calendars", "/api/calendars/{id}");
documents!(notices, Notice, NoticeId, "notice", "/api/notices", "/api/notices/{id}");
documents!(rotas, Rota, RotaId, "rota", "/api/rotas", "/api/rotas/{id}");
documents!(mailboxes, MailboxSetting, MailboxId, "mailbox", "/api/mailboxes", "/api/mailboxes/{id}");
documents!(teams, Team, TeamId, "team", "/api/teams", "/api/teams/{id}");
documents!(listings, Listing, ListingId, "listing", "/api/listings", "/api/listings/{id}");

/// Phrases of one notice: a paragraph.
const MAX_PHRASES: usize = 20;

/// What a document of any kind must be.
pub(super) trait Validate {
    /// Its id.
    type Id;

    /// By itself.
    fn validate(&self) -> Result<(), ApiError>;

    /// With what else the tenant has.
    async fn fits(&self, _state: &AppState, _tenant: TenantId) -> Result<(), ApiError> {
        Ok(())
    }

    /// As what a flow may need it.
    fn thing(id: Self::Id) -> Option<Thing>;
}

impl Validate for Calendar {
    type Id = CalendarId;

    fn thing(id: CalendarId) -> Option<Thing> {
        Some(Thing::Calendar(id))
    }

    fn validate(&self) -> Result<(), ApiError> {
        check::text("name", &self.name, check::NAME)?;
        if !zones::is_known(&self.zone) {
            return Err(ApiError::Invalid(check::invalid("invalid.zone", "zone").with("zone", &self.zone)));
        }
        self.days.iter().try_for_each(|day| check::at_most("days", &day.name, check::NAME))?;
        self.check().map_err(|why| ApiError::Invalid(hours_error(&why)))
    }
}

fn hours_error(why: &BadCalendar) -> WireError {
    match why {
        BadCalendar::Backwards(from, to) => {
            check::invalid("invalid.hours_backwards", "week").with("from", from).with("to", to)
        }
        BadCalendar::Overlap(at) => check::invalid("invalid.hours_overlap", "week").with("at", at),
        BadCalendar::TooManyIntervals => check::invalid("invalid.too_many", "week").with("max", MAX_INTERVALS),
        BadCalendar::Twice(date) => check::invalid("invalid.day_twice", "days").with("date", date),
        BadCalendar::TooManyDays => check::invalid("invalid.too_many", "days").with("max", MAX_DAYS),
    }
}

impl Validate for Notice {
    type Id = NoticeId;

    fn thing(id: NoticeId) -> Option<Thing> {
        Some(Thing::Notice(id))
    }

    fn validate(&self) -> Result<(), ApiError> {
        check::text("name", &self.name, check::NAME)?;
        if self.say.is_empty() {
            return Err(ApiError::Invalid(check::invalid("invalid.empty", "say")));
        }
        if self.say.len() > MAX_PHRASES {
            return Err(ApiError::Invalid(check::invalid("invalid.too_many", "say").with("max", MAX_PHRASES)));
        }
        self.say.iter().try_for_each(|phrase| match phrase {
            Phrase::Prompt { name } => check::text("say", name, check::NAME),
            Phrase::Text { zh, en } => {
                check::at_most("say", zh, check::LINE)?;
                check::at_most("say", en, check::LINE)
            }
            Phrase::Value { .. } => Ok(()),
        })
    }
}

impl Validate for Listing {
    type Id = ListingId;

    fn thing(_: ListingId) -> Option<Thing> {
        None
    }

    fn validate(&self) -> Result<(), ApiError> {
        check::at_most("reason", &self.reason, check::LINE)
    }
}

impl Validate for Rota {
    type Id = RotaId;

    fn thing(id: RotaId) -> Option<Thing> {
        Some(Thing::Rota(id))
    }

    fn validate(&self) -> Result<(), ApiError> {
        check::text("name", &self.name, check::NAME)?;
        if !zones::is_known(&self.zone) {
            return Err(ApiError::Invalid(check::invalid("invalid.zone", "zone").with("zone", &self.zone)));
        }
        let people = self.turns.iter().map(|turn| &turn.people).chain(self.days.iter().map(|day| &day.people));
        people.flatten().try_for_each(|one| check::text("people", &one.name, check::NAME))?;
        self.check().map_err(|why| ApiError::Invalid(rota_error(&why)))
    }
}

fn rota_error(why: &BadRota) -> WireError {
    match why {
        BadRota::TooManyTurns => check::invalid("invalid.too_many", "turns").with("max", MAX_TURNS),
        BadRota::TooManyDays => check::invalid("invalid.too_many", "days").with("max", MAX_DUTY_DAYS),
        BadRota::TooManyPeople => check::invalid("invalid.too_many", "people").with("max", MAX_PEOPLE),
        BadRota::Nobody => check::invalid("invalid.empty", "people"),
        BadRota::NoWeekday => check::invalid("invalid.empty", "weekdays"),
        BadRota::Twice(date) => check::invalid("invalid.day_twice", "days").with("date", date),
    }
}

impl Validate for MailboxSetting {
    type Id = MailboxId;

    async fn fits(&self, state: &AppState, tenant: TenantId) -> Result<(), ApiError> {
        let owner = self.mailbox.team().map(|team| ("mailbox", Thing::Team(team)));
        uses::there(state, tenant, owner.into_iter().collect()).await
    }

    fn thing(_: MailboxId) -> Option<Thing> {
        None
    }

    fn validate(&self) -> Result<(), ApiError> {
        if self.id != self.mailbox.id() {
            return Err(ApiError::Invalid(check::invalid("invalid.other_id", "id")));
        }
        check::optional("greeting", self.greeting.as_deref(), check::NAME)?;
        // Without an address nothing is mailed; without a greeting either there is nothing to set up.
        if self.address.is_empty() && self.greeting.is_some() {
            return Ok(());
        }
        check::text("address", &self.address, check::NAME)?;
        if !mail::is_address(&self.address) {
            return Err(ApiError::Invalid(check::invalid("invalid.mail_address", "address")));
        }
        Ok(())
    }
}
