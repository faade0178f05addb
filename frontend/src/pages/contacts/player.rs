//! Plays a recording: waveform of both sides, seeking by click and keys, speed.
//!
//! Nothing is fetched before somebody presses play, because the server writes every play into the audit log; then the
//! recording is fetched whole, once, and serves the player and the waveform. Its bytes stay on the browser's side: a
//! wasm memory never shrinks.

use super::wave::{self, Peaks};
use crate::api;
use crate::components::icon::{Glyph, Icon};
use crate::text::{self, *};
use hark_shared::time::Millis;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::Recording;
use hark_voice::fetch;
use js_sys::{Array, ArrayBuffer, Int16Array, Uint8Array};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, KeyboardEvent, PointerEvent, Url};

/// A longer recording is streamed and has no waveform: an hour is 115 MB.
const LONGEST_HELD: Millis = Millis(3_600_000);
/// What an arrow key skips, in seconds.
const SKIP: f64 = 5.0;
/// The speeds that the button goes through.
const SPEEDS: [f64; 4] = [1.0, 1.25, 1.5, 2.0];

/// Where the sound is.
#[derive(Clone, Debug, PartialEq)]
enum Loaded {
    /// Nobody has asked for it.
    Not,
    /// On the way.
    Coming,
    /// At hand.
    There,
    /// Refused or out of reach.
    Failed(WireError),
}

/// The player's state, shared by its parts.
#[derive(Clone, Copy)]
struct Playing {
    audio: NodeRef<html::Audio>,
    loaded: RwSignal<Loaded>,
    peaks: RwSignal<Peaks>,
    on: RwSignal<bool>,
    /// Seconds.
    at: RwSignal<f64>,
    /// Seconds.
    length: RwSignal<f64>,
    speed: RwSignal<usize>,
    /// The address of the bytes in the browser's memory, given back when the player goes.
    held: StoredValue<Option<String>>,
}

/// The player of one recording.
#[component]
pub fn Player(
    /// Which.
    recording: Recording,
    /// Where its sound is, when it is no contact's recording.
    #[prop(optional, into)]
    path: Option<String>,
    /// Told when its sound is there and plays.
    #[prop(optional)]
    played: Option<Callback<()>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let playing = Playing {
        audio: NodeRef::new(),
        loaded: RwSignal::new(Loaded::Not),
        peaks: RwSignal::new(Peaks::default()),
        on: RwSignal::new(false),
        at: RwSignal::new(0.0),
        length: RwSignal::new(seconds(recording.length)),
        speed: RwSignal::new(0),
        held: StoredValue::new(None),
    };
    on_cleanup(move || {
        if let Some(address) = playing.held.try_get_value().flatten() {
            let _ = Url::revoke_object_url(&address);
        }
    });
    let name = text::duration(recording.length);
    let fault = recording.fault.is_some();
    let press = {
        let path = path.unwrap_or_else(|| format!("/api/recordings/{}", recording.id));
        let length = recording.length;
        move || match playing.loaded.get_untracked() {
            Loaded::Not | Loaded::Failed(_) => playing.load(path.clone(), length, played),
            Loaded::There => playing.toggle(),
            Loaded::Coming => {}
        }
    };
    let press = StoredValue::new_local(press);
    let error = move || match playing.loaded.get() {
        Loaded::Failed(error) => Some(text::error_text(i18n.get_locale(), &error)),
        Loaded::Not | Loaded::Coming | Loaded::There => None,
    };
    view! {
        <div
            class="player"
            role="group"
            aria-label=move || t_string!(i18n, contacts.recording, length = name.clone())
            data-testid="recording"
        >
            <Buttons playing press=Callback::new(move |()| press.with_value(|press| press())) />
            <Wave playing press=Callback::new(move |()| press.with_value(|press| press())) />
            <Clock playing />
            <audio
                node_ref=playing.audio
                on:timeupdate=move |_| playing.follow()
                on:durationchange=move |_| playing.follow()
                on:play=move |_| playing.on.set(true)
                on:pause=move |_| playing.on.set(false)
            ></audio>
        </div>
        <p class="form-error" role="alert" hidden=move || error().is_none()>{error}</p>
        {fault.then(|| view! { <p class="hint-box">{t!(i18n, contacts.faulty)}</p> })}
    }
}

#[component]
fn Buttons(playing: Playing, press: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let word = move || if playing.on.get() { t_string!(i18n, contacts.pause) } else { t_string!(i18n, contacts.play) };
    view! {
        <button
            type="button"
            class="round"
            data-testid="play"
            aria-label=word
            title=word
            aria-busy=move || (playing.loaded.get() == Loaded::Coming).to_string()
            on:click=move |_| press.run(())
        >
            <Glyph icon=Signal::derive(move || if playing.on.get() { Icon::Hold } else { Icon::Resume }) />
        </button>
    }
}

#[component]
fn Clock(playing: Playing) -> impl IntoView {
    let i18n = use_i18n();
    let speed = move || SPEEDS[playing.speed.get() % SPEEDS.len()];
    view! {
        <div class="player-foot">
            <span class="player-time">
                {move || text::duration(millis(playing.at.get()))} " / " {move || text::duration(millis(playing.length.get()))}
            </span>
            <button
                type="button"
                class="quiet speed"
                data-testid="speed"
                aria-label=move || t_string!(i18n, contacts.speed, times = speed())
                on:click=move |_| playing.faster()
            >
                {move || format!("{}×", speed())}
            </button>
        </div>
    }
}

/// Both sides over time; a slider for keyboards and screen readers.
#[component]
fn Wave(playing: Playing, press: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let (left, right) = (
        Memo::new(move |_| playing.peaks.with(|peaks| wave::path(&peaks.left))),
        Memo::new(move |_| playing.peaks.with(|peaks| wave::path(&peaks.right))),
    );
    let share = move || {
        let length = playing.length.get();
        if length > 0.0 { (playing.at.get() / length).clamp(0.0, 1.0) * 100.0 } else { 0.0 }
    };
    let seek = move |event: &PointerEvent| {
        let element = event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        if let Some(element) = element {
            let width = f64::from(element.client_width()).max(1.0);
            let from = element.get_bounding_client_rect().left();
            playing.seek((f64::from(event.client_x()) - from) / width * playing.length.get_untracked());
        }
    };
    let key = move |event: KeyboardEvent| {
        let at = playing.at.get_untracked();
        match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => playing.seek(at - SKIP),
            "ArrowRight" | "ArrowUp" => playing.seek(at + SKIP),
            "Home" => playing.seek(0.0),
            "End" => playing.seek(playing.length.get_untracked()),
            " " | "Enter" => press.run(()),
            _ => return,
        }
        // The space bar would answer a call, the arrows would scroll.
        event.prevent_default();
        event.stop_propagation();
    };
    let said = move || {
        let (at, length) = (text::duration(millis(playing.at.get())), text::duration(millis(playing.length.get())));
        t_string!(i18n, contacts.position_of, at = at, length = length)
    };
    view! {
        <div
            class="wave"
            role="slider"
            tabindex="0"
            data-testid="wave"
            data-loaded=move || (playing.loaded.get() == Loaded::There).to_string()
            aria-label=t!(i18n, contacts.position)
            aria-valuemin="0"
            aria-valuemax=move || format!("{:.0}", playing.length.get())
            aria-valuenow=move || format!("{:.0}", playing.at.get())
            aria-valuetext=said
            on:pointerdown=move |event| seek(&event)
            on:pointermove=move |event| {
                if event.buttons() & 1 == 1 {
                    seek(&event);
                }
            }
            on:keydown=key
        >
            <Lane path=left share=Signal::derive(share) name=Signal::derive(t!(i18n, desk.customer)) />
            <Lane path=right share=Signal::derive(share) name=Signal::derive(t!(i18n, desk.agent)) />
            <span class="wave-now" style:left=move || format!("{:.2}%", share())></span>
        </div>
    }
}

/// One side: the whole in grey, what was played in colour over it.
#[component]
fn Lane(path: Memo<String>, share: Signal<f64>, name: Signal<&'static str>) -> impl IntoView {
    let area = format!("0 0 {} 40", wave::COLUMNS);
    view! {
        <div class="lane">
            <svg viewBox=area.clone() preserveAspectRatio="none" aria-hidden="true"><path d=path /></svg>
            <svg
                class="played"
                viewBox=area
                preserveAspectRatio="none"
                aria-hidden="true"
                style:clip-path=move || format!("inset(0 {:.2}% 0 0)", 100.0 - share.get())
            >
                <path d=path />
            </svg>
            <span class="lane-name" aria-hidden="true">{name}</span>
        </div>
    }
}

impl Playing {
    /// Fetches the sound and plays it.
    fn load(self, path: String, length: Millis, played: Option<Callback<()>>) {
        self.loaded.set(Loaded::Coming);
        if length > LONGEST_HELD {
            return self.play_from(&path);
        }
        spawn_local(async move {
            match sound(&path).await {
                Ok(sound) => {
                    // The page may be gone by now.
                    if self.peaks.try_set(peaks(&sound)).is_some() {
                        return;
                    }
                    let address = blob_url(&sound);
                    self.held.set_value(address.clone());
                    self.play_from(address.as_deref().unwrap_or(&path));
                    if let Some(played) = played {
                        played.run(());
                    }
                }
                Err(error) => {
                    let _ = self.loaded.try_set(Loaded::Failed(error));
                }
            }
        });
    }

    fn play_from(self, address: &str) {
        if let Some(audio) = self.audio.get_untracked() {
            audio.set_src(address);
            self.loaded.set(Loaded::There);
            audio.set_current_time(self.at.get_untracked());
            self.toggle();
        }
    }

    fn toggle(self) {
        let Some(audio) = self.audio.get_untracked() else { return };
        if audio.paused() {
            if let Ok(promise) = audio.play() {
                // A browser that refuses leaves the button as it is: the next press asks again.
                spawn_local(async move { drop(JsFuture::from(promise).await) });
            }
        } else {
            // Pausing what plays cannot fail.
            let _ = audio.pause();
        }
    }

    fn seek(self, to: f64) {
        let to = to.clamp(0.0, self.length.get_untracked());
        self.at.set(to);
        if self.loaded.get_untracked() == Loaded::There
            && let Some(audio) = self.audio.get_untracked()
        {
            audio.set_current_time(to);
        }
    }

    fn faster(self) {
        self.speed.update(|speed| *speed = (*speed + 1) % SPEEDS.len());
        if let Some(audio) = self.audio.get_untracked() {
            audio.set_playback_rate(SPEEDS[self.speed.get_untracked()]);
        }
    }

    /// Takes over where the browser's player is.
    fn follow(self) {
        let Some(audio) = self.audio.get_untracked() else { return };
        let _ = self.at.try_set(audio.current_time());
        let length = audio.duration();
        if length.is_finite() && length > 0.0 {
            let _ = self.length.try_set(length);
        }
    }
}

async fn sound(path: &str) -> Result<ArrayBuffer, WireError> {
    let offline = || WireError::new("net.offline");
    let answer = fetch::fetch("GET", path, None).await.ok_or_else(offline)?;
    if !answer.ok() {
        let text = fetch::text(&answer).await.unwrap_or_default();
        return Err(api::refused(answer.status(), &text).error);
    }
    let bytes = answer.array_buffer().map_err(|_| offline())?;
    JsFuture::from(bytes).await.map_err(|_| offline())?.dyn_into().map_err(|_| WireError::new("net.unreadable"))
}

fn blob_url(sound: &ArrayBuffer) -> Option<String> {
    let kind = BlobPropertyBag::new();
    kind.set_type("audio/wav");
    let blob = Blob::new_with_buffer_source_sequence_and_options(&Array::of1(sound), &kind).ok()?;
    Url::create_object_url_with_blob(&blob).ok()
}

/// The waveform of a recording; empty when it has another form than ours.
fn peaks(sound: &ArrayBuffer) -> Peaks {
    let bytes = Uint8Array::new(sound);
    let file = bytes.length() as usize;
    let mut header = vec![0; (wave::HEADER as usize).min(file)];
    bytes.subarray(0, u32::try_from(header.len()).unwrap_or(0)).copy_to(&mut header);
    let Some(frames) = wave::frames(&header, file) else { return Peaks::default() };
    let words = |frames: usize| u32::try_from(frames * 2).unwrap_or(u32::MAX);
    let samples = Int16Array::new_with_byte_offset_and_length(sound, wave::HEADER, words(frames));
    let mut column = Vec::new();
    (0..wave::COLUMNS)
        .map(|at| {
            let (from, to) = wave::span(at, frames);
            column.resize((to - from) * 2, 0);
            samples.subarray(words(from), words(to)).copy_to(&mut column);
            wave::loudest(&column)
        })
        .fold(Peaks::default(), |mut peaks, (left, right)| {
            peaks.left.push(left);
            peaks.right.push(right);
            peaks
        })
}

#[allow(clippy::cast_precision_loss)]
fn seconds(span: Millis) -> f64 {
    span.0 as f64 / 1000.0
}

#[allow(clippy::cast_possible_truncation)]
fn millis(seconds: f64) -> Millis {
    Millis((seconds * 1000.0) as i64)
}
