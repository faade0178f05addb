//! The agent's voice: carries out what [`Line`] decides, opens the microphone when there is somebody to talk to, and
//! puts its failures into signals.
//!
//! While idle nothing is sent and the microphone is closed. It is attached when an offer begins to ring, so that the
//! first word is not clipped; after a reload it is opened *before* the remote sound is played, or the browser would
//! refuse to play.

use crate::desk::store::{DeskEvent, DeskStore};
use crate::notices::Notices;
use crate::prefs;
use gloo_timers::callback::{Interval, Timeout};
use hark_shared::wire::WireError;
use hark_shared::wire::desk::DeskCommand;
use hark_voice::grade::{Figures, Sample};
use hark_voice::line::{GRACE_MS, Happened, Line, Todo};
use hark_voice::mic::{self, Mic, MicError};
use hark_voice::peer::{Peer, PeerEvent};
use hark_voice::speaker::Speaker;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// The pause before a connection that failed is built again: long enough not to flood a server that refuses.
const AGAIN_MS: u32 = 3_000;
/// How often quality is read.
const SAMPLE_MS: u32 = 2_000;

/// The microphone as far as a person must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicState {
    /// Not needed now.
    Closed,
    /// The browser asks the person.
    Asking,
    /// Open.
    Open,
    /// It was unplugged while in use.
    Unplugged,
    /// It cannot be had.
    Failed(MicError),
}

/// The voice connection; a context.
#[derive(Clone, Copy)]
pub struct Phone {
    line: RwSignal<Line>,
    mic: RwSignal<MicState>,
    figures: RwSignal<Option<Figures>>,
    desk: DeskStore,
    notices: Notices,
    inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    peer: Option<Rc<Peer>>,
    mic: Option<Mic>,
    /// The browser is being asked for the microphone.
    opening: bool,
    speaker: Option<Speaker>,
    /// Counts connections built, so that what was begun for an older one is dropped when it is done.
    generation: u32,
    timer: Option<Timeout>,
    sampling: Option<Interval>,
    last: Option<Sample>,
    wanted: bool,
    muted: bool,
}

impl Phone {
    /// A phone without a connection; it connects when the desk does.
    pub fn new(desk: DeskStore, notices: Notices) -> Self {
        let phone = Self {
            line: RwSignal::new(Line::Closed),
            mic: RwSignal::new(MicState::Closed),
            figures: RwSignal::new(None),
            desk,
            notices,
            inner: StoredValue::new_local(Inner::default()),
        };
        desk.listen(move |event| match event {
            DeskEvent::Joined(known) => phone.drive(Happened::Joined { known }),
            DeskEvent::Unplugged => phone.drive(Happened::Unplugged),
            DeskEvent::Answer(sdp) => phone.answer(sdp),
            DeskEvent::ConnectRefused => phone.drive(Happened::Refused),
        });
        let back = window_event_listener(leptos::ev::online, move |_| phone.drive(Happened::NetworkChanged));
        on_cleanup(move || back.remove());
        mic::on_device_change(move || phone.devices_changed());
        phone
    }

    /// The connection's state, tracked.
    pub fn line(self) -> Line {
        self.line.get()
    }

    /// The microphone's state, tracked.
    pub fn mic(self) -> MicState {
        self.mic.get()
    }

    /// The sound of the last seconds, tracked.
    pub fn figures(self) -> Option<Figures> {
        self.figures.get()
    }

    /// Opens or closes the microphone, as there is somebody to talk to or not.
    pub fn want_microphone(self, wanted: bool) {
        let before = self.inner.try_update_value(|inner| std::mem::replace(&mut inner.wanted, wanted));
        if before == Some(wanted) {
            return;
        }
        if wanted {
            spawn_local(self.attach());
            self.sample();
        } else {
            self.detach();
        }
    }

    /// Asks for the microphone once and lets it go, so that the browser's question is answered before a call rings.
    pub fn try_microphone(self) {
        spawn_local(self.attach());
    }

    /// Stops or restarts the agent's own sound.
    pub fn mute(self, muted: bool) {
        self.inner.update_value(|inner| {
            inner.muted = muted;
            if let Some(mic) = &inner.mic {
                mic.set_enabled(!muted);
            }
        });
    }

    /// Takes another microphone into use.
    pub fn change_microphone(self, id: &str) {
        prefs::set_microphone(id);
        self.inner.update_value(|inner| inner.mic = None);
        if self.inner.with_value(|inner| inner.wanted) {
            spawn_local(self.attach());
        }
    }

    /// Takes another speaker into use.
    pub fn change_speaker(self, id: String) {
        prefs::set_speaker(&id);
        if let Some(speaker) = self.speaker() {
            spawn_local(async move {
                if !speaker.use_device(&id).await {
                    self.notices.error(WireError::new("speaker.refused"));
                }
            });
        }
    }

    /// Hangs up for good: the person signs out.
    pub fn close(self) {
        self.drive(Happened::Left);
        self.want_microphone(false);
    }

    fn drive(self, happened: Happened) {
        let (next, todo) = self.line.get_untracked().on(happened);
        self.line.set(next);
        match todo {
            Todo::Nothing => {}
            Todo::Build => spawn_local(self.build()),
            Todo::BuildLater => self.later(AGAIN_MS),
            Todo::Restart => spawn_local(self.offer(true)),
            Todo::Wait => self.later(GRACE_MS),
            Todo::Close => self.inner.update_value(|inner| {
                inner.generation = inner.generation.wrapping_add(1);
                inner.timer = None;
                inner.peer = None;
            }),
        }
    }

    fn later(self, pause: u32) {
        let timer = Timeout::new(pause, move || self.drive(Happened::GraceOver));
        self.inner.update_value(|inner| inner.timer = Some(timer));
    }

    async fn build(self) {
        let generation = self.inner.try_update_value(|inner| {
            inner.generation = inner.generation.wrapping_add(1);
            inner.generation
        });
        if self.inner.with_value(|inner| inner.wanted) {
            self.open_microphone().await;
        }
        let report = move |event| {
            if self.is_current(generation) {
                match event {
                    PeerEvent::Ice(ice) => self.drive(Happened::Ice(ice)),
                    PeerEvent::Sound(stream) => {
                        if let Some(speaker) = self.speaker() {
                            speaker.attach(&stream);
                        }
                    }
                }
            }
        };
        if !self.is_current(generation) {
            // A newer connection was built while the browser asked; it has no microphone yet.
            return self.send_microphone().await;
        }
        match Peer::new(report) {
            Ok(peer) => self.inner.update_value(|inner| inner.peer = Some(Rc::new(peer))),
            Err(_) => return self.drive(Happened::Refused),
        }
        if self.inner.with_value(|inner| inner.wanted) {
            self.send_microphone().await;
        }
        self.offer(false).await;
    }

    async fn offer(self, restart: bool) {
        let Some(peer) = self.peer() else { return self.drive(Happened::Refused) };
        match peer.offer(restart).await {
            Ok(sdp) => self.desk.send(DeskCommand::Connect { sdp }),
            Err(_) => self.drive(Happened::Refused),
        }
    }

    fn answer(self, sdp: String) {
        spawn_local(async move {
            let Some(peer) = self.peer() else { return };
            match peer.answer(&sdp).await {
                Ok(true) => self.drive(Happened::Answered { connected: peer.is_connected() }),
                Ok(false) => {}
                Err(_) => self.drive(Happened::Refused),
            }
        });
    }

    /// Opens the microphone, sends it, and makes sure that the far side is heard.
    async fn attach(self) {
        self.open_microphone().await;
        if !self.inner.with_value(|inner| inner.wanted) {
            return self.detach();
        }
        self.send_microphone().await;
        if let Some(speaker) = self.speaker() {
            speaker.play();
        }
    }

    async fn send_microphone(self) {
        let Some(peer) = self.peer() else { return };
        let track = self.inner.with_value(|inner| {
            inner.mic.as_ref().map(|mic| {
                mic.set_enabled(!inner.muted);
                mic.track()
            })
        });
        // A connection that was closed meanwhile is followed by one that gets the track when it is built.
        let _ = peer.send(track.as_ref()).await;
    }

    /// Opens the chosen microphone, unless one is open or being opened: whoever opens it also sends it.
    async fn open_microphone(self) {
        let mine = self.inner.try_update_value(|inner| {
            let mine = inner.mic.is_none() && !inner.opening;
            inner.opening |= mine;
            mine
        });
        if mine != Some(true) {
            return;
        }
        self.mic.set(MicState::Asking);
        let opened = loop {
            let chosen = prefs::microphone();
            let opened = self.open_chosen(chosen.as_deref()).await;
            // Another one may have been chosen while the browser asked.
            if prefs::microphone() == chosen {
                break opened;
            }
        };
        self.inner.update_value(|inner| inner.opening = false);
        match opened {
            Ok(mic) => {
                self.inner.update_value(|inner| {
                    mic.set_enabled(!inner.muted);
                    inner.mic = Some(mic);
                });
                self.mic.set(MicState::Open);
            }
            Err(error) => self.mic.set(MicState::Failed(error)),
        }
    }

    async fn open_chosen(self, chosen: Option<&str>) -> Result<Mic, MicError> {
        let ended = move || self.unplugged();
        match Mic::open(chosen, ended).await {
            // The chosen one is not there today: the system's choice is better than silence.
            Err(MicError::Missing) if chosen.is_some() => Mic::open(None, ended).await,
            opened => opened,
        }
    }

    fn unplugged(self) {
        self.mic.set(MicState::Unplugged);
        // The track's own callback is running: let go of it afterwards.
        let mic = self.inner.try_update_value(|inner| inner.mic.take());
        Timeout::new(0, move || {
            drop(mic);
            self.devices_changed();
        })
        .forget();
    }

    /// Another microphone may have come: try it, if one is missed.
    fn devices_changed(self) {
        let missed = matches!(self.mic.get_untracked(), MicState::Unplugged | MicState::Failed(_));
        if missed && !self.inner.with_value(|inner| inner.wanted) {
            self.mic.set(MicState::Closed);
        } else if missed {
            spawn_local(async move {
                self.attach().await;
                if self.mic.get_untracked() == MicState::Open {
                    self.notices.info("mic.replaced");
                }
            });
        }
    }

    fn detach(self) {
        self.inner.update_value(|inner| {
            inner.mic = None;
            inner.sampling = None;
            inner.last = None;
        });
        self.figures.set(None);
        // A microphone that cannot be had is still so when the call is over: the next one must not find it out.
        if !matches!(self.mic.get_untracked(), MicState::Closed | MicState::Failed(_)) {
            self.mic.set(MicState::Closed);
        }
        spawn_local(self.send_microphone());
    }

    /// Reads the quality every few seconds while the microphone is wanted.
    fn sample(self) {
        let read = move || {
            spawn_local(async move {
                let Some(peer) = self.peer() else { return };
                let Some(sample) = peer.sample().await else { return };
                let last = self.inner.try_update_value(|inner| inner.last.replace(sample)).flatten();
                if let Some(last) = last {
                    self.figures.set(Figures::between(&last, &sample));
                }
            });
        };
        self.inner.update_value(|inner| inner.sampling = Some(Interval::new(SAMPLE_MS, read)));
    }

    fn is_current(self, generation: Option<u32>) -> bool {
        self.inner.with_value(|inner| Some(inner.generation) == generation)
    }

    fn peer(self) -> Option<Rc<Peer>> {
        self.inner.with_value(|inner| inner.peer.clone())
    }

    fn speaker(self) -> Option<Speaker> {
        if let Some(speaker) = self.inner.with_value(|inner| inner.speaker.clone()) {
            return Some(speaker);
        }
        let speaker = Speaker::of_page()?;
        self.inner.update_value(|inner| inner.speaker = Some(speaker.clone()));
        if let Some(id) = prefs::speaker() {
            let chosen = speaker.clone();
            spawn_local(async move {
                let _ = chosen.use_device(&id).await;
            });
        }
        Some(speaker)
    }
}

/// The page's phone.
pub fn use_phone() -> Phone {
    expect_context()
}
