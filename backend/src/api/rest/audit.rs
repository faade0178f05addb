//! `/api/audit`: who did what.

use super::{Paging, read_cursor, write_cursor};
use crate::api::extract::Ask;
use crate::api::{ApiError, AppState};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use hark_shared::perms::Permission::ReadAudit;
use hark_shared::time::Timestamp;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{AuditEntry, Page};
use hark_store::AuditCursor;

/// The audit log, newest first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(Paging), responses(
    (status = OK, body = Page<AuditEntry>),
    (status = FORBIDDEN, body = WireError),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Ask(paging): Ask<Paging>,
) -> Result<Json<Page<AuditEntry>>, ApiError> {
    who.require(ReadAudit)?;
    let before = paging.before(read_cursor)?.map(|(at, id)| AuditCursor { at: Timestamp(at), id });
    let (rows, next) = state.db.audit_log(who.tenant, before, paging.limit()?).await?;
    Ok(Json(Page { rows, next: next.map(|next| write_cursor(next.at.0, next.id)) }))
}
