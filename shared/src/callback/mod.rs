//! Callbacks: booked once, called by their queue's rules, ended once.
//!
//! Invariants: of one number and queue (or agent, or team) at most one is open; one that is automatic is in the line or
//! called only within its queue's hours and before it expires, at most as often as the queue says, and never twice at once;
//! its place (since when it has waited) never changes. A task that voicemail or duty rota left is never called by itself: it waits on the
//! page or, where tasks are handed out, in the line of its queue within its hours, until it is in somebody's hand.
//!
//! Left to the floor: the line, the calls, permission, and the fact of each change ([`Callbacks::changed`]).

use crate::edge::Cause;
use crate::ids::{CallbackId, ContactId, QueueId, RecordingId, TeamId, UserId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::callbacks::{Callback, CallbackRules, End, Hand, MOST_TRIES, Reason, Stage, Try};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Open callbacks of a tenant at most: more than its agents could call in a day, whatever floods it.
pub const MOST_OPEN: usize = 10_000;

/// How long a task without rules of a queue's is kept open.
const TASK_EXPIRES: Millis = Millis::from_secs(7 * 24 * 3600);

/// When it is asked again whether the queue of a task has opened that did not say when it would: after an emergency.
const ASK_AGAIN: Millis = Millis::from_secs(30 * 60);

/// Somebody who is to be called back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The contact that it comes from.
    pub contact: Option<ContactId>,
    /// The queue whose agents call.
    pub queue: Option<QueueId>,
    /// The agent whose task it is, where it is one's alone.
    pub user: Option<UserId>,
    /// The team whose task it is: any member or leader calls.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// Whom to call; `None` where the number was withheld, which only a task may be without.
    pub number: Option<PhoneNumber>,
    /// Their name, as far as it is known.
    pub name: Option<String>,
    /// Why.
    pub reason: Reason,
    /// The message that they left.
    #[serde(default)]
    pub message: Option<RecordingId>,
    /// Not before; `None` is as soon as the queue is open.
    pub due: Option<Timestamp>,
}

/// The place that somebody had in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Since when.
    pub entered: Timestamp,
    /// Levels of priority beyond the queue's.
    pub bonus: u8,
}

/// What the engine asks of the set-up.
pub trait Around {
    /// A queue's rules; `None` when there is no such queue (any more).
    fn rules(&self, queue: QueueId) -> Option<CallbackRules>;
    /// When the queue's agents are there next: `now` if they are, `None` if not within a year.
    fn opens(&self, now: Timestamp, queue: QueueId) -> Option<Timestamp>;
}

/// Why a callback cannot be booked or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none of this id that is open.
    #[error("there is no such callback")]
    Gone,
    /// It is being called at this moment.
    #[error("it is being called")]
    Calling,
    /// Somebody has it in hand.
    #[error("somebody works on it")]
    InHand,
    /// [`MOST_OPEN`] are open.
    #[error("{MOST_OPEN} callbacks are open")]
    TooMany,
    /// The queue is never open in time.
    #[error("the queue does not open in time")]
    Closed,
}

/// What becomes of a booking.
struct Planned {
    /// The one that the number has already.
    known: Option<CallbackId>,
    due: Timestamp,
    expires: Timestamp,
}

/// The open callbacks of a tenant, and those that have just ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Callbacks {
    open: BTreeMap<CallbackId, Callback>,
    /// When something is due for one: its time to be called, or its end. At most one for each.
    wakes: BTreeSet<(Timestamp, CallbackId)>,
    /// Changed since they were told last.
    changed: BTreeSet<CallbackId>,
    /// Whether tasks stand in their queue's line, too.
    #[serde(default)]
    hands_out: bool,
}

impl Callbacks {
    /// An open one.
    #[must_use]
    pub fn get(&self, id: CallbackId) -> Option<&Callback> {
        self.open.get(&id).filter(|it| !matches!(it.stage, Stage::Over { .. }))
    }

    /// All open ones.
    pub fn open(&self) -> impl Iterator<Item = &Callback> {
        self.open.values().filter(|it| !matches!(it.stage, Stage::Over { .. }))
    }

    /// When something is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// Those that [`Callbacks::changed`] would tell, and who has each in hand.
    pub fn hands(&self) -> impl Iterator<Item = (CallbackId, Option<UserId>)> {
        let hand = |id| self.open.get(id).and_then(|it| it.stage.hand());
        self.changed.iter().map(move |id| (*id, hand(id).map(|hand| hand.user)))
    }

    /// Whether tasks are handed out from now on: those that wait become due, or those in the line wait on the page again,
    /// and are returned, so that the floor takes them out of it.
    pub fn hand_out(&mut self, on: bool) -> Vec<CallbackId> {
        if self.hands_out == on {
            return Vec::new();
        }
        let tasks = self.open().filter(|it| !it.reason.is_automatic());
        let tasks: BTreeSet<CallbackId> = tasks.map(|it| it.id).collect();
        self.wakes.retain(|(_, id)| !tasks.contains(id));
        self.hands_out = on;
        let mut left = Vec::new();
        for id in tasks {
            self.change(id, |it| {
                if it.stage == Stage::InLine {
                    it.stage = Stage::Waiting;
                    left.push(id);
                }
            });
        }
        left
    }

    /// Those that changed since the last call, each as it stands now; those that are over are forgotten with it.
    pub fn changed(&mut self) -> Vec<Callback> {
        let changed = std::mem::take(&mut self.changed);
        let told: Vec<Callback> = changed.iter().filter_map(|id| self.open.get(id)).cloned().collect();
        for over in told.iter().filter(|it| matches!(it.stage, Stage::Over { .. })) {
            self.open.remove(&over.id);
        }
        told
    }

    /// Books a callback. For a number and queue (or agent, or team) that have one already the old one is kept, with its place, and
    /// its id is returned; who asks to be called where only a task was left is called by the floor from now on.
    ///
    /// # Errors
    /// [`Refused::TooMany`], or [`Refused::Closed`] for one that the floor should call and never could.
    pub fn book(
        &mut self,
        now: Timestamp,
        id: CallbackId,
        booking: Booking,
        place: Place,
        around: &dyn Around,
    ) -> Result<CallbackId, Refused> {
        let Planned { known, due, expires } = self.plan(now, &booking, around)?;
        if let Some(known) = known {
            let was_automatic = self.get(known).is_some_and(|it| it.reason.is_automatic());
            if booking.reason.is_automatic() && !was_automatic {
                self.change(known, |it| {
                    (it.reason, it.due, it.expires) = (booking.reason, due, it.expires.max(expires));
                    if it.stage == Stage::InLine {
                        it.stage = Stage::Waiting;
                    }
                });
            }
            return Ok(known);
        }
        let callback = Callback {
            id,
            reason: booking.reason,
            queue: booking.queue,
            user: booking.user,
            team: booking.team,
            number: booking.number,
            name: booking.name,
            contact: booking.contact,
            message: booking.message,
            booked: now,
            entered: place.entered,
            bonus: place.bonus,
            due,
            expires,
            stage: Stage::Waiting,
            tries: Vec::new(),
        };
        self.open.insert(id, callback);
        self.change(id, |_| ());
        Ok(id)
    }

    /// Whether [`Callbacks::book`] would take this booking, and the id that it would return.
    ///
    /// # Errors
    /// As there.
    pub fn may_book(
        &self,
        now: Timestamp,
        id: CallbackId,
        booking: &Booking,
        around: &dyn Around,
    ) -> Result<CallbackId, Refused> {
        Ok(self.plan(now, booking, around)?.known.unwrap_or(id))
    }

    fn plan(&self, now: Timestamp, booking: &Booking, around: &dyn Around) -> Result<Planned, Refused> {
        let callers = (booking.queue, booking.user, booking.team);
        let known = self.open().find(|it| same_wish(it, booking.number.as_ref(), callers));
        let rules = booking.queue.and_then(|queue| around.rules(queue));
        let automatic = booking.reason.is_automatic();
        let expires = now + if automatic { rules.unwrap_or_default().expires } else { TASK_EXPIRES };
        let wanted = booking.due.unwrap_or(now).max(now);
        let due = if automatic { opens(wanted, booking.queue, around, expires)? } else { wanted };
        if known.is_none() && self.open.len() >= MOST_OPEN {
            return Err(Refused::TooMany);
        }
        Ok(Planned { known: known.map(|it| it.id), due, expires })
    }

    /// Takes up what an earlier life has left open and this one does not know, as the store has it: one that was being
    /// called waits again, since its call is over. One whose wish is known already is ended: a number is called once.
    pub fn take_up(&mut self, now: Timestamp, left: Vec<Callback>) {
        for mut it in left {
            let over = matches!(it.stage, Stage::Over { .. });
            if over || self.open.contains_key(&it.id) || self.open.len() >= MOST_OPEN {
                continue;
            }
            let callers = (it.queue, it.user, it.team);
            let again = self.open().any(|known| same_wish(known, it.number.as_ref(), callers));
            it.stage = if again { Stage::Over { at: now, end: End::Cancelled } } else { Stage::Waiting };
            let id = it.id;
            self.open.insert(id, it);
            self.change(id, |_| ());
        }
    }

    /// The customer of this number talks with an agent: those callbacks of theirs end of which that is the `matter`, but
    /// for the one that the call is itself. They are returned, so that the floor takes them out of its line. One that is
    /// being called at this moment ends with its own call.
    pub fn serve(
        &mut self,
        now: Timestamp,
        number: &PhoneNumber,
        own: Option<CallbackId>,
        matter: impl Fn(&Callback) -> bool,
    ) -> Vec<CallbackId> {
        let waits = |it: &&Callback| matches!(it.stage, Stage::Waiting | Stage::InLine | Stage::InHand(_));
        let theirs = |it: &&Callback| it.number.as_ref() == Some(number) && Some(it.id) != own && matter(it);
        let served: Vec<CallbackId> = self.open().filter(waits).filter(theirs).map(|it| it.id).collect();
        for id in &served {
            self.change(*id, |it| it.stage = Stage::Over { at: now, end: End::Served });
        }
        served
    }

    /// What is due now: those that may be called from now on are put into the line and returned; those whose time is over
    /// end, and are returned too, so that the floor takes them out of its line. A queue that is closed puts its callbacks
    /// off.
    pub fn wake(&mut self, now: Timestamp, around: &dyn Around) -> Vec<CallbackId> {
        let mut woken = Vec::new();
        while let Some((_, id)) = self.wakes.first().copied().filter(|(at, _)| *at <= now) {
            self.wakes.pop_first();
            let Some(callback) = self.open.get(&id) else { continue };
            let (queue, expired) = (callback.queue, callback.expires <= now);
            let opens = opens(now, queue, around, callback.expires);
            self.change(id, |it| match (&it.stage, opens) {
                (Stage::Waiting | Stage::InLine, _) if expired => it.stage = Stage::Over { at: now, end: End::Expired },
                (Stage::Waiting, Ok(opens)) if opens <= now => it.stage = Stage::InLine,
                (Stage::Waiting, opens) => wait_for(now, it, opens),
                (Stage::InLine | Stage::InHand(_) | Stage::Calling { .. } | Stage::Over { .. }, _) => {}
            });
            woken.push(id);
        }
        woken
    }

    /// One that stood in the line no longer does: its queue is closed, or it cannot be dialled at this moment. It comes
    /// back after so long, or when the queue opens.
    pub fn put_off(&mut self, now: Timestamp, id: CallbackId, by: Millis, around: &dyn Around) {
        let Some(callback) = self.open.get(&id).filter(|it| it.stage == Stage::InLine) else { return };
        let opens = opens(now + by, callback.queue, around, callback.expires);
        self.change(id, |it| wait_for(now, it, opens));
    }

    /// A task is in this agent's hand from now on.
    ///
    /// # Errors
    /// When it is gone, being called, or in a hand already.
    pub fn take(&mut self, now: Timestamp, id: CallbackId, user: UserId) -> Result<(), Refused> {
        match self.open.get(&id).map(|it| it.stage) {
            None | Some(Stage::Over { .. }) => return Err(Refused::Gone),
            Some(Stage::Calling { .. }) => return Err(Refused::Calling),
            Some(Stage::InHand(_)) => return Err(Refused::InHand),
            Some(Stage::Waiting | Stage::InLine) => {}
        }
        self.change(id, |it| it.stage = Stage::InHand(Hand { user, since: now }));
        Ok(())
    }

    /// What is in a hand is not any more: it waits again, and comes back after so long.
    pub fn give_back(&mut self, now: Timestamp, id: CallbackId, after: Millis) {
        if self.open.get(&id).is_some_and(|it| matches!(it.stage, Stage::InHand(_))) {
            self.change(id, |it| (it.stage, it.due) = (Stage::Waiting, (now + after).min(it.expires)));
        }
    }

    /// Who has it in hand has done it.
    pub fn finish(&mut self, now: Timestamp, id: CallbackId) {
        if self.open.get(&id).is_some_and(|it| matches!(it.stage, Stage::InHand(_))) {
            self.change(id, |it| it.stage = Stage::Over { at: now, end: End::Done });
        }
    }

    /// They are called now, as this contact, by this agent.
    ///
    /// # Errors
    /// When it is gone, or called already.
    pub fn call(
        &mut self,
        now: Timestamp,
        id: CallbackId,
        contact: ContactId,
        agent: Option<UserId>,
    ) -> Result<(), Refused> {
        let hand = match self.open.get(&id).map(|it| it.stage) {
            None | Some(Stage::Over { .. }) => return Err(Refused::Gone),
            Some(Stage::Calling { .. }) => return Err(Refused::Calling),
            Some(Stage::InHand(hand)) if agent != Some(hand.user) => return Err(Refused::InHand),
            Some(Stage::InHand(hand)) => Some(hand),
            Some(Stage::Waiting | Stage::InLine) => None,
        };
        self.change(id, |it| {
            it.stage = Stage::Calling { contact, hand };
            if it.tries.len() >= MOST_TRIES {
                it.tries.remove(0);
            }
            it.tries.push(Try { contact, at: now, agent, reached: None, cause: None });
        });
        Ok(())
    }

    /// Who talks with them is known now.
    pub fn answered(&mut self, id: CallbackId, contact: ContactId, agent: UserId) {
        self.change(id, |it| {
            if let Some(tried) = it.tries.last_mut().filter(|tried| tried.contact == contact) {
                tried.agent = Some(agent);
            }
        });
    }

    /// The call of a try is over. Whoever was not reached is tried again by the queue's rules; a task waits on.
    pub fn ended(
        &mut self,
        now: Timestamp,
        id: CallbackId,
        contact: ContactId,
        (reached, cause): (bool, Cause),
        around: &dyn Around,
    ) {
        let Some(callback) = self.open.get(&id) else { return };
        let hand = match callback.stage {
            Stage::Calling { contact: called, hand } if called == contact => hand,
            Stage::Waiting | Stage::InLine | Stage::InHand(_) | Stage::Calling { .. } | Stage::Over { .. } => return,
        };
        let rules = callback.queue.and_then(|queue| around.rules(queue)).unwrap_or_default();
        let over = |end| (Stage::Over { at: now, end }, callback.due);
        let (stage, due) = if reached {
            over(End::Reached)
        } else if !callback.reason.is_automatic() {
            (hand.map_or(Stage::Waiting, Stage::InHand), callback.due)
        } else if callback.tries.len() >= usize::from(rules.tries) {
            over(End::Unreached)
        } else {
            match opens(now + rules.interval, callback.queue, around, callback.expires) {
                Ok(opens) => (Stage::Waiting, opens),
                Err(_) => over(End::Unreached),
            }
        };
        self.change(id, |it| {
            (it.stage, it.due) = (stage, due);
            if let Some(tried) = it.tries.last_mut().filter(|tried| tried.contact == contact) {
                (tried.reached, tried.cause) = (Some(reached), Some(cause));
            }
        });
    }

    /// Somebody cancels it.
    ///
    /// # Errors
    /// When it is gone, or being called: then it is too late.
    pub fn cancel(&mut self, now: Timestamp, id: CallbackId) -> Result<(), Refused> {
        self.may_change(id)?;
        self.change(id, |it| it.stage = Stage::Over { at: now, end: End::Cancelled });
        Ok(())
    }

    /// Another time is agreed. Where the queue is closed then, it is called when that opens next; it keeps its place.
    ///
    /// # Errors
    /// When it is gone, being called, or the queue does not open within the time that it keeps callbacks.
    pub fn put_to(
        &mut self,
        now: Timestamp,
        id: CallbackId,
        due: Timestamp,
        around: &dyn Around,
    ) -> Result<(), Refused> {
        let (due, expires) = self.new_time(now, id, due, around)?;
        self.change(id, |it| (it.stage, it.due, it.expires) = (Stage::Waiting, due, expires));
        Ok(())
    }

    /// When one would be due, and when it would end, if it were put to this time.
    ///
    /// # Errors
    /// As [`Callbacks::put_to`].
    pub fn new_time(
        &self,
        now: Timestamp,
        id: CallbackId,
        due: Timestamp,
        around: &dyn Around,
    ) -> Result<(Timestamp, Timestamp), Refused> {
        self.may_change(id)?;
        let Some(callback) = self.open.get(&id) else { return Err(Refused::Gone) };
        let due = due.max(now);
        let kept = match (callback.reason.is_automatic(), callback.queue.and_then(|queue| around.rules(queue))) {
            (true, rules) => rules.unwrap_or_default().expires,
            (false, _) => TASK_EXPIRES,
        };
        let expires = callback.expires.max(due + kept);
        let due = if callback.reason.is_automatic() { opens(due, callback.queue, around, expires)? } else { due };
        Ok((due, expires))
    }

    /// Whether it can be cancelled or moved now.
    ///
    /// # Errors
    /// When it is gone, or being called: then it is too late.
    pub fn may_change(&self, id: CallbackId) -> Result<(), Refused> {
        match self.open.get(&id).map(|it| it.stage) {
            None | Some(Stage::Over { .. }) => Err(Refused::Gone),
            Some(Stage::Calling { .. }) => Err(Refused::Calling),
            Some(Stage::Waiting | Stage::InLine | Stage::InHand(_)) => Ok(()),
        }
    }

    /// Changes one and sets when it is due next.
    fn change(&mut self, id: CallbackId, change: impl FnOnce(&mut Callback)) {
        let Some(callback) = self.open.get_mut(&id) else { return };
        if let Some(wake) = wake_of(callback, self.hands_out) {
            self.wakes.remove(&(wake, id));
        }
        change(callback);
        self.wakes.extend(wake_of(callback, self.hands_out).map(|at| (at, id)));
        self.changed.insert(id);
    }
}

/// Who calls: a queue's agents, an agent, or a team.
type Callers = (Option<QueueId>, Option<UserId>, Option<TeamId>);

/// Whether a callback is of this number, for these to call.
fn same_wish(it: &Callback, number: Option<&PhoneNumber>, callers: Callers) -> bool {
    it.number.is_some() && it.number.as_ref() == number && (it.queue, it.user, it.team) == callers
}

/// Back to waiting, until it may stand in the line again. What never may ends, but for a task: somebody could still do it
/// from the page.
fn wait_for(now: Timestamp, it: &mut Callback, opens: Result<Timestamp, Refused>) {
    match opens {
        Ok(opens) => (it.stage, it.due) = (Stage::Waiting, opens),
        Err(_) if !it.reason.is_automatic() => (it.stage, it.due) = (Stage::Waiting, (now + ASK_AGAIN).min(it.expires)),
        Err(_) => it.stage = Stage::Over { at: now, end: End::Expired },
    }
}

/// When something is due for it. What an agent has in hand is theirs until they are gone.
fn wake_of(callback: &Callback, hands_out: bool) -> Option<Timestamp> {
    let lines_up = callback.reason.is_automatic() || hands_out && callback.queue.is_some();
    match callback.stage {
        Stage::Waiting if lines_up => Some(callback.due.min(callback.expires)),
        Stage::Waiting | Stage::InLine => Some(callback.expires),
        Stage::InHand(_) | Stage::Calling { .. } | Stage::Over { .. } => None,
    }
}

/// From when on one of this queue may be called.
fn opens(
    from: Timestamp,
    queue: Option<QueueId>,
    around: &dyn Around,
    expires: Timestamp,
) -> Result<Timestamp, Refused> {
    let opens = match queue {
        Some(queue) => around.opens(from, queue),
        None => Some(from),
    };
    opens.filter(|opens| *opens < expires).ok_or(Refused::Closed)
}

#[cfg(test)]
mod tests;
