//! One visitor call: ticket, microphone, connection, states, end. Each call is made of a fresh ticket, socket and peer; a
//! socket that is lost is replaced by the next while the call goes on.

use crate::control::{Control, WayBack};
use crate::params::Params;
use crate::text::Say;
use gloo_timers::callback::{Interval, Timeout};
use hark_shared::edge::Cause;
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Timestamp;
use hark_shared::wire::VERSION;
use hark_shared::wire::rest::{Ticket, TicketRequest};
use hark_shared::wire::visitor::{FromVisitor, ToVisitor, VisitorState};
use hark_voice::fetch;
use hark_voice::grade::{Figures, Sample};
use hark_voice::line::{Attempt, GRACE_MS, Happened, Line, Todo};
use hark_voice::link::{Link, LinkEvent};
use hark_voice::mic::{Mic, MicError};
use hark_voice::peer::{Peer, PeerEvent};
use hark_voice::speaker::Speaker;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// How often quality is read.
const SAMPLE_MS: u32 = 2_000;

/// Where the call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not begun.
    Idle,
    /// Nobody can answer; not begun.
    Away,
    /// The browser asks for the microphone.
    Asking,
    /// Offer and answer.
    Connecting,
    /// The server says where.
    Live(VisitorState),
    /// Over.
    Ended(Cause),
    /// It could not begin.
    Failed(Say),
}

impl Phase {
    /// The name for style sheets and stories.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Away => "away",
            Self::Asking => "asking",
            Self::Connecting => "connecting",
            Self::Live(VisitorState::Menu) => "menu",
            Self::Live(VisitorState::Queued { .. }) => "queued",
            Self::Live(VisitorState::Ringing) => "ringing",
            Self::Live(VisitorState::Talking) => "talking",
            Self::Live(VisitorState::Hold) => "hold",
            Self::Ended(_) => "ended",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether there is something to hang up.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Asking | Self::Connecting | Self::Live(_))
    }
}

/// The visitor's call.
#[derive(Clone, Copy)]
pub struct Call {
    /// Where it is.
    pub phase: RwSignal<Phase>,
    /// Muted by the visitor.
    pub muted: RwSignal<bool>,
    /// Whether the control connection stands; the sound goes on without it.
    pub control: RwSignal<Control>,
    /// The sound of the last seconds.
    pub figures: RwSignal<Option<Figures>>,
    /// When the two began to talk, by the browser's clock in milliseconds.
    pub talking_since: RwSignal<Option<f64>>,
    line: RwSignal<Line>,
    params: StoredValue<Params>,
    inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    ticket: Option<Ticket>,
    /// The first frame of the socket that opens.
    first: Option<String>,
    way_back: WayBack,
    /// Until the next attempt on the way back.
    pause: Option<Timeout>,
    link: Option<Link>,
    peer: Option<Rc<Peer>>,
    mic: Option<Mic>,
    timer: Option<Timeout>,
    sampling: Option<Interval>,
    last: Option<Sample>,
    /// Counts calls, so that what was begun for an earlier one is dropped when it is done.
    generation: u32,
}

impl Call {
    /// A call that has not begun; asks at once whether anybody could answer.
    pub fn new(params: Params) -> Self {
        let call = Self {
            phase: RwSignal::new(Phase::Idle),
            muted: RwSignal::new(false),
            control: RwSignal::new(Control::Fine),
            figures: RwSignal::new(None),
            talking_since: RwSignal::new(None),
            line: RwSignal::new(Line::Closed),
            params: StoredValue::new(params),
            inner: StoredValue::new_local(Inner::default()),
        };
        let back = window_event_listener(leptos::ev::online, move |_| {
            // Another network: the old socket may only seem to stand.
            call.come_back();
            call.drive(Happened::NetworkChanged);
        });
        on_cleanup(move || back.remove());
        spawn_local(async move {
            match call.fetch_ticket().await {
                Ok(ticket) => call.look(ticket),
                Err(say) => call.phase.set(Phase::Failed(say)),
            }
        });
        call
    }

    /// Begins the call.
    pub fn begin(self) {
        if self.phase.get_untracked().is_live() {
            return;
        }
        self.phase.set(Phase::Asking);
        let generation = self.next_generation();
        spawn_local(async move {
            let outcome = self.prepare(generation).await;
            if self.is_current(generation)
                && let Err(phase) = outcome
            {
                self.finish(phase);
            }
        });
    }

    /// Ends the call from here.
    pub fn hang_up(self) {
        if self.phase.get_untracked().is_live() {
            self.send(&FromVisitor::HangUp);
            self.finish(Phase::Ended(Cause::Normal));
        }
    }

    /// Mutes or unmutes: the microphone itself gives silence.
    pub fn toggle_mute(self) {
        self.muted.update(|muted| *muted = !*muted);
        let muted = self.muted.get_untracked();
        self.inner.with_value(|inner| {
            if let Some(mic) = &inner.mic {
                mic.set_enabled(!muted);
            }
        });
    }

    /// Sends a digit to the menu.
    pub fn digit(self, digit: &str) {
        self.send(&FromVisitor::Digits { digits: digit.to_owned() });
    }

    /// Everything up to the first frame; the error is the phase to end in.
    async fn prepare(self, generation: u32) -> Result<(), Phase> {
        let ticket = self.ticket().await.map_err(Phase::Failed)?;
        if !ticket.staffed {
            return Err(Phase::Away);
        }
        let ended = move || self.finish(Phase::Failed(Say::Microphone(MicError::Missing)));
        let mic = Mic::open(None, ended).await.map_err(|error| Phase::Failed(no_microphone(error)))?;
        if !self.is_current(generation) {
            return Ok(());
        }
        self.phase.set(Phase::Connecting);
        self.line.set(Line::Closed.on(Happened::Joined { known: false }).0);
        let failed = |_| Phase::Failed(Say::Refused);
        let peer = Peer::new(move |event| self.on_peer(generation, event)).map_err(failed)?;
        peer.send(Some(&mic.track())).await.map_err(failed)?;
        let sdp = peer.offer(false).await.map_err(failed)?;
        if !self.is_current(generation) {
            return Ok(());
        }
        let page = self.params.with_value(|params| params.page.clone());
        let hello = FromVisitor::Hello { version: VERSION, ticket: ticket.ticket, page, sdp, resumable: true };
        let link = Link::open("/api/visitor", move |event| self.on_link(generation, event));
        let link = link.ok_or(Phase::Failed(Say::Offline))?;
        self.inner.update_value(|inner| {
            inner.mic = Some(mic);
            inner.peer = Some(Rc::new(peer));
            inner.first = Some(frame(&hello));
            inner.link = Some(link);
            inner.sampling = Some(Interval::new(SAMPLE_MS, move || spawn_local(self.sample())));
        });
        Ok(())
    }

    /// The ticket that the first look brought, unless it is used or too old.
    async fn ticket(self) -> Result<Ticket, Say> {
        let held = self.inner.try_update_value(|inner| inner.ticket.take()).flatten();
        match held {
            Some(ticket) if ticket.staffed && now() < ticket.until => Ok(ticket),
            _ => self.fetch_ticket().await,
        }
    }

    async fn fetch_ticket(self) -> Result<Ticket, Say> {
        let (tenant, number) = self.params.with_value(|params| (params.tenant.clone(), params.number.clone()));
        let number = PhoneNumber::parse(&number).map_err(|_| Say::WrongNumber)?;
        let body = TicketRequest { tenant, number };
        let body = serde_json::to_string(&body).map_err(|_| Say::Refused)?;
        let answer = fetch::fetch("POST", "/api/tickets", Some(body)).await.ok_or(Say::Offline)?;
        match answer.status() {
            200..=299 => {
                let text = fetch::text(&answer).await.ok_or(Say::Offline)?;
                serde_json::from_str(&text).map_err(|_| Say::Refused)
            }
            404 | 422 => Err(Say::WrongNumber),
            502..=504 => Err(Say::Offline),
            _ => Err(Say::Refused),
        }
    }

    fn look(self, ticket: Ticket) {
        if self.phase.get_untracked() == Phase::Idle {
            if !ticket.staffed {
                self.phase.set(Phase::Away);
            }
            self.inner.update_value(|inner| inner.ticket = Some(ticket));
        }
    }

    fn on_link(self, generation: u32, event: LinkEvent) {
        if !self.is_current(generation) {
            return;
        }
        match event {
            LinkEvent::Open => self.inner.update_value(|inner| {
                if let (Some(link), Some(first)) = (&inner.link, inner.first.take()) {
                    // An open socket with nothing in its buffer takes the first frame.
                    let _ = link.send(&first);
                }
            }),
            LinkEvent::Text(text) => match serde_json::from_str(&text) {
                Ok(message) => self.on_message(message),
                Err(_) => self.finish(Phase::Failed(Say::Refused)),
            },
            // The sound may go on without it: only a call that has none yet is over.
            LinkEvent::Closed => match self.line.get_untracked() {
                Line::Up | Line::Unsteady | Line::Offering(Attempt::Restart) | Line::Checking(Attempt::Restart) => {
                    self.look_for_a_way_back(generation)
                }
                Line::Closed | Line::Offering(Attempt::Fresh) | Line::Checking(Attempt::Fresh) => {
                    self.finish(Phase::Failed(Say::Offline));
                }
            },
        }
    }

    /// The socket is lost, or another could not be had: tries again after a pause that grows.
    fn look_for_a_way_back(self, generation: u32) {
        let wait = self.inner.try_update_value(|inner| inner.way_back.lost(js_sys::Math::random())).flatten();
        let Some(wait) = wait else { return self.control.set(Control::Lost) };
        self.control.set(Control::Reconnecting);
        let wait = u32::try_from(wait.0).unwrap_or(u32::MAX);
        let pause = Timeout::new(wait, move || {
            if self.is_current(generation) {
                self.come_back();
            }
        });
        self.inner.update_value(|inner| inner.pause = Some(pause));
    }

    /// Opens another socket for the call that goes on, if there is one.
    fn come_back(self) {
        let generation = self.inner.with_value(|inner| inner.generation);
        let pass = self.inner.with_value(|inner| inner.way_back.pass.clone());
        let (Some(pass), true) = (pass, self.phase.get_untracked().is_live()) else { return };
        self.control.set(Control::Reconnecting);
        let first = frame(&FromVisitor::Resume { version: VERSION, pass });
        let link = Link::open("/api/visitor", move |event| self.on_link(generation, event));
        let opens = link.is_some();
        let old = self.inner.try_update_value(|inner| {
            let old = (inner.link.take(), inner.pause.take());
            (inner.first, inner.link) = (Some(first), link);
            old
        });
        // We may have been called by one of these.
        Timeout::new(0, move || drop(old)).forget();
        if !opens {
            self.look_for_a_way_back(generation);
        }
    }

    /// The server speaks again.
    fn came_back(self) {
        if self.control.get_untracked() != Control::Fine {
            self.inner.update_value(|inner| inner.way_back.found());
            self.control.set(Control::Fine);
            // An offer or its answer may have been lost with the old socket.
            self.drive(Happened::Joined { known: true });
        }
    }

    fn on_message(self, message: ToVisitor) {
        match message {
            ToVisitor::Pass { pass } => self.inner.update_value(|inner| inner.way_back.pass = Some(pass)),
            ToVisitor::Answer { sdp } => {
                let Some(peer) = self.inner.with_value(|inner| inner.peer.clone()) else { return };
                spawn_local(async move {
                    match peer.answer(&sdp).await {
                        Ok(true) => self.drive(Happened::Answered { connected: peer.is_connected() }),
                        Ok(false) => {}
                        Err(_) => self.finish(Phase::Failed(Say::Refused)),
                    }
                });
            }
            ToVisitor::State { state } => {
                if state == VisitorState::Talking && self.talking_since.get_untracked().is_none() {
                    self.talking_since.set(Some(js_sys::Date::now()));
                }
                self.phase.set(Phase::Live(state));
                self.came_back();
            }
            ToVisitor::Refused { error } => self.finish(match error.key.as_str() {
                "visitor.closed" | "visitor.busy" => Phase::Away,
                // It ended while we were away.
                "visitor.gone" => Phase::Ended(Cause::Lost),
                _ => Phase::Failed(Say::Refused),
            }),
            ToVisitor::Ended { cause } => self.finish(Phase::Ended(cause)),
        }
    }

    fn on_peer(self, generation: u32, event: PeerEvent) {
        if !self.is_current(generation) {
            return;
        }
        match event {
            PeerEvent::Ice(ice) => self.drive(Happened::Ice(ice)),
            PeerEvent::Sound(stream) => {
                if let Some(speaker) = Speaker::of_page() {
                    speaker.attach(&stream);
                }
            }
        }
    }

    fn drive(self, happened: Happened) {
        let (next, todo) = self.line.get_untracked().on(happened);
        self.line.set(next);
        match todo {
            Todo::Nothing | Todo::Close => {}
            Todo::Restart => spawn_local(self.restart()),
            Todo::Wait => {
                let timer = Timeout::new(GRACE_MS, move || self.drive(Happened::GraceOver));
                self.inner.update_value(|inner| inner.timer = Some(timer));
            }
            // A visitor's ticket is used up: a connection that cannot be restarted is lost.
            Todo::Build | Todo::BuildLater => self.finish(Phase::Ended(Cause::Lost)),
        }
    }

    async fn restart(self) {
        let Some(peer) = self.inner.with_value(|inner| inner.peer.clone()) else { return };
        match peer.offer(true).await {
            Ok(sdp) => self.send(&FromVisitor::Restart { sdp }),
            Err(_) => self.finish(Phase::Ended(Cause::Lost)),
        }
    }

    async fn sample(self) {
        let Some(peer) = self.inner.with_value(|inner| inner.peer.clone()) else { return };
        let Some(sample) = peer.sample().await else { return };
        let last = self.inner.try_update_value(|inner| inner.last.replace(sample)).flatten();
        if let Some(last) = last {
            self.figures.set(Figures::between(&last, &sample));
        }
    }

    fn send(self, message: &FromVisitor) {
        let text = frame(message);
        let sent = self.inner.with_value(|inner| inner.link.as_ref().is_some_and(|link| link.send(&text)));
        // A socket that takes nothing is as good as lost.
        if !sent && self.control.get_untracked() == Control::Fine {
            self.come_back();
        }
    }

    /// Lets go of everything and says how it ended.
    fn finish(self, phase: Phase) {
        self.next_generation();
        let old = self.inner.try_update_value(|inner| {
            let generation = inner.generation;
            std::mem::replace(inner, Inner { generation, ..Inner::default() })
        });
        // The callback that brought us here may belong to one of these: they go when it has returned.
        Timeout::new(0, move || drop(old)).forget();
        self.line.set(Line::Closed);
        self.muted.set(false);
        self.control.set(Control::Fine);
        self.figures.set(None);
        self.talking_since.set(None);
        self.phase.set(phase);
    }

    fn next_generation(self) -> u32 {
        let next = self.inner.try_update_value(|inner| {
            inner.generation = inner.generation.wrapping_add(1);
            inner.generation
        });
        next.unwrap_or_default()
    }

    fn is_current(self, generation: u32) -> bool {
        self.inner.with_value(|inner| inner.generation == generation)
    }
}

/// In a frame a refusal may be the page's, which the visitor cannot change: then a window of our own helps.
fn no_microphone(error: MicError) -> Say {
    let framed = window().top().ok().flatten().is_none_or(|top| top != window());
    if framed && matches!(error, MicError::Denied | MicError::Insecure) { Say::Framed } else { Say::Microphone(error) }
}

fn frame(message: &FromVisitor) -> String {
    serde_json::to_string(message).expect("our own types have string keys only, so they are JSON")
}

#[allow(clippy::cast_possible_truncation)]
fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}
