//! `/api/customers`: the tenant's own records of who calls.

use super::{Paging, found, same_id};
use crate::api::extract::{Ask, Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::ids::CustomerId;
use hark_shared::perms::Permission::{ReadAllContacts, ReadOwnContacts};
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Customer, Page};
use hark_store::CustomerFilter;
use serde::Deserialize;
use utoipa::IntoParams;

/// The most numbers of one customer: each is looked up with every card.
const NUMBERS: usize = 20;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Search {
    /// Part of a name or company, or the beginning of a number.
    #[serde(default)]
    search: String,
}

/// Customers, newest first.
#[utoipa::path(get, path = "/api/customers", tag = "customers", params(Paging, Search), responses(
    (status = OK, body = Page<Customer>),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Ask(paging): Ask<Paging>,
    Ask(search): Ask<Search>,
) -> Result<Json<Page<Customer>>, ApiError> {
    who.require_any(&[ReadOwnContacts, ReadAllContacts])?;
    check::at_most("search", &search.search, check::NAME)?;
    let before = paging.before(|text| text.parse().ok())?;
    let filter = CustomerFilter { search: search.search.trim().to_owned(), before };
    let (rows, next) = state.db.customers(who.tenant, &filter, paging.limit()?).await?;
    Ok(Json(Page { rows, next: next.map(|id| id.to_string()) }))
}

/// One customer.
#[utoipa::path(get, path = "/api/customers/{id}", tag = "customers", params(("id" = CustomerId, Path)), responses(
    (status = OK, body = Customer),
    (status = NOT_FOUND, body = WireError),
))]
pub(in crate::api) async fn get(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id<CustomerId>,
) -> Result<Json<Customer>, ApiError> {
    who.require_any(&[ReadOwnContacts, ReadAllContacts])?;
    state.db.customer(who.tenant, id).await?.map(Json).ok_or(ApiError::NotFound)
}

/// Create a customer.
#[utoipa::path(post, path = "/api/customers", tag = "customers", request_body = Customer, responses(
    (status = CREATED, body = Customer),
    (status = CONFLICT, body = WireError, description = "A number is another customer's"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(customer): Body<Customer>,
) -> Result<(StatusCode, Json<Customer>), ApiError> {
    who.require_any(&[ReadOwnContacts, ReadAllContacts])?;
    validate(&customer)?;
    let audit = state.entry(&who, peer, "customer.created", customer.id);
    state.db.create_customer(who.tenant, &customer, &audit).await?;
    Ok((StatusCode::CREATED, Json(customer)))
}

/// Change a customer.
#[utoipa::path(put, path = "/api/customers/{id}", tag = "customers", params(("id" = CustomerId, Path)),
    request_body = Customer, responses(
        (status = OK, body = Customer),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "A number is another customer's"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<CustomerId>,
    Body(customer): Body<Customer>,
) -> Result<Json<Customer>, ApiError> {
    who.require_any(&[ReadOwnContacts, ReadAllContacts])?;
    same_id(&id, &customer.id)?;
    validate(&customer)?;
    let audit = state.entry(&who, peer, "customer.changed", id);
    found(state.db.change_customer(who.tenant, &customer, &audit).await?)?;
    Ok(Json(customer))
}

fn validate(customer: &Customer) -> Result<(), ApiError> {
    check::text("name", &customer.name, check::NAME)?;
    check::optional("company", customer.company.as_deref(), check::NAME)?;
    check::optional("remark", customer.remark.as_deref(), check::LINE)?;
    if customer.numbers.len() > NUMBERS {
        return Err(ApiError::Invalid(check::invalid("invalid.too_many", "numbers").with("max", NUMBERS)));
    }
    check::distinct("numbers", &customer.numbers)
}
