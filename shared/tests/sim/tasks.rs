//! Tasks: each in one hand at most, at nobody who may not be interrupted, waiting for nobody who could take it, and over
//! once.

use crate::Step;
use crate::desks::Desks;
use hark_shared::desk::GRACE;
use hark_shared::facts::Fact;
use hark_shared::floor::Output;
use hark_shared::ids::{CallbackId, OfferId, UserId};
use hark_shared::time::Timestamp;
use hark_shared::wire::callbacks::{Callback, End, Stage};
use hark_shared::wire::desk::{AgentState, Desk};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Tasks {
    known: BTreeMap<CallbackId, Stage>,
    over: BTreeSet<CallbackId>,
    /// Offers that desks have shown.
    shown: BTreeSet<OfferId>,
    /// To whom each was offered last.
    asked: BTreeMap<CallbackId, UserId>,
    /// Who had a task at hand after the last step.
    busy: BTreeSet<UserId>,
    /// How many were done or reached.
    pub done: usize,
}

impl Tasks {
    pub fn see(&mut self, step: &Step, desks: &Desks) -> Result<(), String> {
        for output in step.outputs {
            if let Output::Fact(fact) = output
                && let Fact::Callback(callback) = &fact.fact
                && !callback.reason.is_automatic()
            {
                self.changed(callback)?;
            }
        }
        self.at_desks(desks)?;
        self.nobody_waits(step.now, desks)
    }

    fn changed(&mut self, callback: &Callback) -> Result<(), String> {
        if self.over.contains(&callback.id) {
            return Err(format!("a task goes on after its end: {callback:?}"));
        }
        if let Stage::Over { end, .. } = callback.stage {
            self.over.insert(callback.id);
            self.done += usize::from(matches!(end, End::Done | End::Reached));
        }
        self.known.insert(callback.id, callback.stage);
        Ok(())
    }

    /// What desks show agrees with what the store was told, and with what an agent takes at once.
    fn at_desks(&mut self, desks: &Desks) -> Result<(), String> {
        let capacity = desks.capacity;
        let mut seen = BTreeSet::new();
        let mut busy = BTreeSet::new();
        for desk in desks.users().iter().filter_map(|user| desks.of(*user)) {
            let board = &desk.tasks;
            let wrong = |why: &str| Err(format!("{why}: {desk:?}"));
            if board.hand.len() + usize::from(board.offer.is_some()) > usize::from(capacity.tasks) {
                return wrong("more tasks than one may have");
            }
            let offered = board.offer.iter().map(|offer| offer.task.id);
            if !board.hand.iter().map(|task| task.id).chain(offered).all(|id| seen.insert(id)) {
                return wrong("a task at two desks");
            }
            let held = |id: &CallbackId| self.known.get(id).and_then(|stage| stage.hand()).map(|hand| hand.user);
            if board.hand.iter().any(|task| held(&task.id) != Some(desk.user)) {
                return wrong("a desk shows what is not in its hand");
            }
            let new = board.offer.as_ref().is_some_and(|offer| self.shown.insert(offer.offer));
            if new && !may_be_asked(desk, desks) {
                return wrong("a task interrupts what it must not");
            }
            self.asked.extend(board.offer.iter().map(|offer| (offer.task.id, desk.user)));
            if board.offer.is_some() || !board.hand.is_empty() {
                busy.insert(desk.user);
            }
        }
        let disturbed = |(user, card): &&(UserId, _)| {
            let card: &hark_shared::wire::desk::OfferCard = card;
            !card.decline && self.busy.contains(user) && busy.contains(user)
        };
        if !capacity.calls_interrupt_tasks && desks.fresh.iter().any(|fresh| disturbed(&fresh)) {
            return Err("a call interrupts a task".to_owned());
        }
        self.busy = busy;
        Ok(())
    }

    /// No task stands in the line while somebody is free for it: all agents serve all queues on these days.
    fn nobody_waits(&self, now: Timestamp, desks: &Desks) -> Result<(), String> {
        let all: Vec<&Desk> = desks.users().iter().filter_map(|user| desks.of(*user)).collect();
        let offered: BTreeSet<CallbackId> =
            all.iter().filter_map(|desk| desk.tasks.offer.as_ref()).map(|offer| offer.task.id).collect();
        let away = |user| desks.gone_since(user).is_some_and(|since| now.since(since) <= GRACE);
        let may_come_back = |id: &CallbackId| self.asked.get(id).is_some_and(|user| away(*user));
        let waits = |(id, stage): &(&CallbackId, &Stage)| {
            **stage == Stage::InLine && !offered.contains(id) && !may_come_back(id)
        };
        let Some((id, _)) = self.known.iter().find(waits) else { return Ok(()) };
        let most = usize::from(desks.capacity.tasks);
        let free = |desk: &&&Desk| {
            let board = &desk.tasks;
            desk.status.state == AgentState::Ready && board.offer.is_none() && board.hand.len() < most
        };
        match all.iter().find(free) {
            Some(desk) => Err(format!("task {id} waits though somebody is free: {desk:?}")),
            None => Ok(()),
        }
    }

    pub fn close(&self) -> Result<(), String> {
        match self.known.iter().find(|(id, _)| !self.over.contains(id)) {
            Some((id, stage)) => Err(format!("task {id} never ended: {stage:?}")),
            None => Ok(()),
        }
    }
}

/// Whether a new offer of a task may come to this desk.
fn may_be_asked(desk: &Desk, desks: &Desks) -> bool {
    match desk.status.state {
        AgentState::Ready => true,
        AgentState::Talking | AgentState::Hold => desks.capacity.tasks_interrupt_calls,
        AgentState::WrapUp => desks.capacity.tasks_interrupt_wrap_up,
        AgentState::Offline
        | AgentState::Busy(_)
        | AgentState::Ringing
        | AgentState::Dialling
        | AgentState::Missed
        | AgentState::Disconnected => false,
    }
}
