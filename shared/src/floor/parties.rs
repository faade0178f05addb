//! What a desk shows of more than two in a call: who is in it, what is at its side, who had it before.

use super::Floor;
use crate::call::guest::{Guest, Who};
use crate::call::{Call, Phase};
use crate::ids::UserId;
use crate::wire::parties::{EarlierView, Mode, Part, PartyView, PartyWho, SideStage, SideView};

impl Floor {
    /// What this agent is in the call.
    pub(super) fn part_of(user: UserId, call: &Call) -> Part {
        match call.guest(user).map(|guest| guest.mode) {
            Some(Mode::Talks) => Part::Guest,
            Some(Mode::Listens) => Part::Listens,
            Some(Mode::Whispers) => Part::Whispers,
            None if call.side.is_some() => Part::Consulted,
            None => Part::Responsible,
        }
    }

    /// Everybody in the call; those who listen or whisper only for eyes that may know of them.
    pub(super) fn parties_view(&self, call: &Call, hidden: bool) -> Vec<PartyView> {
        let customer = PartyView {
            leg: call.customer.leg,
            who: PartyWho::Customer,
            mode: Mode::Talks,
            muted: call.customer.hushed,
            hushed: call.customer.hushed,
            silent: call.customer.silent_since.is_some(),
            since: call.answered.unwrap_or(call.began),
        };
        let agent = call.agent.as_ref().map(|agent| PartyView {
            leg: agent.leg,
            who: self.agent_party(agent.user, true),
            mode: Mode::Talks,
            muted: agent.muted || agent.hushed,
            hushed: agent.hushed,
            silent: agent.silent,
            since: agent.since,
        });
        let guests = call.guests.iter().filter(|guest| hidden || guest.talks()).map(|guest| self.guest_view(guest));
        std::iter::once(customer).chain(agent).chain(guests).collect()
    }

    fn guest_view(&self, guest: &Guest) -> PartyView {
        let who = match &guest.who {
            Who::Agent(user) => self.agent_party(*user, false),
            Who::Outside(number) => PartyWho::Outside { number: number.clone() },
        };
        PartyView {
            leg: guest.leg,
            who,
            mode: guest.mode,
            muted: guest.muted || guest.hushed,
            hushed: guest.hushed,
            silent: guest.silent_since.is_some(),
            since: guest.since,
        }
    }

    fn agent_party(&self, user: UserId, leads: bool) -> PartyWho {
        PartyWho::Agent { user, name: self.name_of(user), leads }
    }

    /// The calls at the side, for the agent who began them.
    pub(super) fn sides_view(&self, user: UserId, call: &Call) -> Vec<SideView> {
        let begun = |id| {
            let at: &Call = self.calls.get(id)?;
            let side = at.side.as_ref().filter(|side| side.by == user)?;
            let stage = match &at.phase {
                Phase::Queued { rings, .. } if rings.is_empty() => SideStage::Queued,
                Phase::Queued { .. }
                | Phase::Asked { .. }
                | Phase::Dialling { .. }
                | Phase::Portal(_)
                | Phase::Parked(_)
                | Phase::Meeting(_)
                | Phase::Over { .. } => SideStage::Ringing,
                Phase::Talking | Phase::Held => SideStage::Talking,
            };
            let (purpose, with, front) = (side.purpose, side.with.clone(), side.front);
            Some(SideView { side: *id, purpose, with, stage, front, since: at.since })
        };
        call.sides.iter().filter_map(begun).collect()
    }

    /// Agents who had the contact before, for the next one; for who is asked also the one who asks.
    pub(super) fn earlier_view(&self, user: UserId, call: &Call) -> Vec<EarlierView> {
        let main = call.side.as_ref().and_then(|side| self.calls.get(&side.of));
        let earlier = main.unwrap_or(call).earlier.iter().filter(|earlier| earlier.user != user);
        let earlier = earlier.map(|earlier| EarlierView {
            name: earlier.name.clone(),
            left: Some(earlier.left),
            notes: earlier.form.notes.clone(),
        });
        let asks = main.and_then(|main| {
            let agent = main.agent.as_ref()?;
            Some(EarlierView { name: self.name_of(agent.user), left: None, notes: main.form.notes.clone() })
        });
        earlier.chain(asks).collect()
    }
}
