//! The ring tone: two soft notes every two seconds, made by WebAudio, so that no sound file is needed.

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, AudioContextState, OscillatorType};

const EVERY_MS: u32 = 2_000;
/// The two notes in hertz, a fourth apart, and when they begin in seconds.
const NOTES: [(f32, f64); 2] = [(659.26, 0.0), (880.0, 0.22)];
/// How long a note sounds in seconds.
const NOTE: f64 = 0.5;
/// A fifth of full scale: heard across a desk, not across a floor.
const LOUDNESS: f32 = 0.2;

/// The ring tone; lives as long as the page.
#[derive(Clone, Copy)]
pub struct RingTone {
    inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    context: Option<AudioContext>,
    ringing: Option<Interval>,
}

impl RingTone {
    /// A silent one. Browsers let a page sound only after a click or a key: each is taken as the chance.
    pub fn new() -> Self {
        let tone = Self { inner: StoredValue::new_local(Inner::default()) };
        let click = window_event_listener(leptos::ev::pointerdown, move |_| tone.wake());
        let key = window_event_listener(leptos::ev::keydown, move |_| tone.wake());
        on_cleanup(move || {
            click.remove();
            key.remove();
        });
        tone
    }

    /// Rings, or stops.
    pub fn ring(self, on: bool) {
        if !on {
            self.inner.update_value(|inner| inner.ringing = None);
        } else if self.inner.with_value(|inner| inner.ringing.is_none()) {
            self.chime();
            let again = Interval::new(EVERY_MS, move || self.chime());
            self.inner.update_value(|inner| inner.ringing = Some(again));
        }
    }

    /// Sounds once, also to test the speaker.
    pub fn chime(self) {
        self.wake();
        self.inner.with_value(|inner| {
            if let Some(context) = &inner.context {
                for (pitch, after) in NOTES {
                    // A browser that gives no sound costs the ring tone only: the card and the title still ring.
                    let _ = note(context, pitch, context.current_time() + after);
                }
            }
        });
    }

    fn wake(self) {
        self.inner.update_value(|inner| {
            let context = inner.context.take().or_else(|| AudioContext::new().ok());
            if let Some(context) = &context
                && context.state() == AudioContextState::Suspended
            {
                let _ = context.resume();
            }
            inner.context = context;
        });
    }
}

fn note(context: &AudioContext, pitch: f32, at: f64) -> Result<(), JsValue> {
    let (oscillator, gain) = (context.create_oscillator()?, context.create_gain()?);
    oscillator.set_type(OscillatorType::Sine);
    oscillator.frequency().set_value(pitch);
    gain.gain().set_value_at_time(0.0, at)?;
    gain.gain().linear_ramp_to_value_at_time(LOUDNESS, at + 0.02)?;
    gain.gain().exponential_ramp_to_value_at_time(0.001, at + NOTE)?;
    oscillator.connect_with_audio_node(&gain)?;
    gain.connect_with_audio_node(&context.destination())?;
    oscillator.start_with_when(at)?;
    oscillator.stop_with_when(at + NOTE)
}
