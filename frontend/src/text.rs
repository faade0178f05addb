//! Words, numbers and times in the person's language.

/// The texts by area and key, made by `build.rs`.
#[allow(missing_docs, non_upper_case_globals, non_camel_case_types, unused_imports)]
pub mod words {
    include!(concat!(env!("OUT_DIR"), "/words.rs"));
}

pub use crate::language::{Locale, Text, use_i18n};
pub(crate) use crate::language::{t, t_label, t_string, td_string};

use hark_shared::edge::Cause;
use hark_shared::perms::Role;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::WireError;
use hark_shared::wire::desk::{AgentState, BusyReason, Disposition, PassedOverReason};
use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// Error sentences by key, sorted by it. Made by `build.rs` from `errors.json`.
const ERRORS: &[(&str, Text)] = include!(concat!(env!("OUT_DIR"), "/errors.rs"));

/// The sentence for an error that came over the network, with its values put in. An unknown key still gives a sentence,
/// which names the key so that it can be reported.
pub fn error_text(locale: Locale, error: &WireError) -> String {
    let found = |key: &str| {
        let at = ERRORS.binary_search_by_key(&key, |row| row.0).ok()?;
        Some(ERRORS[at].1.of(locale))
    };
    match found(&error.key) {
        Some(text) => error.values.iter().fold(text.to_owned(), |text, (name, value)| {
            // Values are raw: a form's field by its name in the protocol, a wait in seconds.
            let shown = match name.as_str() {
                "field" => found(&format!("field.{value}")).unwrap_or(value).to_owned(),
                "seconds" => value.parse().map_or_else(|_| value.clone(), |s| duration(Millis::from_secs(s))),
                _ => value.clone(),
            };
            text.replace(&format!("{{{{ {name} }}}}"), &shown)
        }),
        None => found("unknown").unwrap_or("{{ key }}").replace("{{ key }}", &error.key),
    }
}

/// `m:ss`, from an hour on `h:mm:ss`.
pub fn duration(span: Millis) -> String {
    let seconds = span.0.max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// The moment in the browser's zone: the time alone when it is today, else with the day.
pub fn moment(locale: Locale, at: Timestamp, now: Timestamp) -> String {
    let (date, today) = (date(at), date(now));
    let mut fields = vec![("hour", "2-digit"), ("minute", "2-digit")];
    if date.to_date_string() != today.to_date_string() {
        fields.extend([("month", "short"), ("day", "numeric")]);
    }
    let options = Object::new();
    for (name, value) in fields {
        // Setting a field of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    date.to_locale_string(locale.tag(), &options).into()
}

#[allow(clippy::cast_precision_loss)]
fn date(at: Timestamp) -> Date {
    Date::new(&JsValue::from_f64(at.0 as f64))
}

/// A disposition's name.
pub fn disposition(locale: Locale, disposition: &Disposition) -> String {
    match locale {
        Locale::En => disposition.en.clone(),
        Locale::Zh => disposition.zh.clone(),
    }
}

/// An agent's state in one word.
pub fn state(locale: Locale, state: AgentState) -> &'static str {
    match state {
        AgentState::Offline => td_string!(locale, desk.state_offline),
        AgentState::Ready => td_string!(locale, desk.state_ready),
        AgentState::Busy(why) => reason(locale, why),
        AgentState::Ringing => td_string!(locale, desk.state_ringing),
        AgentState::Dialling => td_string!(locale, desk.state_dialling),
        AgentState::Talking => td_string!(locale, desk.state_talking),
        AgentState::Hold => td_string!(locale, desk.state_hold),
        AgentState::WrapUp => td_string!(locale, desk.state_wrap_up),
        AgentState::Missed => td_string!(locale, desk.state_missed),
        AgentState::Disconnected => td_string!(locale, desk.state_disconnected),
    }
}

/// A role in one word.
pub fn role(locale: Locale, role: Role) -> &'static str {
    match role {
        Role::Agent => td_string!(locale, desk.agent),
        Role::Supervisor => td_string!(locale, admin.supervisor),
        Role::Administrator => td_string!(locale, admin.administrator),
    }
}

/// A reason for being busy in one word.
pub fn reason(locale: Locale, reason: BusyReason) -> &'static str {
    match reason {
        BusyReason::Break => td_string!(locale, desk.busy_break),
        BusyReason::Meal => td_string!(locale, desk.busy_meal),
        BusyReason::Meeting => td_string!(locale, desk.busy_meeting),
        BusyReason::Training => td_string!(locale, desk.busy_training),
        BusyReason::BackOffice => td_string!(locale, desk.busy_back_office),
    }
}

/// How a call ended.
pub fn cause(locale: Locale, cause: Cause) -> &'static str {
    match cause {
        Cause::Normal => td_string!(locale, desk.cause_normal),
        Cause::Cancelled => td_string!(locale, desk.cause_cancelled),
        Cause::Busy => td_string!(locale, desk.cause_busy),
        Cause::NoAnswer => td_string!(locale, desk.cause_no_answer),
        Cause::Rejected => td_string!(locale, desk.cause_rejected),
        Cause::NotFound => td_string!(locale, desk.cause_not_found),
        Cause::Congestion => td_string!(locale, desk.cause_congestion),
        Cause::Incompatible => td_string!(locale, desk.cause_incompatible),
        Cause::Lost => td_string!(locale, desk.cause_lost),
        Cause::Failed => td_string!(locale, desk.cause_failed),
        Cause::Ended => td_string!(locale, desk.cause_ended),
    }
}

/// Why agents were passed over.
pub fn passed_over(locale: Locale, reason: PassedOverReason) -> &'static str {
    match reason {
        PassedOverReason::Offline => td_string!(locale, desk.passed_offline),
        PassedOverReason::Busy => td_string!(locale, desk.passed_busy),
        PassedOverReason::OnContact => td_string!(locale, desk.passed_on_contact),
        PassedOverReason::Skill => td_string!(locale, desk.passed_skill),
        PassedOverReason::NoSound => td_string!(locale, desk.passed_no_sound),
        PassedOverReason::NotYet => td_string!(locale, desk.passed_not_yet),
        PassedOverReason::NotPreferred => td_string!(locale, desk.passed_not_preferred),
        PassedOverReason::OnTask => td_string!(locale, desk.passed_on_task),
        PassedOverReason::Full => td_string!(locale, desk.passed_full),
    }
}

/// What was done, of an audit entry's code like `user.changed`. A code without words is shown as it is.
pub fn audited(locale: Locale, action: &str) -> String {
    let whole = match action {
        "session.began" => Some(td_string!(locale, admin.did_sign_in)),
        "session.ended" => Some(td_string!(locale, admin.did_sign_out)),
        "session.refused" => Some(td_string!(locale, admin.did_refuse)),
        "password.changed" => Some(td_string!(locale, admin.did_change_password)),
        "password.refused" => Some(td_string!(locale, admin.did_refuse_password)),
        "recording.played" => Some(td_string!(locale, admin.did_play)),
        "call.listened" => Some(td_string!(locale, admin.did_listen)),
        "call.whispered" => Some(td_string!(locale, admin.did_whisper)),
        "call.barged" => Some(td_string!(locale, admin.did_barge)),
        "call.taken_over" => Some(td_string!(locale, admin.did_take_over)),
        "call.kicked" => Some(td_string!(locale, admin.did_kick)),
        "call.forced_to_queue" => Some(td_string!(locale, admin.did_force_queue)),
        "call.disconnected" => Some(td_string!(locale, admin.did_disconnect)),
        "meeting.muted" => Some(td_string!(locale, admin.did_meeting_mute)),
        "meeting.unmuted" => Some(td_string!(locale, admin.did_meeting_unmute)),
        "meeting.kicked" => Some(td_string!(locale, admin.did_meeting_kick)),
        "meeting.locked" => Some(td_string!(locale, admin.did_meeting_lock)),
        "meeting.unlocked" => Some(td_string!(locale, admin.did_meeting_unlock)),
        "meeting.ended" => Some(td_string!(locale, admin.did_meeting_end)),
        "meeting.guessed" => Some(td_string!(locale, admin.did_meeting_guess)),
        "meeting_room.pin_changed" => Some(td_string!(locale, admin.did_pin)),
        "agent.forced" => Some(td_string!(locale, admin.did_force_state)),
        "agent.signed_out" => Some(td_string!(locale, admin.did_force_out)),
        "demo.seeded" | "demo.started" => Some(td_string!(locale, admin.did_seed)),
        _ => None,
    };
    if let Some(whole) = whole {
        return whole.to_owned();
    }
    let (thing, verb) = action.split_once('.').unwrap_or((action, ""));
    let thing = match thing {
        "user" => td_string!(locale, admin.user),
        "team" => td_string!(locale, admin.team),
        "queue" => td_string!(locale, admin.queue),
        "prompt" => td_string!(locale, admin.prompt),
        "skill" => td_string!(locale, admin.skill),
        "number" => td_string!(locale, admin.number),
        "outbound" => td_string!(locale, admin.outbound),
        "capacity" => td_string!(locale, admin.capacity),
        "trunk" => td_string!(locale, admin.trunk),
        "calendar" => td_string!(locale, admin.calendar),
        "notice" => td_string!(locale, admin.notice),
        "listing" => td_string!(locale, admin.listing),
        "rota" => td_string!(locale, admin.rota),
        "mailbox" => td_string!(locale, admin.mailbox),
        "meeting_room" => td_string!(locale, admin.meeting_room),
        "disposition" => td_string!(locale, desk.disposition),
        "customer" => td_string!(locale, desk.customer),
        "tenant" => td_string!(locale, sign_in.tenant_name),
        _ => return action.to_owned(),
    };
    match verb {
        "created" => td_string!(locale, admin.did_create, what = thing),
        "changed" => td_string!(locale, admin.did_change, what = thing),
        "removed" => td_string!(locale, admin.did_remove, what = thing),
        _ => action.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn errors_are_sorted_and_filled_in() {
        assert!(ERRORS.is_sorted_by_key(|row| row.0));
        let error = WireError::new("sign_in.locked").with("seconds", 900);
        assert!(error_text(Locale::En, &error).contains("15:00"));
        assert!(!error_text(Locale::Zh, &error).contains("{{"));
        assert!(error_text(Locale::En, &WireError::new("no.such")).contains("no.such"));
    }

    #[test]
    fn audited_actions_have_words_and_unknown_ones_stay() {
        assert_eq!(audited(Locale::En, "trunk.changed"), "Trunk changed");
        assert_ne!(audited(Locale::Zh, "session.refused"), "session.refused");
        assert_eq!(audited(Locale::En, "outbound.changed"), "Dialling limits changed");
        assert_eq!(audited(Locale::En, "password.changed"), "Password changed");
        for unknown in ["later.thing", "trunk.painted", "odd"] {
            assert_eq!(audited(Locale::Zh, unknown), unknown);
        }
    }

    #[test]
    fn durations_read_like_clocks() {
        assert_eq!(duration(Millis(-5)), "0:00");
        assert_eq!(duration(Millis(134_900)), "2:14");
        assert_eq!(duration(Millis(3_725_000)), "1:02:05");
    }
}

/// With the browser's own calendar: `cargo xtask test-browser`.
#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// A moment of local time, so that the test does not depend on the machine's zone.
    #[allow(clippy::cast_possible_truncation)]
    fn local(day: i32, hour: i32, minute: i32) -> Timestamp {
        Timestamp(Date::new_with_year_month_day_hr_min(2026, 10, day, hour, minute).get_time() as i64)
    }

    #[wasm_bindgen_test]
    fn today_is_a_time_and_other_days_have_their_date() {
        let now = local(22, 18, 30);
        for locale in [Locale::En, Locale::Zh] {
            assert_eq!(moment(locale, local(22, 9, 5), now), "09:05");
        }
        let english = moment(Locale::En, local(21, 23, 59), now);
        assert!(english.contains("21") && english.contains("Nov") && english.contains("23:59"), "{english}");
        let chinese = moment(Locale::Zh, local(21, 23, 59), now);
        assert!(chinese.contains("11月21日") && chinese.contains("23:59"), "{chinese}");
    }

    #[wasm_bindgen_test]
    fn errors_speak_both_languages_in_the_browser_too() {
        let error = WireError::new("sign_in.wrong");
        assert_eq!(error_text(Locale::En, &error), "Name or password is wrong.");
        assert_eq!(error_text(Locale::Zh, &error), "登录名或密码错误。");
    }
}
