//! What a contact finds in a queue while it waits, what leads it elsewhere, and when the queue is open: the part of a
//! queue's set-up that the floor reads.

use super::callbacks::CallbackRules;
use super::routing::Destination;
use crate::flow::Key;
use crate::ids::{CalendarId, QueueId};
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// Comfort messages of one queue at most: who has heard eight of them hears the first one again.
pub const MOST_COMFORTS: usize = 8;

/// Keys of one queue at most: more is a menu, which a flow can be.
pub const MOST_KEYS: usize = 5;

/// Overflow rules of one queue at most: each is looked at whenever somebody enters.
pub const MOST_RULES: usize = 8;

/// A queue's treatment, overflow, hours and callbacks. Its default is what every queue did before there was a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Waiting {
    /// Messages said in turn while one waits: prompts' names, at most 8.
    pub comfort: Vec<String>,
    /// How often one is said, 10 to 600 s; only with messages.
    pub comfort_every: Option<Millis>,
    /// The estimated wait is said with the position, when it is known.
    pub estimate: bool,
    /// Keys that lead elsewhere, at most 5, each once.
    pub keys: Vec<WaitKey>,
    /// When a contact is led elsewhere by itself: the first rule that applies, at most 8.
    pub overflow: Vec<Overflow>,
    /// When the queue is open; always without.
    pub hours: Option<QueueHours>,
    /// How it calls back.
    pub callback: CallbackRules,
}

/// A key that a waiting caller may press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitKey {
    /// Which.
    pub key: Key,
    /// Where it leads.
    pub to: Destination,
    /// A prompt that says all of this, the key included; `None`: the house's own words for the kind of destination.
    #[serde(default)]
    pub say: Option<String>,
}

/// A rule that leads contacts elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overflow {
    /// When.
    pub when: When,
    /// Where to. A queue that the contact was led out of before is not entered again.
    pub to: Destination,
}

/// When a contact is led elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum When {
    /// It has waited so long in this queue, 5 s to 2 h; never while it rings at a desk.
    Waited {
        /// How long.
        after: Millis,
    },
    /// So many wait already as it enters, 1 to 1000.
    Length {
        /// How many.
        at_least: u32,
    },
    /// So long a wait is to be expected as it enters, 10 s to 2 h.
    Estimate {
        /// How long.
        at_least: Millis,
    },
    /// Nobody who serves the queue is signed in as it enters, or the last one signs out while it waits.
    Unstaffed,
}

/// When a queue is open, and where contacts are led that come when it is not. Who waits already goes on waiting when it
/// closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueHours {
    /// The calendar. One that is gone closes nothing.
    pub calendar: CalendarId,
    /// Outside the weekly hours.
    pub closed: Destination,
    /// On a holiday.
    pub holiday: Destination,
    /// In an emergency.
    pub emergency: Destination,
}

impl QueueHours {
    /// Everywhere that it leads to.
    pub fn destinations(&self) -> [&Destination; 3] {
        [&self.closed, &self.holiday, &self.emergency]
    }
}

impl Waiting {
    /// Everywhere that contacts may be led to from this queue.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        let keys = self.keys.iter().map(|key| &key.to);
        let rules = self.overflow.iter().map(|rule| &rule.to);
        keys.chain(rules).chain(self.hours.iter().flat_map(QueueHours::destinations))
    }

    /// After how long a contact that waits in this queue may be led elsewhere by a rule: the earliest of them.
    #[must_use]
    pub fn first_wait(&self) -> Option<Millis> {
        let waits = self.overflow.iter().filter_map(|rule| match rule.when {
            When::Waited { after } => Some(after),
            When::Length { .. } | When::Estimate { .. } | When::Unstaffed => None,
        });
        waits.min()
    }
}

/// Why a contact was led out of a queue, or not into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum HopReason {
    /// A rule.
    Rule {
        /// Its condition.
        rule: When,
    },
    /// Outside the weekly hours.
    Closed,
    /// A holiday.
    Holiday,
    /// Closed for an emergency.
    Emergency,
    /// The caller pressed this key.
    Key {
        /// Which.
        key: Key,
    },
}

/// How a contact was led on from a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hop {
    /// When.
    pub at: Timestamp,
    /// From which queue.
    pub from: QueueId,
    /// Why.
    pub why: HopReason,
    /// Where to.
    pub to: Destination,
}
