//! What a contact had to do with a meeting room.

use crate::clock::use_clock;
use crate::text::{self, *};
use hark_shared::wire::meetings::{Attendance, AttendanceEnd};
use leptos::prelude::*;

/// The room, and how long its caller was there; or that they were not let in.
#[component]
pub fn Attended(
    /// What happened.
    attendance: Attendance,
) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let Attendance { name, moderator, joined, stayed, wrong_pins, ended, .. } = attendance;
    let stay = move || {
        let Some(joined) = joined else { return t_string!(i18n, contacts.not_let_in).to_string() };
        let since = text::moment(i18n.get_locale(), joined, clock.now());
        t_string!(i18n, contacts.stayed, since = since, time = text::duration(stayed)).to_string()
    };
    let role = move || moderator.then(|| format!(" · {}", t_string!(i18n, contacts.as_moderator)));
    let wrong = move || (wrong_pins > 0).then(|| t_string!(i18n, contacts.wrong_pins, count = wrong_pins).to_string());
    let end = move || ended.map(|ended| end_text(i18n.get_locale(), ended));
    view! {
        <h3>{t!(i18n, contacts.meeting)}</h3>
        <ul class="hops" data-testid="contact-meeting">
            <li><b>{name}</b>{role}</li>
            <li>{stay}</li>
            {move || wrong().map(|wrong| view! { <li>{wrong}</li> })}
            {move || end().map(|end| view! { <li>{end}</li> })}
        </ul>
    }
}

fn end_text(locale: Locale, end: AttendanceEnd) -> &'static str {
    match end {
        AttendanceEnd::Kicked => td_string!(locale, contacts.meeting_kicked),
        AttendanceEnd::Closed => td_string!(locale, contacts.meeting_closed),
        AttendanceEnd::Expired => td_string!(locale, contacts.meeting_expired),
    }
}
