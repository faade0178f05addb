//! `/api/contacts`: contact records; one's own, or everybody's for those who may.

use super::{Paging, read_cursor, write_cursor};
use crate::api::extract::{Ask, Id};
use crate::api::{ApiError, AppState};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use hark_shared::ids::ContactId;
use hark_shared::perms::Permission::{ReadAllContacts, ReadOwnContacts};
use hark_shared::time::Timestamp;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Contact, ContactDetail, Page};
use hark_store::{ContactCursor, Whose};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Whose contacts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Of {
    /// `mine` (the default) or `all`.
    #[serde(default)]
    whose: OwnOrAll,
}

/// One's own or everybody's.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OwnOrAll {
    /// Those that the caller talked in.
    #[default]
    Mine,
    /// Everybody's.
    All,
}

/// Contacts, newest first.
#[utoipa::path(get, path = "/api/contacts", tag = "contacts", params(Paging, Of), responses(
    (status = OK, body = Page<Contact>),
    (status = FORBIDDEN, body = WireError),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Ask(paging): Ask<Paging>,
    Ask(of): Ask<Of>,
) -> Result<Json<Page<Contact>>, ApiError> {
    let whose = match of.whose {
        OwnOrAll::Mine => {
            who.require_any(&[ReadOwnContacts, ReadAllContacts])?;
            Whose::Agent(who.user)
        }
        OwnOrAll::All => {
            who.require(ReadAllContacts)?;
            Whose::All
        }
    };
    let before = paging.before(read_cursor)?;
    let before = before.map(|(began, id)| ContactCursor { began: Timestamp(began), id: ContactId(id) });
    let (rows, next) = state.db.contacts(who.tenant, whose, before, paging.limit()?).await?;
    Ok(Json(Page { rows, next: next.map(|next| write_cursor(next.began.0, next.id.0)) }))
}

/// One contact with its customer, offers and legs. Somebody else's is not found without the permission to see all.
#[utoipa::path(get, path = "/api/contacts/{id}", tag = "contacts", params(("id" = ContactId, Path)), responses(
    (status = OK, body = ContactDetail),
    (status = NOT_FOUND, body = WireError),
))]
pub(in crate::api) async fn get(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id<ContactId>,
) -> Result<Json<ContactDetail>, ApiError> {
    who.require_any(&[ReadOwnContacts, ReadAllContacts])?;
    let detail = state.db.contact(who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    if !who.may(ReadAllContacts) && detail.contact.agent != Some(who.user) {
        return Err(ApiError::NotFound);
    }
    Ok(Json(detail))
}
