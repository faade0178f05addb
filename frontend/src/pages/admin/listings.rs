//! Black and white list: whose calls are turned away, and whose never are.

use super::entries::{Entries, EntryForm};
use super::resource::Resource;
use crate::clock::use_clock;
use crate::components::form::{Field, TextField, Tick};
use crate::text::{self, *};
use hark_shared::ids::ListingId;
use hark_shared::listing::{Listed, Listing};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Timestamp;
use hark_shared::wire::WireError;
use js_sys::Date;
use leptos::prelude::*;
use uuid::Uuid;
use wasm_bindgen::JsValue;

/// The list.
#[component]
pub fn Listings() -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let listings = Resource::<Listing>::load("listings");
    let cells = move |listing: Listing| {
        let until = listing.until;
        let lasts = move || match until {
            Some(until) if until <= clock.now() => t_string!(i18n, admin.over).to_owned(),
            Some(until) => text::moment(i18n.get_locale(), until, clock.now()),
            None => "—".to_owned(),
        };
        view! {
            <td>{format!("{}{}", listing.number, if listing.prefix { "…" } else { "" })}</td>
            <td>
                <span class="outcome" data-good=(listing.listed == Listed::Allowed).to_string()>
                    {move || listed(i18n.get_locale(), listing.listed)}
                </span>
            </td>
            <td>{listing.reason}</td>
            <td>{lasts}</td>
        }
        .into_any()
    };
    let form = move |listing, close| view! { <Form listing listings close /> }.into_any();
    view! {
        <Entries
            entries=listings
            about=t_label!(i18n, admin.listings_about)
            caption=t_label!(i18n, admin.listings)
            heads=[t_label!(i18n, admin.number), t_label!(i18n, admin.list), t_label!(i18n, admin.reason), t_label!(i18n, admin.until)]
            name=|listing: &Listing| listing.number.to_string()
            cells
            form
            empty=t_label!(i18n, admin.listings_none)
        />
    }
}

fn listed(locale: Locale, listed: Listed) -> &'static str {
    match listed {
        Listed::Blocked => td_string!(locale, admin.blocked),
        Listed::Allowed => td_string!(locale, admin.allowed_caller),
    }
}

/// The end of an entry: midnight after the day that the form shows, by the browser's zone.
fn end_of_day(day: &str) -> Result<Option<Timestamp>, WireError> {
    let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
    match (day.is_empty(), parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (true, ..) => Ok(None),
        (false, Some(year), Some(month), Some(day)) => {
            let midnight = Date::new_with_year_month_day(year, month.cast_signed() - 1, day.cast_signed() + 1);
            #[allow(clippy::cast_possible_truncation, reason = "milliseconds of a date are whole and far below 2^53")]
            Ok(Some(Timestamp(midnight.get_time() as i64)))
        }
        _ => Err(WireError::new("invalid.date").with("text", day)),
    }
}

/// The last day of an entry, as the form shows it.
fn last_day(until: Timestamp) -> String {
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of a date are far below 2^53")]
    let date = Date::new(&JsValue::from_f64((until.0 - 1) as f64));
    format!("{:04}-{:02}-{:02}", date.get_full_year(), date.get_month() + 1, date.get_date())
}

#[component]
fn Form(listing: Option<Listing>, listings: Resource<Listing>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let new = listing.is_none();
    let id = listing.as_ref().map_or_else(|| ListingId(Uuid::new_v4()), |listing| listing.id);
    let kind = RwSignal::new(listing.as_ref().map_or(Listed::Blocked, |listing| listing.listed));
    let number = RwSignal::new(listing.as_ref().map_or_else(String::new, |listing| listing.number.to_string()));
    let prefix = RwSignal::new(listing.as_ref().is_some_and(|listing| listing.prefix));
    let last = RwSignal::new(listing.as_ref().and_then(|listing| listing.until).map_or_else(String::new, last_day));
    let reason = RwSignal::new(listing.map_or_else(String::new, |listing| listing.reason));
    let body = move || {
        let parsed = PhoneNumber::parse(&number.get_untracked())
            .map_err(|_| WireError::new("invalid.number").with("field", "number"))?;
        Ok::<_, WireError>(Listing {
            id,
            listed: kind.get_untracked(),
            number: parsed,
            prefix: prefix.get_untracked(),
            reason: reason.get_untracked().trim().to_owned(),
            until: end_of_day(&last.get_untracked())?,
        })
    };
    let choose = move |value: String| kind.set(if value == "allowed" { Listed::Allowed } else { Listed::Blocked });
    view! {
        <EntryForm what=t_label!(i18n, admin.listing) entries=listings id=(!new).then(|| id.to_string()) body close>
            <Field label=t_label!(i18n, admin.list)>
                <select on:change:target=move |event| choose(event.target().value())>
                    <option value="blocked" selected=move || kind.get() == Listed::Blocked>{t!(i18n, admin.blocked)}</option>
                    <option value="allowed" selected=move || kind.get() == Listed::Allowed>{t!(i18n, admin.allowed_caller)}</option>
                </select>
            </Field>
            <TextField
                label=t_label!(i18n, admin.number)
                hint=t_label!(i18n, admin.number_hint)
                value=number
                testid="listing-number"
                required=true
            />
            <Tick label=t_label!(i18n, admin.prefix) value=prefix />
            <TextField label=t_label!(i18n, admin.reason) value=reason />
            <TextField label=t_label!(i18n, admin.last_day) hint=t_label!(i18n, admin.last_day_hint) value=last kind="date" />
        </EntryForm>
    }
}
