//! Events that the core has yet to acknowledge, a tenant each: kept over a lost connection and a dead core. Pure.
//!
//! A tenant's events are sent only to a floor that has resumed ([`Log::resume`]); until then they wait here. What waits
//! is bounded: events that only matter at once are dropped when there are many, and of the others there is a number a
//! leg, while no leg is added without a floor.

use hark_shared::edge::{EdgeEvent, EdgeLife, FromEdge, Seen};
use hark_shared::ids::TenantId;
use hark_shared::time::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use tracing::warn;

/// Events kept for a tenant before those that are of no use later are dropped: half a minute's worth at 100 calls/s.
const KEPT: usize = 16_384;

/// The log.
#[derive(Debug)]
pub(super) struct Log {
    life: EdgeLife,
    tenants: BTreeMap<TenantId, Stream>,
}

#[derive(Debug, Default)]
struct Stream {
    last: u64,
    kept: VecDeque<FromEdge>,
    attached: bool,
}

impl Log {
    /// The log of a new life.
    pub(super) fn new(life: EdgeLife) -> Self {
        Self { life, tenants: BTreeMap::new() }
    }

    /// Numbers and keeps an event; returns it if a floor is there to take it now.
    pub(super) fn push(&mut self, at: Timestamp, tenant: TenantId, event: EdgeEvent) -> Option<FromEdge> {
        let stream = self.tenants.entry(tenant).or_default();
        if stream.kept.len() >= KEPT && is_fleeting(&event) {
            warn!(tenant.id = %tenant, limit = KEPT, "the core is too far behind: an event is dropped");
            return None;
        }
        stream.last += 1;
        let event = FromEdge { life: self.life, seq: stream.last, tenant, at, event };
        stream.kept.push_back(event.clone());
        stream.attached.then_some(event)
    }

    /// Forgets what the floor has journaled.
    pub(super) fn acknowledge(&mut self, tenant: TenantId, seq: u64) {
        if let Some(stream) = self.tenants.get_mut(&tenant) {
            let done = stream.kept.iter().take_while(|event| event.seq <= seq).count();
            stream.kept.drain(..done);
        }
    }

    /// A floor takes the tenant's events from now on; what it has not seen is to be sent again, in order.
    pub(super) fn resume(&mut self, tenant: TenantId, seen: Option<Seen>) -> Vec<FromEdge> {
        if let Some(seen) = seen.filter(|seen| seen.life == self.life) {
            self.acknowledge(tenant, seen.seq);
        }
        let stream = self.tenants.entry(tenant).or_default();
        stream.attached = true;
        stream.kept.iter().cloned().collect()
    }

    /// The core is gone: everything waits.
    pub(super) fn detach(&mut self) {
        for stream in self.tenants.values_mut() {
            stream.attached = false;
        }
    }

    /// Whether a floor takes this tenant's events.
    pub(super) fn attached(&self, tenant: TenantId) -> bool {
        self.tenants.get(&tenant).is_some_and(|stream| stream.attached)
    }
}

/// Whether nobody could use the event minutes later.
fn is_fleeting(event: &EdgeEvent) -> bool {
    match event {
        EdgeEvent::Media { .. }
        | EdgeEvent::Digit { .. }
        | EdgeEvent::Quiet { .. }
        | EdgeEvent::Fax { .. }
        | EdgeEvent::Ringing { .. }
        | EdgeEvent::FarHold { .. }
        | EdgeEvent::Connected { .. }
        | EdgeEvent::TrunkTested { .. } => true,
        EdgeEvent::Living { .. }
        | EdgeEvent::Incoming { .. }
        | EdgeEvent::Answered { .. }
        | EdgeEvent::Referred { .. }
        | EdgeEvent::SourceEnded { .. }
        | EdgeEvent::Ended { .. }
        | EdgeEvent::Recorded { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_shared::ids::LegId;

    const LIFE: EdgeLife = EdgeLife(7);
    const TENANT: TenantId = TenantId::from_u128(1);

    fn digit(digit: char) -> EdgeEvent {
        EdgeEvent::Digit { leg: LegId::from_u128(1), digit }
    }

    fn push(log: &mut Log, event: EdgeEvent) -> Option<u64> {
        log.push(Timestamp(0), TENANT, event).map(|event| event.seq)
    }

    fn resumed(log: &mut Log, seen: Option<(u64, u64)>) -> Vec<u64> {
        let seen = seen.map(|(life, seq)| Seen { life: EdgeLife(life), seq });
        log.resume(TENANT, seen).iter().map(|event| event.seq).collect()
    }

    #[test]
    fn events_wait_for_a_floor_and_are_repeated_until_they_are_acknowledged() {
        let mut log = Log::new(LIFE);
        assert_eq!(push(&mut log, digit('1')), None, "nobody has resumed");
        assert_eq!(resumed(&mut log, None), [1]);
        assert_eq!(push(&mut log, digit('2')), Some(2));
        assert_eq!(push(&mut log, digit('3')), Some(3));
        log.acknowledge(TENANT, 1);
        log.detach();
        assert!(!log.attached(TENANT));
        assert_eq!(push(&mut log, digit('4')), None);
        assert_eq!(resumed(&mut log, Some((7, 2))), [3, 4]);
        assert_eq!(resumed(&mut log, Some((6, 99))), [3, 4], "what was seen of an earlier life says nothing");
    }

    #[test]
    fn what_is_of_no_use_later_is_dropped_first_and_leaves_no_gap() {
        let mut log = Log::new(LIFE);
        for _ in 0..KEPT + 10 {
            push(&mut log, digit('1'));
        }
        let source = hark_shared::ids::SourceId::from_u128(1);
        push(&mut log, EdgeEvent::SourceEnded { room: hark_shared::ids::RoomId::from_u128(1), source });
        let seen = resumed(&mut log, None);
        assert_eq!(seen.len(), KEPT + 1);
        assert!(seen.iter().zip(1..).all(|(seq, expected)| *seq == expected));
    }
}
