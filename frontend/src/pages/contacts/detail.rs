//! One contact with all that belongs to it: times, form, recording, every offer with its explanation, every leg.

use crate::api::{self, ApiError};
use crate::clock::use_clock;
use crate::components::form::FormError;
use crate::pages::contacts::attended::Attended;
use crate::pages::contacts::hops::Hops;
use crate::pages::contacts::player::Player;
use crate::pages::contacts::trail::Trail;
use crate::pages::desk::explanation::Why;
use crate::pages::desk::identified::Identified;
use crate::text::{self, *};
use hark_shared::ids::ContactId;
use hark_shared::wire::WireError;
use hark_shared::wire::desk::Disposition;
use hark_shared::wire::parties::Purpose;
use hark_shared::wire::rest::{Consult, Contact, ContactDetail, Leg, Offer, OfferEnd};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Loads and shows contact `id`.
#[component]
pub fn Detail(
    /// Which.
    id: ContactId,
    /// Its record as the list knows it: when that changes, all is read again.
    contact: Memo<Option<Contact>>,
) -> impl IntoView {
    let detail = RwSignal::new(None::<ContactDetail>);
    let dispositions = RwSignal::new(Vec::<Disposition>::new());
    let error = RwSignal::new(None::<WireError>);
    Effect::new(move |_| {
        contact.track();
        spawn_local(async move {
            // The row may be closed by now.
            let read = async || {
                let _ = dispositions.try_set(api::get("/api/dispositions").await?);
                let _ = detail.try_set(Some(api::get(&format!("/api/contacts/{id}")).await?));
                Ok::<_, ApiError>(())
            };
            let _ = error.try_set(read().await.err().map(|failed| failed.error));
        });
    });
    // Each part by itself: what is said of a record later must not stop its sound.
    let contact = part(detail, |detail| detail.contact.clone());
    let recording = Memo::new(move |_| contact.with(|contact| contact.as_ref()?.recording.clone()));
    let offers = part(detail, |detail| detail.offers.clone());
    let legs = part(detail, |detail| detail.legs.clone());
    let consults = part(detail, |detail| detail.consults.clone());
    let known = part(detail, |detail| detail.identification.clone());
    let led = part(detail, |detail| (detail.hops.clone(), detail.callback.clone()));
    let attended = part(detail, |detail| detail.attendance.clone());
    let walk = part(detail, |detail| (detail.trail.clone(), detail.answers.clone()));
    view! {
        <div class="detail" data-testid="contact-detail">
            <FormError error />
            {move || contact.get().map(|contact| view! { <Summary contact dispositions /> })}
            {move || recording.get().map(|recording| view! { <Player recording /> })}
            {move || {
                known
                    .get()
                    .map(|known| view! { <Identified verified=known.verified told=known.told /> })
            }}
            {move || walk.get().map(|(trail, answers)| view! { <Trail trail answers /> })}
            {move || led.get().map(|(hops, callback)| view! { <Hops hops callback /> })}
            {move || attended.get().flatten().map(|attendance| view! { <Attended attendance /> })}
            {move || offers.get().map(|offers| view! { <Offers offers /> })}
            {move || consults.get().map(|consults| view! { <Consults consults /> })}
            {move || legs.get().map(|legs| view! { <Legs legs /> })}
        </div>
    }
}

fn part<T>(
    detail: RwSignal<Option<ContactDetail>>,
    part: impl Fn(&ContactDetail) -> T + Send + Sync + 'static,
) -> Memo<Option<T>>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| detail.with(|detail| detail.as_ref().map(&part)))
}

#[component]
fn Summary(contact: Contact, dispositions: RwSignal<Vec<Disposition>>) -> impl IntoView {
    let i18n = use_i18n();
    let form = contact.form.clone();
    let chosen = move || {
        dispositions.with(|all| {
            let found = all.iter().find(|disposition| Some(disposition.id) == form.disposition);
            found.map(|disposition| text::disposition(i18n.get_locale(), disposition))
        })
    };
    let cause = contact.cause;
    let notes = contact.form.notes;
    view! {
        <dl class="figures">
            <div><dt>{t!(i18n, contacts.waited)}</dt><dd>{text::duration(contact.waited)}</dd></div>
            {contact
                .estimated
                .map(|wait| view! { <div><dt>{t!(i18n, contacts.estimated)}</dt><dd>{text::duration(wait)}</dd></div> })}
            <div><dt>{t!(i18n, contacts.talked)}</dt><dd>{text::duration(contact.talked)}</dd></div>
            <div><dt>{t!(i18n, contacts.held)}</dt><dd>{text::duration(contact.held)}</dd></div>
            <div><dt>{t!(i18n, contacts.wrap_up)}</dt><dd>{text::duration(contact.wrap_up)}</dd></div>
            <div><dt>{t!(i18n, contacts.ended_by)}</dt><dd>{move || text::cause(i18n.get_locale(), cause)}</dd></div>
            <div>
                <dt>{t!(i18n, desk.disposition)}</dt>
                <dd>{move || chosen().unwrap_or_else(|| "—".to_owned())}</dd>
            </div>
        </dl>
        {(!notes.is_empty()).then(|| view! { <p class="notes">{notes}</p> })}
    }
}

#[component]
fn Offers(offers: Vec<Offer>) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    (!offers.is_empty()).then(|| {
        view! {
            <h3>{t!(i18n, contacts.offers)}</h3>
            <ol class="offers">
                {offers
                    .into_iter()
                    .map(|offer| {
                        let (made, end) = (offer.made, offer.end);
                        view! {
                            <li>
                                <p>
                                    <time>{move || text::moment(i18n.get_locale(), made, clock.now())}</time>
                                    " "
                                    <b>{offer.agent_name}</b>
                                    " "
                                    <span class="outcome" data-good=(end == OfferEnd::Accepted).to_string()>
                                        {move || end_text(i18n.get_locale(), end)}
                                    </span>
                                </p>
                                <Why why=offer.why />
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
        }
    })
}

fn end_text(locale: Locale, end: OfferEnd) -> &'static str {
    match end {
        OfferEnd::Accepted => td_string!(locale, contacts.offer_accepted),
        OfferEnd::TimedOut => td_string!(locale, contacts.offer_timed_out),
        OfferEnd::Withdrawn => td_string!(locale, contacts.offer_withdrawn),
        OfferEnd::Lost => td_string!(locale, contacts.offer_lost),
        OfferEnd::Taken => td_string!(locale, contacts.offer_taken),
        OfferEnd::Interrupted => td_string!(locale, contacts.offer_interrupted),
    }
}

/// Whom its agents asked, passed it on to, or added.
#[component]
fn Consults(consults: Vec<Consult>) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let row = move |consult: Consult| {
        let number = consult.number.map(|number| number.to_string());
        let with = consult.agent_name.or(consult.queue_name).or(number).unwrap_or_default();
        let (began, purpose, cause, answered) = (consult.began, consult.purpose, consult.cause, consult.answered);
        let what = move || match purpose {
            Purpose::Consult => t_string!(i18n, desk.consult),
            Purpose::Transfer => t_string!(i18n, desk.transfer),
            Purpose::Invite => t_string!(i18n, desk.invite),
        };
        let result = move || match answered {
            Some(at) => text::duration(consult.ended.since(at)),
            None => text::cause(i18n.get_locale(), cause).to_owned(),
        };
        view! {
            <li data-testid="consult">
                <time>{move || text::moment(i18n.get_locale(), began, clock.now())}</time>
                " "
                {consult.by_name}
                " · "
                {what}
                " · "
                <b>{with}</b>
                " "
                <span class="outcome" data-good=answered.is_some().to_string()>{result}</span>
            </li>
        }
    };
    (!consults.is_empty()).then(|| {
        view! {
            <h3>{t!(i18n, contacts.consults)}</h3>
            <ol class="offers">{consults.into_iter().map(row).collect_view()}</ol>
        }
    })
}

/// How each side sounded. Without packets there is nothing to say of a side but its length.
#[component]
fn Legs(legs: Vec<Leg>) -> impl IntoView {
    let i18n = use_i18n();
    (!legs.is_empty()).then(|| {
        view! {
            <h3 id="legs">{t!(i18n, contacts.sound)}</h3>
            <div class="legs-wrap">
                <table class="legs" aria-labelledby="legs">
                    <thead>
                        <tr>
                            <th scope="col">{t!(i18n, contacts.side)}</th>
                            <th scope="col">{t!(i18n, contacts.length)}</th>
                            <th scope="col" title="MOS">{t!(i18n, contacts.mos)}</th>
                            <th scope="col">{t!(i18n, contacts.lost)}</th>
                            <th scope="col">{t!(i18n, contacts.jitter)}</th>
                        </tr>
                    </thead>
                    <tbody>{legs.into_iter().map(|leg| view! { <LegRow leg /> }).collect_view()}</tbody>
                </table>
            </div>
        }
    })
}

#[component]
fn LegRow(leg: Leg) -> impl IntoView {
    let i18n = use_i18n();
    let (customer, sip) = (leg.customer, leg.sip);
    let dash = || "—".to_owned();
    let (mos, lost, jitter) = leg.quality.map_or_else(
        || (dash(), dash(), dash()),
        |quality| {
            let permille = quality.lost.saturating_mul(1000) / quality.lost.saturating_add(quality.received).max(1);
            let mos = quality.mos.map_or_else(dash, |mos| format!("{mos:.1}"));
            (mos, format!("{}.{} %", permille / 10, permille % 10), format!("{:.0} ms", quality.jitter_ms))
        },
    );
    let outside = leg.outside.as_ref().map(ToString::to_string);
    let side = move || match (customer, &outside) {
        (true, _) => t_string!(i18n, desk.customer).to_owned(),
        (false, Some(number)) => number.clone(),
        (false, None) => t_string!(i18n, desk.agent).to_owned(),
    };
    let way = move || if sip { t_string!(i18n, contacts.by_phone) } else { t_string!(i18n, contacts.by_browser) };
    view! {
        <tr>
            <th scope="row">{side} <span class="muted">" · " {way}</span></th>
            <td>{text::duration(leg.ended.since(leg.began))}</td>
            <td>{mos}</td>
            <td>{lost}</td>
            <td>{jitter}</td>
        </tr>
    }
}
