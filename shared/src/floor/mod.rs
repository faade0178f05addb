//! A tenant's floor: the engines joined into the one that the server runs, the browser simulates and a replay repeats.
//!
//! Data flows one way. An input changes agents and calls and marks them as touched; [`settle`](Floor::settle) then
//! tells the distribution who is available, applies what it decides, and at last compares what everybody should hear
//! and see with what they were told before. Nobody sends a change by hand, so none can be forgotten.
//!
//! Left to the shell: sockets, journal, store, edges, clock. Ids come from a seed given at the start.

mod agents;
mod answered;
mod callbacks;
mod calls;
mod commands;
mod direct;
mod duty;
mod edge;
mod enter;
mod fax;
mod figures;
mod guests;
mod lead;
mod meetings;
mod message;
mod outside;
mod overflow;
mod park;
mod parties;
mod pass_on;
mod pick_up;
mod playing;
mod portal;
mod reach;
mod reconcile;
mod recording;
mod referral;
mod setup;
mod sides;
mod silence;
mod spectators;
mod supervise;
mod survey;
mod tasks;
mod telephone;
mod timers;
mod view;
mod visitors;
mod watch;

use crate::acd::{self, Acd};
use crate::call::{Call, Phase};
use crate::callback::Callbacks;
use crate::edge::{Cause, EdgeCommand, EdgeEvent, RoomPlan};
use crate::engine::Engine;
use crate::facts::{Fact, Versioned};
use crate::flow::dip::Request;
use crate::flow::model::Mailbox;
use crate::flow::{self, Alarm, VarName};
use crate::ids::{
    CallbackId, ContactId, IdSource, LegId, MeetingId, MeetingRoomId, OfferId, QueueId, RecordingId, RoomId, UserId,
};
use crate::meeting::{Guard, Meeting, PinHash};
use crate::permit::Permits;
use crate::phone::PhoneNumber;
use crate::setup::TenantSetup;
use crate::time::Timestamp;
use crate::wire::callbacks::Callback;
use crate::wire::desk::{CustomerCard, DeskCommand, ToDesk};
use crate::wire::visitor::{FromVisitor, ToVisitor};
use agents::Agent;
pub use callbacks::Order;
use enter::LookedUp;
pub use figures::Figures;
use message::Left;
pub use portal::DigitUse;
use serde::{Deserialize, Serialize};
use setup::Setup;
use spectators::Spectator;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use timers::Timer;
use uuid::Uuid;

/// A WebSocket, as the shell numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SocketId(pub u64);

/// What leads a visitor back to their call: the hash of a secret that only the widget keeps, as hexadecimal digits. Floor
/// and journal never know the secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pass(pub String);

/// Who talked with a customer last, and when that was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAgent {
    /// Who.
    pub agent: UserId,
    /// When the contact ended.
    pub ended: Timestamp,
}

/// Everything that can happen to a floor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// The set-up, whole; also when it changed.
    Setup(Box<TenantSetup>),
    /// An edge reports.
    Edge(EdgeEvent),
    /// A page of this user opened its desk socket and said hello.
    DeskOpened {
        /// Who.
        user: UserId,
        /// The socket.
        socket: SocketId,
        /// The tab, the same after a reload.
        tab: Uuid,
        /// Whether to take the desk from another tab.
        take_over: bool,
    },
    /// A desk socket is closed.
    DeskClosed {
        /// Which.
        socket: SocketId,
    },
    /// An agent's command.
    Desk {
        /// From which socket.
        socket: SocketId,
        /// Names the command.
        id: Uuid,
        /// What.
        command: DeskCommand,
    },
    /// A user may no longer sign in, or signed out everywhere.
    Revoked(UserId),
    /// A widget said hello with a valid ticket.
    VisitorOpened {
        /// The socket.
        socket: SocketId,
        /// The number of ours whose entry the call takes.
        number: PhoneNumber,
        /// The page around the widget.
        page: String,
        /// The SDP offer.
        sdp: String,
        /// What leads back to the call, if the widget can use it.
        #[serde(default)]
        pass: Option<Pass>,
    },
    /// A widget is back on another socket. The shell asks [`Floor::admits`] before.
    VisitorResumed {
        /// The socket.
        socket: SocketId,
        /// What it showed.
        pass: Pass,
    },
    /// A widget's later message.
    Visitor {
        /// From which socket.
        socket: SocketId,
        /// What.
        message: FromVisitor,
    },
    /// A widget's socket is closed.
    VisitorClosed {
        /// Which.
        socket: SocketId,
    },
    /// The answer to [`Output::LookUp`].
    Card {
        /// For which contact.
        contact: ContactId,
        /// The customer, if the number is known.
        card: Option<CustomerCard>,
        /// Who talked with this number last.
        #[serde(default)]
        last: Option<LastAgent>,
    },
    /// The answer to [`Output::Fetch`]: what was taken, or `None` when it failed.
    Fetched {
        /// For which contact.
        contact: ContactId,
        /// Variables and their values.
        values: Option<Vec<(VarName, String)>>,
    },
    /// The answer to [`Output::Pin`].
    Pin {
        /// Who typed it.
        contact: ContactId,
        /// For which room.
        room: MeetingRoomId,
        /// Its hash; `None`: its digits were lost.
        pin: Option<PinHash>,
    },
    /// A deed with a callback from a page; [`Floor::check_order`] says before what comes of it.
    Callback(Order),
    /// What is new in this mailbox has changed, as the store has it: a message was left, heard or removed.
    Messages(Mailbox),
    /// The callbacks that the store has open, where the journal of an earlier life is lost. After the set-up.
    LeftOpen(Vec<Callback>),
    /// No new calls from now on: the server is about to stop.
    Drain,
    /// The floor's process was killed and this is its next life: sockets are gone. What lives at the edge follows as
    /// [`EdgeEvent::Living`].
    Restarted,
}

/// Everything a floor may ask of its shell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// To the edge.
    Edge(EdgeCommand),
    /// To a desk.
    Desk {
        /// Which socket.
        socket: SocketId,
        /// What.
        message: Box<ToDesk>,
    },
    /// To a widget.
    Visitor {
        /// Which socket.
        socket: SocketId,
        /// What.
        message: ToVisitor,
    },
    /// Close a socket after what was sent to it.
    Close(SocketId),
    /// To the store.
    Fact(Versioned),
    /// Look a customer up by number; answered by [`Input::Card`], never waited for.
    LookUp {
        /// For which contact.
        contact: ContactId,
        /// The number.
        number: PhoneNumber,
    },
    /// Ask another system for a flow; answered by [`Input::Fetched`].
    Fetch {
        /// For which contact.
        contact: ContactId,
        /// What.
        request: Box<Request>,
    },
    /// Make a typed PIN into its hash; answered by [`Input::Pin`].
    Pin {
        /// Who typed it.
        contact: ContactId,
        /// For which room.
        room: MeetingRoomId,
        /// How many digits there should be.
        digits: u8,
    },
    /// Throw a recording away: a message in which nothing was said.
    Discard(RecordingId),
    /// Something is wrong with a flow or with what it needs; the caller went on, an administrator should know.
    Alarm {
        /// Whose walk showed it.
        contact: ContactId,
        /// What.
        alarm: Box<Alarm>,
    },
}

/// Whose leg it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum LegOwner {
    Customer(ContactId),
    Agent(UserId),
    /// A number that a flow called for this contact.
    Outside(ContactId),
    /// An outside number that was dialled as a guest of this call.
    Guest(ContactId),
    /// An agent's own telephone.
    Telephone(UserId),
    /// Stood in this contact's customer's place, and has named somebody else.
    Referrer(ContactId),
}

/// The engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    ids: IdSource,
    setup: Setup,
    acd: Acd,
    agents: BTreeMap<UserId, Agent>,
    calls: BTreeMap<ContactId, Call>,
    offers: BTreeMap<OfferId, acd::Offer>,
    /// The distribution of tasks.
    #[serde(default = "tasks::distribution")]
    tasks: Acd,
    /// Tasks that are being offered; one for each agent at most.
    #[serde(default)]
    task_offers: BTreeMap<OfferId, acd::Offer>,
    /// Who has which task in hand.
    #[serde(default)]
    hands: BTreeMap<CallbackId, UserId>,
    legs: BTreeMap<LegId, LegOwner>,
    desks: BTreeMap<SocketId, UserId>,
    /// Pages that watch without a desk.
    #[serde(default)]
    spectators: BTreeMap<SocketId, Spectator>,
    visitors: BTreeMap<SocketId, ContactId>,
    visitor_of: BTreeMap<ContactId, visitors::Visitor>,
    /// One for each visitor's call that lasts.
    #[serde(default)]
    passes: BTreeMap<Pass, ContactId>,
    recordings: BTreeMap<RecordingId, (ContactId, Timestamp)>,
    /// Those of the recordings that are messages.
    #[serde(default)]
    messages: BTreeMap<RecordingId, Left>,
    rooms: BTreeMap<RoomId, ContactId>,
    plans: BTreeMap<ContactId, RoomPlan>,
    timers: BTreeSet<(Timestamp, Timer)>,
    /// What is known of callers' past. One for each call with a number.
    #[serde(default)]
    looked_up: BTreeMap<ContactId, LookedUp>,
    /// Who is about to enter a queue, with the bonus for it.
    #[serde(default)]
    held: BTreeMap<ContactId, u8>,
    touched_agents: BTreeSet<UserId>,
    touched_calls: BTreeSet<ContactId>,
    draining: bool,
    /// Whether any page watches, so that the lists' timer runs.
    #[serde(default)]
    watching: bool,
    #[serde(default)]
    permits: Permits,
    /// Who is to be called back.
    #[serde(default)]
    callbacks: Callbacks,
    /// When the callbacks are looked at next.
    #[serde(default)]
    look: Option<Timestamp>,
    /// Callbacks whose customer is called first, by the claim in their queue's line.
    #[serde(default)]
    standby: BTreeMap<QueueId, BTreeSet<(i64, CallbackId)>>,
    /// Customers who were dialled before any agent was there, and may still ring: at most as many as agents are ready, and
    /// those that have answered since, until the next is looked for.
    #[serde(default)]
    dialled_ahead: BTreeSet<ContactId>,
    /// Queues that lead contacts on when nobody is there, and where nobody is.
    #[serde(default)]
    unstaffed: BTreeSet<QueueId>,
    /// Meetings that go on.
    #[serde(default)]
    meetings: BTreeMap<MeetingId, Meeting>,
    /// Those that have changed.
    #[serde(default)]
    touched_meetings: BTreeSet<MeetingId>,
    /// Against guessing their PINs.
    #[serde(default)]
    guard: Guard,
    /// The time of the input at hand.
    now: Timestamp,
    /// Grows with every input; the version of facts.
    version: u64,
    out: VecDeque<Output>,
}

impl Floor {
    /// A floor without anybody. `seed` must be unique to this floor and life: ids are made of it.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            ids: IdSource::new(seed),
            setup: Setup::default(),
            // The distribution draws from a source of its own, so that both stay independent of each other's order.
            acd: Acd::new(IdSource::new(!seed)),
            agents: BTreeMap::new(),
            calls: BTreeMap::new(),
            offers: BTreeMap::new(),
            tasks: Acd::new(IdSource::new(seed ^ tasks::SEED)),
            task_offers: BTreeMap::new(),
            hands: BTreeMap::new(),
            legs: BTreeMap::new(),
            desks: BTreeMap::new(),
            spectators: BTreeMap::new(),
            visitors: BTreeMap::new(),
            visitor_of: BTreeMap::new(),
            passes: BTreeMap::new(),
            recordings: BTreeMap::new(),
            messages: BTreeMap::new(),
            rooms: BTreeMap::new(),
            plans: BTreeMap::new(),
            timers: BTreeSet::new(),
            looked_up: BTreeMap::new(),
            held: BTreeMap::new(),
            touched_agents: BTreeSet::new(),
            touched_calls: BTreeSet::new(),
            draining: false,
            watching: false,
            permits: Permits::default(),
            callbacks: Callbacks::default(),
            look: None,
            standby: BTreeMap::new(),
            dialled_ahead: BTreeSet::new(),
            unstaffed: BTreeSet::new(),
            meetings: BTreeMap::new(),
            touched_meetings: BTreeSet::new(),
            guard: Guard::default(),
            now: Timestamp(0),
            version: 0,
            out: VecDeque::new(),
        }
    }

    /// Whether somebody signed in serves what this number leads to; `None` when it is no number of ours.
    #[must_use]
    pub fn staffed(&self, number: &PhoneNumber) -> Option<bool> {
        let number = self.setup.any_number(number)?;
        Some(self.setup.queues_of(number).into_iter().any(|queue| self.acd.staffed(queue)))
    }

    /// Calls that are not over.
    #[must_use]
    pub fn live_calls(&self) -> usize {
        self.calls.values().filter(|call| !call.is_over() && !call.is_only_a_place()).count()
    }

    /// How many contacts wait in a queue, offers not counted.
    #[must_use]
    pub fn waiting(&self, queue: QueueId) -> usize {
        self.acd.waiting(queue)
    }

    /// How many agents are in each state; for metrics.
    #[must_use]
    pub fn signed_in(&self) -> usize {
        self.agents.values().filter(|agent| agent.activity.signed_in()).count()
    }

    /// A new version for the facts to come. It is at least the time, so that a floor that begins anew after a crash
    /// never writes facts that look older than those of its former life.
    fn begin(&mut self, now: Timestamp) {
        self.version = (self.version + 1).max(now.0.max(0).unsigned_abs());
        self.now = now;
    }

    fn apply(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Setup(setup) => self.set_up(now, *setup),
            Input::Edge(event) => self.edge_event(now, event),
            Input::DeskOpened { user, socket, tab, take_over } => self.desk_opened(now, user, socket, tab, take_over),
            Input::DeskClosed { socket } => self.desk_closed(now, socket),
            Input::Desk { socket, id, command } => self.desk_command(now, socket, id, command),
            Input::Revoked(user) => {
                self.dismiss_spectators(Some(user));
                self.revoke(now, user);
            }
            Input::VisitorOpened { socket, number, page, sdp, pass } => {
                if let Some(contact) = self.visitor_opened(now, socket, &number, page, sdp) {
                    self.passes.extend(pass.map(|pass| (pass, contact)));
                }
            }
            Input::VisitorResumed { socket, pass } => self.visitor_resumed(socket, &pass),
            Input::Visitor { socket, message } => self.visitor_message(now, socket, message),
            Input::VisitorClosed { socket } => self.visitor_closed(now, socket),
            Input::Card { contact, card, last } => self.card(now, contact, card, last),
            Input::Fetched { contact, values } => self.portal(now, contact, flow::Input::Fetched(values)),
            Input::Pin { contact, room, pin } => self.pin_typed(now, contact, room, pin.as_ref()),
            Input::Callback(order) => self.ordered(now, order),
            Input::Messages(mailbox) => self.messages_changed(mailbox),
            Input::LeftOpen(callbacks) => self.take_up_callbacks(now, callbacks),
            Input::Drain => self.draining = true,
            Input::Restarted => self.restarted(now),
        }
    }

    /// Brings everybody up to date with what the input changed. Ends: an offer needs a ready agent and makes them
    /// unready, so the exchange with the distribution runs dry.
    fn settle(&mut self, now: Timestamp) {
        self.sort_hands();
        let agents = !self.touched_agents.is_empty();
        self.distribute(now);
        if agents {
            self.watch_staff(now);
            self.distribute(now);
        }
        if self.dismiss_overhearing(now) {
            self.distribute(now);
        }
        self.call_customers(now);
        // Before the calls: a leg that joins a meeting goes there from its own room, which closes behind it.
        self.update_meetings(now);
        let touched = std::mem::take(&mut self.touched_calls);
        let queues = touched.iter().filter_map(|contact| self.calls.get(contact)?.queue).collect();
        for contact in touched {
            self.start_treatment(now, contact);
            self.keep_record_rule(now, contact);
            self.update_room(contact);
            self.update_visitor(contact);
            self.touched_agents.extend(self.people_of(contact));
            self.forget_if_closed(contact);
        }
        self.update_places(&queues);
        for user in self.touched_agents.clone() {
            self.update_telephone(now, user);
        }
        self.tell_callbacks(now);
        for user in std::mem::take(&mut self.touched_agents) {
            self.update_desk(user);
        }
    }

    fn distribute(&mut self, now: Timestamp) {
        loop {
            while let Some(output) = self.acd.poll() {
                self.distributed(now, output);
            }
            if let Some(user) = self.touched_agents.iter().copied().find(|user| self.availability_changed(*user)) {
                self.tell_availability(now, user);
                continue;
            }
            // Tasks come after calls: whoever is free for both is rung first.
            if !self.distribute_tasks(now) {
                return;
            }
        }
    }

    fn distributed(&mut self, now: Timestamp, output: acd::Output) {
        match output {
            acd::Output::Offered(offer) => self.offered(now, &offer),
            acd::Output::OfferEnded { offer, end } => self.offer_ended(now, offer, end),
            acd::Output::Homeless(contact) => self.end_call(now, contact, Cause::Failed),
        }
    }

    fn edge(&mut self, command: EdgeCommand) {
        self.out.push_back(Output::Edge(command));
    }

    fn fact(&mut self, fact: Fact) {
        self.out.push_back(Output::Fact(Versioned { version: self.version, fact }));
    }
}

impl Engine for Floor {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Timestamp, input: Input) {
        self.begin(now);
        self.apply(now, input);
        self.settle(now);
    }

    fn tick(&mut self, now: Timestamp) {
        self.begin(now);
        while let Some((at, timer)) = self.timers.first().copied() {
            if at > now {
                break;
            }
            self.timers.pop_first();
            self.due(now, timer);
        }
        self.acd.tick(now);
        self.tasks.tick(now);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        let timer = self.timers.first().map(|(at, _)| *at);
        [timer, self.acd.deadline(), self.tasks.deadline()].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests;
