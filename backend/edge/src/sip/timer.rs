//! Session timers (RFC 4028): who refreshes a call and when it counts as dead. Pure.

use std::time::Duration;

/// The shortest interval we take, seconds; the least that RFC 4028, 4, allows.
pub(crate) const MIN_SE: u32 = 90;
/// The longest we wait: a header of years must not turn the timer off.
const MAX_SE: u32 = 86_400;

/// A negotiated timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionTimer {
    /// Seconds from one refresh to the death of the session.
    pub interval: u32,
    /// Whether it is ours to refresh.
    pub ours: bool,
}

impl SessionTimer {
    /// When to act after the last refresh: refresh at half the interval, or hang up a little before its end, by
    /// the lesser of 32 s and a third of it (RFC 4028, 10).
    pub(crate) fn due(self) -> Duration {
        let seconds = if self.ours { self.interval / 2 } else { self.interval - (self.interval / 3).min(32) };
        Duration::from_secs(u64::from(seconds))
    }
}

/// What the answerer says to a request's Session-Expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Response {
    /// Nothing: no timer runs.
    None,
    /// 422 with Min-SE.
    TooSmall,
    /// A timer runs; the 200 carries this Session-Expires, and Require: timer if the caller refreshes.
    Runs {
        /// As agreed.
        timer: SessionTimer,
        /// The header's value.
        header: String,
        /// Whether the 200 must carry `Require: timer`.
        require: bool,
    },
}

/// Answers as a UAS (RFC 4028, 9): the caller refreshes if it can and did not ask us to.
pub(crate) fn answer(session_expires: Option<&str>, caller_supports: bool) -> Response {
    let Some((interval, refresher)) = session_expires.and_then(read) else { return Response::None };
    if interval < MIN_SE {
        return Response::TooSmall;
    }
    let ours = !caller_supports || refresher == Some(Refresher::Uas);
    let timer = SessionTimer { interval: interval.min(MAX_SE), ours };
    let who = if ours { "uas" } else { "uac" };
    Response::Runs { timer, header: format!("{};refresher={who}", timer.interval), require: !ours }
}

/// What a 2xx to our own request agreed on.
pub(crate) fn agreed(session_expires: Option<&str>) -> Option<SessionTimer> {
    let (interval, refresher) = read(session_expires?)?;
    Some(SessionTimer { interval: interval.clamp(MIN_SE, MAX_SE), ours: refresher != Some(Refresher::Uas) })
}

/// How long to wait before a re-INVITE that met one of the far end (491) is sent again: 2.1 to 4 s for whoever made the
/// Call-ID, 0 to 2 s for the other, in steps of 10 ms (RFC 3261, 14.1), so that they do not meet again.
pub(crate) fn after_glare(own_call_id: bool, random: u128) -> Duration {
    let (least, steps) = if own_call_id { (2_100, 190) } else { (0, 200) };
    let step = u64::try_from(random % (steps + 1)).unwrap_or(0);
    Duration::from_millis(least + 10 * step)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresher {
    Uac,
    Uas,
}

fn read(value: &str) -> Option<(u32, Option<Refresher>)> {
    let mut parts = value.split(';').map(str::trim);
    let interval = parts.next()?.parse().ok()?;
    let refresher = parts.find_map(|p| {
        let (name, value) = p.split_once('=')?;
        match (name.trim().eq_ignore_ascii_case("refresher"), value.trim().to_ascii_lowercase().as_str()) {
            (true, "uac") => Some(Refresher::Uac),
            (true, "uas") => Some(Refresher::Uas),
            _ => None,
        }
    });
    Some((interval, refresher))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(interval: u32, ours: bool, header: &str, require: bool) -> Response {
        Response::Runs { timer: SessionTimer { interval, ours }, header: header.into(), require }
    }

    /// The table of RFC 4028, 9.
    #[test]
    fn the_answer_follows_the_table() {
        assert_eq!(answer(None, true), Response::None);
        assert_eq!(answer(Some("1800"), true), runs(1800, false, "1800;refresher=uac", true));
        assert_eq!(answer(Some("1800;refresher=uac"), true), runs(1800, false, "1800;refresher=uac", true));
        assert_eq!(answer(Some("1800 ; refresher=UAS"), true), runs(1800, true, "1800;refresher=uas", false));
        assert_eq!(answer(Some("1800"), false), runs(1800, true, "1800;refresher=uas", false));
        assert_eq!(answer(Some("60"), true), Response::TooSmall);
        assert_eq!(answer(Some("soon"), true), Response::None);
    }

    #[test]
    fn due_times_are_those_of_the_standard() {
        for (interval, ours, seconds) in [(1800, true, 900), (1800, false, 1768), (90, false, 60), (90, true, 45)] {
            assert_eq!(SessionTimer { interval, ours }.due(), Duration::from_secs(seconds));
        }
    }

    #[test]
    fn two_ends_that_met_wait_differently() {
        let span = |own, random| after_glare(own, random).as_millis();
        assert_eq!((span(true, 0), span(true, 190), span(true, 191)), (2_100, 4_000, 2_100));
        assert_eq!((span(false, 0), span(false, 200), span(false, 201)), (0, 2_000, 0));
    }

    #[test]
    fn a_callee_may_start_a_timer() {
        assert_eq!(agreed(Some("600;refresher=uas")), Some(SessionTimer { interval: 600, ours: false }));
        assert_eq!(agreed(Some("600")), Some(SessionTimer { interval: 600, ours: true }));
        assert_eq!(agreed(Some("1")), Some(SessionTimer { interval: 90, ours: true }));
        assert_eq!(agreed(None), None);
    }
}
