//! What a flow names of the world around it.

use super::model::{Flow, Kind, Mailbox, Test};
use crate::ids::{FlowId, QueueId};
use std::collections::BTreeSet;

impl Flow {
    /// The queues that it names: where it leads, and what it asks about.
    #[must_use]
    pub fn queues(&self) -> BTreeSet<QueueId> {
        self.nodes.values().filter_map(|node| queue(&node.kind)).collect()
    }

    /// The flows that it calls.
    #[must_use]
    pub fn calls(&self) -> BTreeSet<FlowId> {
        let call = |kind: &Kind| if let Kind::SubFlow { flow } = kind { Some(*flow) } else { None };
        self.nodes.values().filter_map(|node| call(&node.kind)).collect()
    }
}

fn queue(kind: &Kind) -> Option<QueueId> {
    match kind {
        Kind::Queue { queue, .. }
        | Kind::LastAgent { queue, .. }
        | Kind::Callback { queue, .. }
        | Kind::Voicemail { mailbox: Mailbox::Queue(queue), .. }
        | Kind::If { test: Test::Queue { queue, .. } } => Some(*queue),
        Kind::Answer
        | Kind::Speak { .. }
        | Kind::Play { .. }
        | Kind::Menu { .. }
        | Kind::Collect { .. }
        | Kind::If { .. }
        | Kind::Hours { .. }
        | Kind::Set { .. }
        | Kind::Fetch(_)
        | Kind::Agent { .. }
        | Kind::Outside { .. }
        | Kind::Duty { .. }
        | Kind::Voicemail { .. }
        | Kind::Survey { .. }
        | Kind::SubFlow { .. }
        | Kind::Return
        | Kind::Loop { .. }
        | Kind::Notice { .. }
        | Kind::HangUp { .. } => None,
    }
}
