//! What rings at colleagues and what is parked: one click takes it. Empty lists take no room.

use crate::components::controls::Elapsed;
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::text::*;
use hark_shared::wire::control::{ParkedLine, RingLine};
use hark_shared::wire::parties::Watch;
use leptos::prelude::*;

/// Both lists.
#[component]
pub fn Around() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    desk.watch(Watch::Around);
    let floor = desk.floor();
    let ringing = Memo::new(move |_| floor.with(|it| it.as_ref().map(|it| it.ringing.clone()).unwrap_or_default()));
    let parked = Memo::new(move |_| floor.with(|it| it.as_ref().map(|it| it.parked.clone()).unwrap_or_default()));
    view! {
        <Show when=move || ringing.with(|lines| !lines.is_empty())>
            <section class="card around" aria-labelledby="around-ringing">
                <h2 id="around-ringing">{t!(i18n, desk.ringing_elsewhere)}</h2>
                <ul class="around-list">
                    <For each=move || ringing.get() key=RingLine::clone children=move |line| view! { <RingRow line /> } />
                </ul>
            </section>
        </Show>
        <Show when=move || parked.with(|lines| !lines.is_empty())>
            <section class="card around" aria-labelledby="around-parked">
                <h2 id="around-parked">{t!(i18n, desk.parked)}</h2>
                <ul class="around-list">
                    <For each=move || parked.get() key=ParkedLine::clone children=move |line| view! { <ParkedRow line /> } />
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn RingRow(line: RingLine) -> impl IntoView {
    let (actions, i18n) = (use_actions(), use_i18n());
    let (contact, agents) = (line.contact, line.agents.join(", "));
    view! {
        <li class="around-row" data-testid="ringing-elsewhere">
            <span class="around-who">
                <b>{line.customer}</b>
                <span class="muted">{line.queue}</span>
                <span class="muted">{move || t_string!(i18n, desk.rings_at, names = agents.clone())}</span>
                <Elapsed since=Signal::stored(line.since) />
            </span>
            <button type="button" class="small" data-testid="pick-up" on:click=move |_| actions.pick_up(contact)>
                {t!(i18n, desk.pick_up)}
            </button>
        </li>
    }
}

#[component]
fn ParkedRow(line: ParkedLine) -> impl IntoView {
    let (actions, i18n) = (use_actions(), use_i18n());
    let (contact, by) = (line.contact, line.by_name);
    view! {
        <li class="around-row" data-testid="parked" data-slot=line.slot.to_string()>
            <b class="slot">{line.slot}</b>
            <span class="around-who">
                <b>{line.customer}</b>
                <span class="muted">{move || t_string!(i18n, desk.parked_by, name = by.clone())}</span>
                <Elapsed since=Signal::stored(line.since) />
            </span>
            <button type="button" class="small" data-testid="retrieve" on:click=move |_| actions.retrieve(contact)>
                {t!(i18n, desk.retrieve)}
            </button>
        </li>
    }
}
