//! Plays what a flow says, piece after piece: recorded sounds from the server, sentences by the browser's voice.

use hark_shared::flow::Saying;
use hark_shared::wire::rest::Language;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlAudioElement;

#[wasm_bindgen]
extern "C" {
    /// Speaks a sentence; `static/office.js`.
    #[wasm_bindgen(js_name = harkSpeak)]
    fn speak(text: &str, language: &str, done: &JsValue);
    /// Stops speaking.
    #[wasm_bindgen(js_name = harkHush)]
    fn hush_voice();
}

/// What plays.
struct Playing {
    rest: VecDeque<Saying>,
    done: Box<dyn FnOnce()>,
    audio: Option<HtmlAudioElement>,
    /// Kept while the browser may call it.
    _over: Option<Closure<dyn FnMut()>>,
}

thread_local! {
    static PLAYING: RefCell<Option<Playing>> = const { RefCell::new(None) };
    /// Grows with everything that begins, so that what was stopped ends nothing.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// Plays these in turn in the place of what plays, then calls `done`.
pub fn play(sayings: Vec<Saying>, done: impl FnOnce() + 'static) {
    hush();
    let playing = Playing { rest: sayings.into(), done: Box::new(done), audio: None, _over: None };
    PLAYING.set(Some(playing));
    next();
}

/// Stops; nobody is told.
pub fn hush() {
    TURN.set(TURN.get().wrapping_add(1));
    if let Some(playing) = PLAYING.take() {
        if let Some(audio) = playing.audio {
            let _ = audio.pause();
        }
        hush_voice();
    }
}

fn next() {
    let turn = TURN.get();
    let piece = PLAYING.with_borrow_mut(|playing| playing.as_mut().and_then(|playing| playing.rest.pop_front()));
    let Some(piece) = piece else {
        if let Some(playing) = PLAYING.take() {
            (playing.done)();
        }
        return;
    };
    let over = Closure::new(move || {
        if TURN.get() == turn {
            TURN.set(turn.wrapping_add(1));
            next();
        }
    });
    let audio = match piece {
        Saying::Sound(name) => sound(&name, over.as_ref().unchecked_ref()),
        Saying::Text { language, text } => {
            let language = match language {
                Language::Zh => "zh-CN",
                Language::En => "en-GB",
            };
            speak(&text, language, over.as_ref());
            None
        }
    };
    PLAYING.with_borrow_mut(|playing| {
        if let Some(playing) = playing {
            playing.audio = audio;
            playing._over = Some(over);
        }
    });
}

/// Plays a recorded sound. One that cannot be played is over at once.
fn sound(name: &str, over: &js_sys::Function) -> Option<HtmlAudioElement> {
    let audio = HtmlAudioElement::new_with_src(&format!("/api/sounds/{name}")).ok()?;
    let _ = audio.add_event_listener_with_callback("ended", over);
    let _ = audio.add_event_listener_with_callback("error", over);
    // A browser that wants a click first refuses by a promise; then it is as if it were played.
    if let Ok(begun) = audio.play() {
        let ended = over.clone();
        wasm_bindgen_futures::spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(begun).await.is_err() {
                let _ = ended.call0(&JsValue::NULL);
            }
        });
    }
    Some(audio)
}
