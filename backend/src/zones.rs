//! Time zones by name, out of the zone database that is built in: the engines get them as data.

use hark_shared::hours::Zone;
use hark_shared::setup::TenantSetup;
use hark_shared::time::Timestamp;
use jiff::tz::TimeZone;

/// How far changes are told ahead: longer than any server runs without reading its set-up again.
const YEARS: i64 = 10;
const YEAR: i64 = 366 * 86_400_000;

/// Whether there is a zone of this name.
#[must_use]
pub fn is_known(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// Fills in the zones that a set-up's calendars and rotas name. One that the database does not know (any more) is UTC.
pub fn fill(setup: &mut TenantSetup, now: Timestamp) {
    let names = setup.calendars.iter().map(|calendar| &calendar.zone).chain(setup.rotas.iter().map(|rota| &rota.zone));
    let names: std::collections::BTreeSet<String> = names.cloned().collect();
    setup.zones = names.into_iter().map(|name| (name.clone(), zone(&name, now))).collect();
}

/// The changes of a zone from a year before `now` on.
fn zone(name: &str, now: Timestamp) -> Zone {
    let (Ok(zone), Ok(from)) = (TimeZone::get(name), jiff::Timestamp::from_millisecond(now.0 - YEAR)) else {
        return Zone::default();
    };
    let milliseconds = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1000;
    let first = (Timestamp(from.as_millisecond()), milliseconds(zone.to_offset(from)));
    let until = now.0 + YEARS * YEAR;
    let changes = zone
        .following(from)
        .map(|change| (Timestamp(change.timestamp().as_millisecond()), milliseconds(change.offset())))
        .take_while(|(at, _)| at.0 < until);
    Zone::new(std::iter::once(first).chain(changes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-07-01T00:00:00Z.
    const NOW: Timestamp = Timestamp(1_782_864_000_000);
    const HOUR: i64 = 3_600_000;

    #[test]
    fn zones_are_known_by_their_names() {
        assert!(is_known("Asia/Shanghai") && is_known("Europe/Berlin") && is_known("UTC"));
        assert!(!is_known("Asia/Nowhere") && !is_known(""));
    }

    #[test]
    fn offsets_follow_the_clocks() {
        let berlin = zone("Europe/Berlin", NOW);
        // The last Sunday of October 2026, 01:00 UTC.
        let autumn = 1_792_890_000_000;
        assert_eq!(berlin.offset(NOW), 2 * HOUR);
        assert_eq!(berlin.offset(Timestamp(autumn - 1)), 2 * HOUR);
        assert_eq!(berlin.offset(Timestamp(autumn)), HOUR);
        let shanghai = zone("Asia/Shanghai", NOW);
        assert_eq!(shanghai.offset(NOW), 8 * HOUR);
        assert_eq!(shanghai.offset(Timestamp(autumn)), 8 * HOUR);
        assert_eq!(zone("Asia/Nowhere", NOW).offset(NOW), 0);
    }
}
