//! What a flow is made of.

use crate::edge::Cause;
use crate::ids::QueueId;
use crate::time::Millis;
use crate::wire::rest::Entry;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A node's name within its flow.
pub type NodeId = u16;

/// A flow: nodes and where it starts. A missing node ends the call, see [`super::Run`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Where it starts.
    pub start: NodeId,
    /// The nodes.
    pub nodes: BTreeMap<NodeId, Node>,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// Answers the call; harmless when it is answered already.
    Answer {
        /// What follows.
        next: NodeId,
    },
    /// Plays a prompt to its end.
    Play {
        /// The prompt's name.
        prompt: String,
        /// What follows.
        next: NodeId,
    },
    /// Plays a prompt and takes one digit, also while it plays.
    Menu {
        /// The prompt's name.
        prompt: String,
        /// Which digit leads where; others play the prompt again.
        choices: BTreeMap<char, NodeId>,
        /// How often the prompt is played in all.
        plays: u8,
        /// How long to wait for a digit after the prompt.
        wait: Millis,
        /// What follows when nothing fitting was pressed.
        otherwise: NodeId,
    },
    /// Hands the contact to a queue; the flow is over.
    Queue {
        /// Which.
        queue: QueueId,
    },
    /// Ends the call.
    HangUp {
        /// Why, for the far end and the record.
        cause: Cause,
    },
}

/// How long a one-level menu waits for a digit after its prompt, and how often it plays.
const MENU_WAIT: Millis = Millis::from_secs(4);
const MENU_PLAYS: u8 = 2;

impl Flow {
    /// The flow of a number's entry.
    #[must_use]
    pub fn from_entry(entry: &Entry) -> Self {
        match entry {
            Entry::Queue(queue) => Self { start: 0, nodes: BTreeMap::from([(0, Node::Queue { queue: *queue })]) },
            Entry::Menu(menu) => {
                let mut nodes =
                    BTreeMap::from([(0, Node::Answer { next: 1 }), (2, Node::Queue { queue: menu.otherwise })]);
                let mut choices = BTreeMap::new();
                for (id, choice) in (3..).zip(&menu.choices) {
                    choices.insert(choice.digit, id);
                    nodes.insert(id, Node::Queue { queue: choice.queue });
                }
                let prompt = menu.prompt.clone();
                nodes.insert(1, Node::Menu { prompt, choices, plays: MENU_PLAYS, wait: MENU_WAIT, otherwise: 2 });
                Self { start: 0, nodes }
            }
        }
    }
}
