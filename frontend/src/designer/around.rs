//! The world around a tried call: what is set by hand, and what the page knows.

use hark_shared::flow::model::{Flow, Mailbox, Measure};
use hark_shared::flow::{FlowRef, Phrase, Saying, World};
use hark_shared::hours::DayState;
use hark_shared::ids::{CalendarId, FlowId, MeetingRoomId, NoticeId, QueueId};
use hark_shared::time::Timestamp;
use hark_shared::wire::flows::Given;
use hark_shared::wire::rest::Language;
use std::collections::{BTreeMap, BTreeSet};

/// The world around the call, with what the page knows of it.
#[derive(Clone, Debug)]
pub struct Around {
    pub given: Given,
    pub here: FlowRef,
    pub flows: BTreeMap<FlowId, Flow>,
    pub sounds: BTreeSet<String>,
    pub notices: BTreeMap<NoticeId, Vec<Phrase>>,
}

impl World for Around {
    fn published(&self, flow: FlowId) -> Option<u32> {
        self.flows.contains_key(&flow).then_some(0)
    }
    fn flow(&self, flow: FlowRef) -> Option<&Flow> {
        self.flows.get(&flow.flow)
    }
    fn hours(&self, _: Timestamp, calendar: CalendarId) -> DayState {
        self.given.calendars.get(&calendar).copied().unwrap_or(DayState::Open)
    }
    fn has_queue(&self, queue: QueueId) -> bool {
        !queue.0.is_nil()
    }
    fn measure(&self, _: Timestamp, queue: QueueId, measure: Measure) -> u32 {
        let given = self.given.queues.iter().find(|given| given.queue == queue && given.measure == measure);
        given.map_or_else(|| quiet(measure), |given| given.is)
    }
    fn vip(&self) -> bool {
        self.given.vip
    }
    fn listed(&self, _: Timestamp) -> bool {
        self.given.listed
    }
    fn notice(&self, notice: NoticeId) -> Option<&[Phrase]> {
        let said = self.notices.get(&notice).map_or(&[][..], Vec::as_slice);
        self.given.notices.contains(&notice).then_some(said)
    }
    fn greeting(&self, _: Mailbox, _: Language) -> Option<&[Phrase]> {
        None
    }
    /// Whatever is typed is a room's number, as for the tests that are stored with a flow.
    fn meeting(&self, _: &str) -> Option<MeetingRoomId> {
        Some(MeetingRoomId::from_u128(0))
    }
    fn has_meeting(&self, _: MeetingRoomId) -> bool {
        true
    }
    fn has_sound(&self, name: &str) -> bool {
        // Without the list of sounds every name is tried.
        self.sounds.is_empty() || self.sounds.contains(name.split_once('/').map_or(name, |(_, name)| name))
    }
    fn spoken(&self, language: Language, text: &str) -> Option<Saying> {
        Some(Saying::Text { language, text: text.to_owned() })
    }
    fn fallback(&self) -> Option<QueueId> {
        None
    }
}

/// A figure on a quiet day: nobody waits, one agent is free.
const fn quiet(measure: Measure) -> u32 {
    match measure {
        Measure::Waiting | Measure::LongestWait | Measure::EstimatedWait => 0,
        Measure::Ready | Measure::Staffed => 1,
    }
}
