//! Meetings in the live floor: who is in them, and what a supervisor can do there.

use crate::components::controls::Elapsed;
use crate::pages::floor::Deed;
use crate::text::*;
use hark_shared::ids::MeetingId;
use hark_shared::wire::meetings::{MeetingDeed, MeetingLine, MeetingParty};
use hark_shared::wire::parties::Supervision;
use leptos::prelude::*;

/// The section; nothing without a meeting.
#[component]
pub fn Meetings(
    /// The meetings, the longest first.
    meetings: Memo<Vec<MeetingLine>>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Show when=move || meetings.with(|meetings| !meetings.is_empty())>
            <section aria-labelledby="floor-meetings">
                <h2 id="floor-meetings">{t!(i18n, floor.meetings)}</h2>
                <ul class="floor-list">
                    <For each=move || meetings.get() key=MeetingLine::clone children=move |line| view! { <MeetingRow line /> } />
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn MeetingRow(line: MeetingLine) -> impl IntoView {
    let i18n = use_i18n();
    let MeetingLine { meeting, name, number, began, waits, locked, quiet, recorded, parties } = line;
    let (count, shown) = (parties.len(), number.clone());
    let deed = move |deed: MeetingDeed| Supervision::Meeting { meeting, deed };
    let marks = move || {
        let mut marks = vec![t_string!(i18n, floor.meeting_parties, count = count).to_string()];
        marks.extend(waits.then(|| t_string!(i18n, floor.meeting_waits).to_string()));
        marks.extend(locked.then(|| t_string!(i18n, floor.meeting_locked).to_string()));
        marks.extend(quiet.then(|| t_string!(i18n, floor.meeting_quiet).to_string()));
        marks.extend(recorded.then(|| t_string!(i18n, floor.meeting_recorded).to_string()));
        marks.join(" · ")
    };
    let lock_word = Signal::derive(move || {
        if locked { t_string!(i18n, floor.unlock) } else { t_string!(i18n, floor.lock) }.to_string()
    });
    view! {
        <li class="floor-row" data-testid="floor-meeting" data-number=number data-locked=locked.to_string()>
            <div class="floor-who">
                <b>{name}</b>
                <span>{shown}</span>
                <span class="muted">{marks}</span>
                <Elapsed since=Signal::stored(began) />
            </div>
            <div class="row-actions">
                <Deed action=deed(MeetingDeed::Lock { on: !locked }) word=lock_word testid="meeting-lock" />
                <Deed action=deed(MeetingDeed::End) word=t_label!(i18n, floor.end_meeting) testid="meeting-end" look="danger" />
            </div>
            <ul class="parties">
                {parties.into_iter().map(|party| view! { <PartyRow meeting party /> }).collect_view()}
            </ul>
        </li>
    }
}

#[component]
fn PartyRow(meeting: MeetingId, party: MeetingParty) -> impl IntoView {
    let i18n = use_i18n();
    let MeetingParty { contact, name, moderator, muted, hushed, silent, since } = party;
    let shown = name.clone();
    let named = move || match shown.is_empty() {
        true => t_string!(i18n, floor.withheld).to_string(),
        false => shown.clone(),
    };
    let marks = move || {
        let mut marks = Vec::new();
        marks.extend(moderator.then(|| t_string!(i18n, contacts.as_moderator).to_string()));
        marks.extend(muted.then(|| t_string!(i18n, floor.muted).to_string()));
        marks.extend(silent.then(|| t_string!(i18n, floor.silent).to_string()));
        marks.join(" · ")
    };
    let hush_word = Signal::derive(move || {
        if hushed { t_string!(i18n, floor.unhush) } else { t_string!(i18n, floor.hush) }.to_string()
    });
    view! {
        <li class="party" data-testid="meeting-party" data-name=name data-muted=muted.to_string()>
            <span>{named}</span>
            <span class="muted">{marks}</span>
            <Elapsed since=Signal::stored(since) />
            <Deed
                action=Supervision::Meeting { meeting, deed: MeetingDeed::Hush { contact, on: !hushed } }
                word=hush_word
                testid="meeting-hush"
            />
            <Deed
                action=Supervision::Meeting { meeting, deed: MeetingDeed::Kick { contact } }
                word=t_label!(i18n, desk.kick)
                testid="meeting-kick"
            />
        </li>
    }
}
