//! What every open desk shows, put together from what was sent to it.

use crate::Step;
use hark_shared::capacity::Capacity;
use hark_shared::floor::{Input, Output, SocketId};
use hark_shared::ids::{OfferId, UserId};
use hark_shared::time::Timestamp;
use hark_shared::wire::desk::{AgentState, ContactPhase, Desk, DeskChange, OfferCard, ToDesk};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Desks {
    open: BTreeMap<SocketId, (u64, Desk)>,
    users: Vec<UserId>,
    /// Offers that a desk has begun to show in this step.
    pub fresh: Vec<(UserId, OfferCard)>,
    offers_seen: BTreeMap<OfferId, UserId>,
    /// Agents whose page was open once and is gone.
    gone: BTreeMap<UserId, Timestamp>,
    /// What agents take at once.
    pub capacity: Capacity,
}

impl Desks {
    pub fn see(&mut self, step: &Step) -> Result<(), String> {
        self.fresh.clear();
        match step.input {
            Some(Input::Setup(setup)) => self.capacity = setup.capacity,
            Some(Input::DeskClosed { socket }) => {
                self.open.remove(socket);
            }
            Some(Input::Restarted) => {
                self.open.clear();
                // While the core was dead no time passed for its agents.
                self.gone.values_mut().for_each(|since| *since = step.now);
            }
            _ => {}
        }
        for output in step.outputs {
            match output {
                Output::Desk { socket, message } => self.message(*socket, message)?,
                Output::Close(socket) => {
                    self.open.remove(socket);
                }
                _ => {}
            }
        }
        let mut users: Vec<UserId> = self.open.values().map(|(_, desk)| desk.user).collect();
        users.sort_unstable();
        let before = self.users.iter().filter(|user| !users.contains(user));
        self.gone.extend(before.map(|user| (*user, step.now)));
        self.gone.retain(|user, _| !users.contains(user));
        self.users.clone_from(&users);
        users.dedup();
        if users.len() != self.open.len() {
            return Err("a user has two desks".to_owned());
        }
        self.open.values().try_for_each(|(_, desk)| coherent(desk))
    }

    fn message(&mut self, socket: SocketId, message: &ToDesk) -> Result<(), String> {
        match message {
            ToDesk::Snapshot { seq, desk, .. } => {
                if let Some(card) = &desk.offer {
                    self.offer(desk.user, card);
                }
                self.open.insert(socket, (*seq, Desk::clone(desk)));
            }
            ToDesk::Change { seq, change } => {
                let (last, desk) = self.open.get_mut(&socket).ok_or("a change before the snapshot")?;
                if *seq != *last + 1 {
                    return Err(format!("change {seq} after {last}"));
                }
                *last = *seq;
                let user = desk.user;
                match change.as_ref() {
                    DeskChange::Status(status) => desk.status = status.clone(),
                    DeskChange::Offer(card) => desk.offer.clone_from(card),
                    DeskChange::Contact(view) => desk.contact.clone_from(view),
                    DeskChange::Connected(connected) => desk.connected = *connected,
                    DeskChange::Telephone(telephone) => desk.telephone.clone_from(telephone),
                    DeskChange::Tasks(tasks) => desk.tasks.clone_from(tasks),
                }
                if let DeskChange::Offer(Some(card)) = change.as_ref() {
                    self.offer(user, card);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn offer(&mut self, user: UserId, card: &OfferCard) {
        if self.offers_seen.insert(card.offer, user).is_none() {
            self.fresh.push((user, card.clone()));
        }
    }

    /// Agents who could take a contact now, and since when they are idle.
    pub fn available(&self) -> BTreeMap<UserId, Timestamp> {
        let at_tasks = |desk: &Desk| desk.tasks.offer.is_some() || !desk.tasks.hand.is_empty();
        let disturbed = |desk: &Desk| self.capacity.calls_interrupt_tasks || !at_tasks(desk);
        let ready = |desk: &&Desk| desk.status.state == AgentState::Ready && desk.connected && disturbed(desk);
        let desks = self.open.values().map(|(_, desk)| desk);
        desks.filter(ready).map(|desk| (desk.user, desk.status.since)).collect()
    }

    /// Since when an agent has no page any more.
    pub fn gone_since(&self, user: UserId) -> Option<Timestamp> {
        self.gone.get(&user).copied()
    }

    /// Everybody who has a desk open.
    pub fn users(&self) -> &[UserId] {
        &self.users
    }

    pub fn of(&self, user: UserId) -> Option<&Desk> {
        self.open.values().map(|(_, desk)| desk).find(|desk| desk.user == user)
    }
}

/// A desk that shows one thing and says another misleads its agent.
fn coherent(desk: &Desk) -> Result<(), String> {
    let phase = desk.contact.as_ref().map(|view| view.phase);
    let fits = match desk.status.state {
        AgentState::Ringing => desk.offer.is_some() && phase.is_none(),
        AgentState::Dialling => phase == Some(ContactPhase::Dialling),
        AgentState::Talking => phase == Some(ContactPhase::Talking),
        AgentState::Hold => phase == Some(ContactPhase::Hold),
        AgentState::WrapUp => matches!(phase, Some(ContactPhase::WrapUp { .. })),
        AgentState::Offline
        | AgentState::Ready
        | AgentState::Busy(_)
        | AgentState::Missed
        | AgentState::Disconnected => desk.offer.is_none() && phase.is_none(),
    };
    if fits { Ok(()) } else { Err(format!("the desk contradicts itself: {desk:?}")) }
}
