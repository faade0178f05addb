//! Who hears whom, as a function of the call: told to the edge whole, whenever it differs from what was told before.

use super::{AgentSide, Call, OutsideSide, Phase};
use crate::edge::{Listener, RecordingPlan, RoomPlan, Voice};
use crate::ids::LegId;

/// The plan of the call's room; `None` when there is nothing to hear yet or any more.
#[must_use]
pub fn plan(call: &Call) -> Option<RoomPlan> {
    let customer = call.customer.leg;
    let house = call.source.as_ref().map(|source| Voice::Source(source.id));
    let listeners = match (&call.phase, &call.agent) {
        (Phase::Over { .. }, _) => return None,
        (Phase::Portal(_) | Phase::Queued { .. }, _) if !call.customer.answered => return None,
        (Phase::Portal(_) | Phase::Queued { .. }, _) => vec![hears(customer, house)],
        (Phase::Dialling { early_media: true }, Some(agent)) => {
            vec![hears(agent.leg, Some(Voice::Leg(customer))), hears(customer, None)]
        }
        (Phase::Dialling { early_media: false }, Some(agent)) => vec![hears(agent.leg, house), hears(customer, None)],
        (Phase::Talking, Some(agent)) => {
            vec![hears(customer, heard_of(agent, house)), hears(agent.leg, Some(Voice::Leg(customer)))]
        }
        (Phase::Held, Some(agent)) => vec![hears(customer, house), hears(agent.leg, None)],
        (Phase::Dialling { .. } | Phase::Talking | Phase::Held, None) => match call.outside {
            Some(OutsideSide { leg, answered: Some(_) }) => {
                vec![hears(customer, Some(Voice::Leg(leg))), hears(leg, Some(Voice::Leg(customer)))]
            }
            Some(OutsideSide { answered: None, .. }) | None => vec![hears(customer, house)],
        },
    };
    let recording = call.recording.map(|recording| RecordingPlan {
        recording: recording.id,
        left: vec![customer],
        right: call.agent.iter().map(|agent| agent.leg).collect(),
        paused: false,
    });
    Some(RoomPlan { room: call.room, sources: call.source.iter().cloned().collect(), listeners, recording })
}

/// What the customer hears of the agent. While a page reloads the house keeps the customer company instead.
fn heard_of(agent: &AgentSide, house: Option<Voice>) -> Option<Voice> {
    if agent.muted {
        None
    } else if agent.silent {
        house
    } else {
        Some(Voice::Leg(agent.leg))
    }
}

fn hears(leg: LegId, voice: Option<Voice>) -> Listener {
    Listener { leg, hears: voice.into_iter().collect() }
}
