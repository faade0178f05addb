//! Who hears whom, as a function of the call: told to the edge whole, whenever it differs from what was told before.
//!
//! Everybody who talks hears everybody else who talks. A listener hears them all and is heard by nobody; a whisperer hears
//! them all and is heard by the responsible agent alone. A customer on hold hears the house, and the others go on. What
//! the house plays to the customer while they talk is company for a voice that is lost ([`crate::floor`]).

use super::guest::Guest;
use super::{AgentSide, Call, Phase, key};
use crate::edge::{Listener, RecordingPlan, RoomPlan, Voice};
use crate::ids::LegId;
use crate::time::Millis;
use crate::wire::control::Audience;
use crate::wire::parties::Mode;

/// How long somebody who leaves a message may say nothing before it is taken for its end: who searches for a number on
/// the desk takes less.
pub const QUIET: Millis = Millis::from_secs(8);

/// The plan of the call's room; `None` when there is nothing to hear yet or any more.
#[must_use]
pub fn plan(call: &Call) -> Option<RoomPlan> {
    let customer = call.customer.leg;
    let house = call.source.as_ref().map(|source| Voice::Source(source.id));
    // The asking agent is with the customer: what rings at the side rings for nobody.
    let elsewhere = call.side.as_ref().is_some_and(|side| !side.front);
    let listeners = match (&call.phase, &call.agent) {
        (Phase::Over { .. } | Phase::Meeting(_), _) => return None,
        (Phase::Portal(_) | Phase::Queued { .. } | Phase::Asked { .. }, _) if !call.customer.answered => return None,
        (Phase::Portal(_) | Phase::Queued { .. } | Phase::Asked { .. } | Phase::Dialling { .. }, _) if elsewhere => {
            return None;
        }
        (Phase::Portal(_) | Phase::Queued { .. } | Phase::Asked { .. } | Phase::Parked(_), _) => {
            let asked = call.outside.iter().filter_map(|side| Some((side.leg, side.confirm.as_ref()?)));
            let asked = asked.map(|(leg, confirm)| key::listener(leg, &confirm.source));
            std::iter::once(hears(customer, house)).chain(asked).collect()
        }
        (Phase::Dialling { early_media }, Some(agent)) => {
            vec![hears(agent.leg, ringing(*early_media, customer, house)), hears(customer, None)]
        }
        (Phase::Dialling { early_media }, None) => match call.guests.first() {
            Some(dialled) => {
                vec![hears(customer, ringing(*early_media, dialled.leg, house)), hears(dialled.leg, None)]
            }
            None => vec![hears(customer, house)],
        },
        (Phase::Talking | Phase::Held, _) => together(call, house),
    };
    let in_room = |leg: &LegId| listeners.iter().any(|listener| listener.leg == *leg);
    let ours = call.agent.iter().map(|agent| agent.leg);
    let guests = call.guests.iter().filter(|guest| guest.talks()).map(|guest| guest.leg);
    let recording = call.recording.map(|recording| RecordingPlan {
        recording: recording.id,
        left: vec![customer],
        right: ours.chain(guests).filter(in_room).collect(),
        paused: recording.paused_until.is_some() || call.barred,
        quiet: call.message.map(|_| QUIET),
        secret_keys: recording.paused_until.is_some(),
    });
    let played = call.playing.iter().map(|playing| &playing.source);
    let confirm = call.outside.iter().filter_map(|side| Some(&side.confirm.as_ref()?.source));
    let sources = call.source.iter().chain(&call.chime).chain(&call.tone).chain(&call.announcement);
    let sources = sources.chain(played).chain(confirm).cloned().collect();
    Some(RoomPlan { room: call.room, sources, listeners, recording })
}

/// What somebody hears who dials: the far end as soon as it sends sound, until then our tone.
fn ringing(early_media: bool, far: LegId, house: Option<Voice>) -> Option<Voice> {
    if early_media { Some(Voice::Leg(far)) } else { house }
}

/// The matrix of those who have each other.
fn together(call: &Call, house: Option<Voice>) -> Vec<Listener> {
    let customer = call.customer.leg;
    let elsewhere = call.side.as_ref().is_some_and(|side| !side.front);
    let held = matches!(call.phase, Phase::Held);
    let agent = call.agent.as_ref().filter(|agent| !agent.away);
    let mut talk: Vec<LegId> = Vec::with_capacity(2 + call.guests.len());
    talk.extend((!held && !elsewhere && !call.customer.hushed).then_some(customer));
    talk.extend(agent.filter(|agent| is_heard(agent)).map(|agent| agent.leg));
    talk.extend(call.guests.iter().filter(|guest| guest.talks() && guest.is_heard()).map(|guest| guest.leg));
    let chime = call.chime.as_ref().map(|source| Voice::Source(source.id));
    let others = |leg: LegId| {
        let legs = talk.iter().filter(move |other| **other != leg).map(|other| Voice::Leg(*other));
        legs.chain(chime)
    };
    let mut listeners = Vec::with_capacity(talk.len() + 2);
    let announcement = call.announcement.as_ref().map(|source| Voice::Source(source.id));
    // What the agent plays: the customer hears it in any case, the others when it is for everybody.
    let playing = call.playing.as_ref().map(|playing| Voice::Source(playing.source.id));
    let shared = playing.filter(|_| call.playing.as_ref().is_some_and(|playing| playing.to == Audience::Everybody));
    if elsewhere {
        // Held or not, who asked is in the other room.
    } else if held {
        listeners.push(hears(customer, playing.or(house)));
    } else if let Some(announcement) = announcement {
        listeners.push(hears(customer, Some(announcement)));
    } else {
        listeners.push(Listener { leg: customer, hears: others(customer).chain(house).chain(playing).collect() });
    }
    // With the asking agent away, whoever was asked waits to music.
    let waits = house.filter(|_| elsewhere);
    let whispers = call.guests.iter().filter(|guest| matches!(guest.mode, Mode::Whispers) && guest.is_heard());
    // A call that is answered for the agent begins with a tone: nobody is heard before it is over.
    let tone = call.tone.as_ref().map(|tone| Voice::Source(tone.id)).or(announcement).map(|tone| vec![tone]);
    listeners.extend(agent.map(|agent| Listener {
        leg: agent.leg,
        hears: tone.unwrap_or_else(|| {
            others(agent.leg).chain(whispers.map(|guest| Voice::Leg(guest.leg))).chain(waits).chain(shared).collect()
        }),
    }));
    let guest =
        |guest: &Guest| Listener { leg: guest.leg, hears: others(guest.leg).chain(waits).chain(shared).collect() };
    listeners.extend(call.guests.iter().map(guest));
    listeners
}

/// Whether the agent's voice reaches the others. While a page reloads the house keeps the customer company instead.
fn is_heard(agent: &AgentSide) -> bool {
    !agent.muted && !agent.hushed && !agent.silent
}

fn hears(leg: LegId, voice: Option<Voice>) -> Listener {
    Listener { leg, hears: voice.into_iter().collect() }
}
