//! The desk's WebSocket: connects, reconnects, paints what the [`Ledger`] says, sends commands.

use crate::clock::Clock;
use crate::desk::ledger::{Ledger, Over, Took};
use crate::notices::Notices;
use crate::prefs;
use gloo_timers::callback::{Interval, Timeout};
use hark_shared::time::Timestamp;
use hark_shared::wire::callbacks::TaskBoard;
use hark_shared::wire::control::TelephoneView;
use hark_shared::wire::desk::{AgentStatus, ContactView, Desk, DeskCommand, Disposition, FromDesk, OfferCard, ToDesk};
use hark_shared::wire::parties::{FloorView, Watch};
use hark_shared::wire::{VERSION, WireError};
use hark_voice::backoff;
use hark_voice::link::{Link, LinkEvent};
use leptos::prelude::*;
use std::rc::Rc;
use uuid::Uuid;

/// How often the round trip is measured.
const PING_MS: u32 = 5_000;
/// Without an echo for this long the connection is dead, whatever TCP believes; well under the server's grace of 15 s.
const DEAD_MS: f64 = 12_000.0;

/// Where the connection to the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody sits here.
    Off,
    /// The first attempt.
    Connecting,
    /// A snapshot came; changes follow.
    Live,
    /// Lost, being tried again.
    Waiting,
    /// Over until the person decides.
    Over(Over),
}

/// What the voice connection must hear of the socket.
pub enum DeskEvent {
    /// A snapshot came; whether the server has our sound.
    Joined(bool),
    /// The server has our sound no longer.
    Unplugged,
    /// The SDP answer.
    Answer(String),
    /// Our SDP offer was refused.
    ConnectRefused,
}

/// The desk; a context.
#[derive(Clone, Copy)]
pub struct DeskStore {
    stage: RwSignal<Stage>,
    painted: RwSignal<Option<Desk>>,
    answering: RwSignal<bool>,
    dialling: RwSignal<bool>,
    ending: RwSignal<bool>,
    round_trip: RwSignal<Option<f64>>,
    /// What each component wants to see that is there, in the order in which they came.
    watches: StoredValue<Vec<(u32, Watch)>>,
    floor: RwSignal<Option<FloorView>>,
    /// How often the server has said that what is new among the messages has changed.
    messages: RwSignal<u32>,
    clock: Clock,
    notices: Notices,
    inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    ledger: Ledger,
    link: Option<Link>,
    /// Attempts since the last snapshot.
    attempt: u32,
    retry: Option<Timeout>,
    ping: Option<Interval>,
    last_heard: f64,
    listener: Option<Rc<dyn Fn(DeskEvent)>>,
}

impl DeskStore {
    /// A desk without a connection.
    pub fn new(clock: Clock, notices: Notices) -> Self {
        let store = Self {
            stage: RwSignal::new(Stage::Off),
            painted: RwSignal::new(None),
            answering: RwSignal::new(false),
            dialling: RwSignal::new(false),
            ending: RwSignal::new(false),
            round_trip: RwSignal::new(None),
            watches: StoredValue::new(Vec::new()),
            floor: RwSignal::new(None),
            messages: RwSignal::new(0),
            clock,
            notices,
            inner: StoredValue::new_local(Inner::default()),
        };
        let back = window_event_listener(leptos::ev::online, move |_| store.retry_now());
        on_cleanup(move || back.remove());
        store
    }

    /// Sets who hears of the socket.
    pub fn listen(self, listener: impl Fn(DeskEvent) + 'static) {
        self.inner.update_value(|inner| inner.listener = Some(Rc::new(listener)));
    }

    /// Tracked: runs whoever asks again when what is new among the messages has changed.
    pub fn messages_change(self) {
        self.messages.track();
    }

    /// Connects, and takes the desk from another tab if `take_over`.
    pub fn open(self, take_over: bool) {
        self.stage.set(Stage::Connecting);
        self.connect(take_over);
    }

    /// Leaves. The server hears of it when the socket closes; `SignOut` before it makes that a decision.
    pub fn close(self) {
        self.inner.update_value(|inner| {
            let listener = inner.listener.take();
            *inner = Inner { listener, ..Inner::default() };
        });
        self.stage.set(Stage::Off);
        self.paint();
    }

    /// Sends a command, painted at once. While the socket is away it waits for the next snapshot.
    pub fn send(self, command: DeskCommand) {
        let id = Uuid::new_v4();
        let now = self.clock.now();
        let taken = self.inner.try_update_value(|inner| {
            let taken = inner.ledger.begin(id, now, command.clone());
            if taken && let Some(link) = &inner.link {
                // A frame that is not taken goes out again after the next snapshot.
                let _ = link.send(&frame(&FromDesk::Command { id, command }));
            }
            taken
        });
        if taken == Some(false) {
            self.notices.error(WireError::new("desk.too_many"));
        }
        self.paint();
    }

    /// Wants these live lists as long as the component lives that asks. Where several ask, the list that has most serves
    /// them all.
    pub fn watch(self, what: Watch) {
        let before = self.watched();
        let asks = self
            .watches
            .try_update_value(|watches| {
                let id = watches.iter().map(|(id, _)| id + 1).max().unwrap_or(0);
                watches.push((id, what));
                id
            })
            .unwrap_or_default();
        self.watch_now(before);
        on_cleanup(move || {
            let before = self.watched();
            self.watches.update_value(|watches| watches.retain(|(id, _)| *id != asks));
            self.watch_now(before);
        });
    }

    /// The list that is wanted now.
    fn watched(self) -> Watch {
        let rank = |what: &Watch| match what {
            Watch::Nothing => 0,
            Watch::Around => 1,
            Watch::Directory => 2,
            Watch::Floor => 3,
        };
        self.watches.with_value(|watches| watches.iter().map(|(_, what)| *what).max_by_key(rank)).unwrap_or_default()
    }

    fn watch_now(self, before: Watch) {
        let what = self.watched();
        if what == before {
            return;
        }
        // What goes on being shown must not blink, and nobody shall choose from a list of an hour ago.
        if what == Watch::Nothing || before == Watch::Nothing {
            self.floor.set(None);
        }
        if self.stage.get_untracked() == Stage::Live {
            self.send(DeskCommand::Watch { what });
        }
    }

    fn connect(self, take_over: bool) {
        let link = Link::open("/api/desk", move |event| self.on_link(event, take_over));
        let refused = link.is_none();
        self.inner.update_value(|inner| {
            inner.retry = None;
            inner.link = link;
            inner.last_heard = js_sys::Date::now();
        });
        if refused {
            self.lost();
        }
    }

    fn on_link(self, event: LinkEvent, take_over: bool) {
        match event {
            LinkEvent::Open => {
                let hello = FromDesk::Hello { version: VERSION, tab: prefs::tab(), take_over };
                self.inner.with_value(|inner| inner.link.as_ref().is_some_and(|link| link.send(&frame(&hello))));
            }
            LinkEvent::Text(text) => {
                self.inner.update_value(|inner| inner.last_heard = js_sys::Date::now());
                match serde_json::from_str(&text) {
                    Ok(message) => self.on_message(message),
                    // Within one version the server only adds; what cannot be read means that we are the old ones.
                    Err(_) => self.over(Over::Reload),
                }
            }
            LinkEvent::Closed => self.lost(),
        }
    }

    fn on_message(self, message: ToDesk) {
        let Some(took) = self.inner.try_update_value(|inner| inner.ledger.take(message)) else { return };
        self.paint();
        match took {
            Took::Painted => {}
            Took::Joined { now, connected } => self.joined(now, connected),
            Took::Unplugged => self.tell(DeskEvent::Unplugged),
            Took::Gap => self.lost(),
            Took::Answer(sdp) => self.tell(DeskEvent::Answer(sdp)),
            Took::Refused(DeskCommand::Connect { .. }, error) => {
                self.notices.error(error);
                self.tell(DeskEvent::ConnectRefused);
            }
            Took::Refused(_, error) => self.notices.error(error),
            Took::Over(why) => self.over(why),
            Took::Floor(floor) => self.floor.set(Some(*floor)),
            Took::Messages => self.messages.update(|times| *times = times.wrapping_add(1)),
            Took::Pong(at) => self.round_trip.set(Some(js_sys::Date::now() - at)),
        }
    }

    fn joined(self, now: Timestamp, connected: bool) {
        self.clock.correct(now);
        prefs::reloaded_well();
        self.inner.update_value(|inner| {
            inner.attempt = 0;
            inner.ping = Some(Interval::new(PING_MS, move || self.ping()));
            for (id, command) in inner.ledger.again() {
                if let Some(link) = &inner.link {
                    let _ = link.send(&frame(&FromDesk::Command { id, command }));
                }
            }
        });
        if self.stage.get_untracked() == Stage::Waiting {
            self.notices.info("net.back");
        }
        self.stage.set(Stage::Live);
        let what = self.watched();
        if what != Watch::Nothing {
            self.send(DeskCommand::Watch { what });
        }
        // Who only watches has no sound to connect.
        if self.painted.with_untracked(|desk| desk.as_ref().is_some_and(|desk| !desk.watches_only)) {
            self.tell(DeskEvent::Joined(connected));
        }
    }

    fn ping(self) {
        let now = js_sys::Date::now();
        let alive = self.inner.with_value(|inner| {
            if let Some(link) = &inner.link {
                let _ = link.send(&frame(&FromDesk::Ping { at: now }));
            }
            now - inner.last_heard < DEAD_MS
        });
        if !alive {
            self.lost();
        }
    }

    /// The connection is gone: try again after a pause that grows.
    fn lost(self) {
        if matches!(self.stage.get_untracked(), Stage::Off | Stage::Over(_)) {
            return;
        }
        self.stage.set(Stage::Waiting);
        self.round_trip.set(None);
        self.inner.update_value(|inner| {
            let pause = backoff::wait(inner.attempt, js_sys::Math::random());
            inner.attempt = inner.attempt.saturating_add(1);
            inner.ping = None;
            let pause = u32::try_from(pause.0).unwrap_or(u32::MAX);
            inner.retry = Some(Timeout::new(pause, move || self.connect(false)));
            inner.link = None;
        });
    }

    fn retry_now(self) {
        if self.stage.get_untracked() == Stage::Waiting {
            self.connect(false);
        }
    }

    fn over(self, why: Over) {
        self.stage.set(Stage::Over(why));
        self.inner.update_value(|inner| {
            inner.ping = None;
            inner.retry = None;
            inner.link = None;
        });
        if why == Over::Reload && prefs::may_reload() {
            let _ = window().location().reload();
        }
    }

    fn tell(self, event: DeskEvent) {
        if let Some(listener) = self.inner.with_value(|inner| inner.listener.clone()) {
            listener(event);
        }
    }

    fn paint(self) {
        let (desk, answering, dialling, ending) = self.inner.with_value(|inner| {
            let ledger = &inner.ledger;
            (
                ledger.painted(),
                ledger.awaits(|command| matches!(command, DeskCommand::Accept { .. })),
                ledger.awaits(|command| matches!(command, DeskCommand::Dial { .. })),
                ledger.awaits(|command| matches!(command, DeskCommand::HangUp { .. })),
            )
        });
        self.painted.set(desk);
        self.answering.set(answering);
        self.dialling.set(dialling);
        self.ending.set(ending);
    }
}

fn frame(message: &FromDesk) -> String {
    serde_json::to_string(message).expect("our own types have string keys only, so they are JSON")
}

/// What is painted: each a signal of its own, so that one change repaints one place.
impl DeskStore {
    /// Where the connection is.
    pub fn stage(self) -> Stage {
        self.stage.get()
    }

    /// The round trip to the server in milliseconds, while known.
    pub fn round_trip(self) -> Option<f64> {
        self.round_trip.get()
    }

    /// The agent's state.
    pub fn status(self) -> Memo<Option<AgentStatus>> {
        self.part(|desk| Some(desk.status.clone()))
    }

    /// What rings.
    pub fn offer(self) -> Memo<Option<OfferCard>> {
        self.part(|desk| desk.offer.clone())
    }

    /// The contact at hand.
    pub fn contact(self) -> Memo<Option<ContactView>> {
        self.part(|desk| desk.contact.clone())
    }

    /// What wrap-up offers.
    pub fn dispositions(self) -> Memo<Vec<Disposition>> {
        let painted = self.painted;
        Memo::new(move |_| painted.with(|desk| desk.as_ref().map(|desk| desk.dispositions.clone()).unwrap_or_default()))
    }

    /// Whether the server has our sound.
    pub fn connected(self) -> bool {
        self.painted.with(|desk| desk.as_ref().is_some_and(|desk| desk.connected))
    }

    /// An answer is under way.
    pub fn answering(self) -> bool {
        self.answering.get()
    }

    /// An answer is under way, untracked: for commands.
    pub fn answering_now(self) -> bool {
        self.answering.get_untracked()
    }

    /// A dialled call is under way.
    pub fn dialling(self) -> bool {
        self.dialling.get()
    }

    /// A dialled call is under way, untracked: for commands.
    pub fn dialling_now(self) -> bool {
        self.dialling.get_untracked()
    }

    /// The live lists, once they came; see [`DeskStore::watch`].
    pub fn floor(self) -> RwSignal<Option<FloorView>> {
        self.floor
    }

    /// The telephone on which calls are taken instead of here.
    pub fn telephone(self) -> Memo<Option<TelephoneView>> {
        self.part(|desk| desk.telephone.clone())
    }

    /// Tasks, offered and in hand.
    pub fn tasks(self) -> Memo<Option<TaskBoard>> {
        self.part(|desk| Some(desk.tasks.clone()))
    }

    /// A hang-up is under way.
    pub fn ending(self) -> bool {
        self.ending.get()
    }

    /// The desk as painted now, untracked: for commands.
    pub fn now<T>(self, part: impl Fn(&Desk) -> Option<T>) -> Option<T> {
        self.painted.with_untracked(|desk| desk.as_ref().and_then(&part))
    }

    fn part<T>(self, part: impl Fn(&Desk) -> Option<T> + Send + Sync + 'static) -> Memo<Option<T>>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let painted = self.painted;
        Memo::new(move |_| painted.with(|desk| desk.as_ref().and_then(&part)))
    }
}

/// The page's desk.
pub fn use_desk() -> DeskStore {
    expect_context()
}
