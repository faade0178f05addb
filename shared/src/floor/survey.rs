//! The survey after the call: the agent hangs up, the customer stays and is asked.
//!
//! The agent's part ends as if the call was passed on: they wrap up while the customer walks the flow that the queue has
//! for it, and talk time is what it was when they left.

use super::Floor;
use crate::call::Call;
use crate::edge::Cause;
use crate::flow::model::Scale;
use crate::ids::{ContactId, FlowId};
use crate::time::Timestamp;
use crate::wire::desk::Via;

/// The key that means *solved*.
const SOLVED: u8 = 1;

impl Floor {
    /// The agent hangs up.
    pub(super) fn agent_hangs_up(&mut self, now: Timestamp, contact: ContactId) {
        let Some(flow) = self.survey_of(contact) else { return self.end_call(now, contact, Cause::Normal) };
        self.send_home(now, contact, Cause::Normal);
        // Answers are pressed, not said, and belong to nobody's talk.
        self.with_call(contact, |call| call.recording = None);
        self.part(now, contact, Cause::Normal);
        self.with_call(contact, |call| call.surveyed = true);
        self.walk_flow(now, contact, flow);
    }

    /// The flow that the customer walks when the agent hangs up now. Who was called by us is not asked, nor is who still
    /// talks with others.
    fn survey_of(&self, contact: ContactId) -> Option<FlowId> {
        let asked = |call: &&Call| {
            let came = match call.party.via {
                Via::Phone { .. } | Via::Web { .. } => true,
                Via::Outbound => false,
            };
            came && call.is_together() && call.side.is_none() && call.customer.gone.is_none() && !call.surveyed
        };
        let call = self.calls.get(&contact).filter(asked).filter(|call| !call.has_company())?;
        let flow = self.setup.routing_of(call.queue)?.survey?;
        self.setup.published(flow).map(|_| flow)
    }

    /// The customer's own word on whether it is solved goes before the agent's.
    pub(super) fn rated(&mut self, contact: ContactId, scale: Scale, score: u8) {
        match scale {
            Scale::Solved => self.with_call(contact, |call| call.form.solved = Some(score == SOLVED)),
            Scale::Score => {}
        }
    }
}
