//! What a walk asks of the world around it, and the names of places in flows.

use super::model::{Flow, Mailbox, Measure, NodeId};
use super::say::Phrase;
use super::step::Saying;
use crate::hours::DayState;
use crate::ids::{CalendarId, FlowId, MeetingRoomId, NoticeId, QueueId};
use crate::time::Timestamp;
use crate::wire::rest::Language;
use serde::{Deserialize, Serialize};

/// One version of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowRef {
    /// Which flow. A number that leads to a queue or a one-level menu has a flow made of that, under the number's own id.
    pub flow: FlowId,
    /// Which version; 0 is one that was never published: a draft that is tried, or made of a number's entry.
    pub version: u32,
}

impl FlowRef {
    /// A flow that the house drew for one walk, see [`super::house`]; its call keeps it.
    pub const HOUSE: Self = Self { flow: FlowId(uuid::Uuid::nil()), version: 0 };
}

/// A node that was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Footprint {
    /// In which flow.
    #[serde(flatten)]
    pub flow: FlowRef,
    /// Which node.
    pub node: NodeId,
}

/// The world around a walk: what is published, what the time and the queues are like, who calls. Nothing of it is copied
/// into the walk, so a call that lasts for hours stays small, and asks anew.
pub trait World {
    /// The version of a flow that is entered from now on; `None` when there is none.
    fn published(&self, flow: FlowId) -> Option<u32>;
    /// A version of a flow, also an old one that somebody still walks.
    fn flow(&self, flow: FlowRef) -> Option<&Flow>;
    /// What a calendar says now.
    fn hours(&self, now: Timestamp, calendar: CalendarId) -> DayState;
    /// Whether a queue exists.
    fn has_queue(&self, queue: QueueId) -> bool;
    /// A figure of a queue: contacts, agents or seconds. 0 for a queue that does not exist.
    fn measure(&self, now: Timestamp, queue: QueueId, measure: Measure) -> u32;
    /// Whether the caller is a very important customer.
    fn vip(&self) -> bool;
    /// Whether the caller is on the white list.
    fn listed(&self, now: Timestamp) -> bool;
    /// What a notice says, if it is switched on now.
    fn notice(&self, notice: NoticeId) -> Option<&[Phrase]>;
    /// What a mailbox says before the beep in this language, instead of what its node would say.
    fn greeting(&self, mailbox: Mailbox, language: Language) -> Option<&[Phrase]>;
    /// The meeting room of this number.
    fn meeting(&self, number: &str) -> Option<MeetingRoomId>;
    /// Whether a meeting room exists.
    fn has_meeting(&self, room: MeetingRoomId) -> bool;
    /// Whether a recorded sound exists, by its name with the language's folder.
    fn has_sound(&self, name: &str) -> bool;
    /// How a sentence is spoken; `None` when nobody can speak it.
    fn spoken(&self, language: Language, text: &str) -> Option<Saying>;
    /// The queue for callers whose flow cannot go on; `None`: they hear that it does not work, and the call ends.
    fn fallback(&self) -> Option<QueueId>;
}
