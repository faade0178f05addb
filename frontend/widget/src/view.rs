//! What the visitor sees.

use crate::call::{Call, Phase};
use crate::params::Params;
use crate::text::{Language, Say};
use gloo_timers::callback::Interval;
use hark_shared::wire::visitor::VisitorState;
use hark_voice::grade::Grade;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// The keys and their names for the stories.
const KEYS: [(&str, &str); 12] = [
    ("1", "w-keypad-1"),
    ("2", "w-keypad-2"),
    ("3", "w-keypad-3"),
    ("4", "w-keypad-4"),
    ("5", "w-keypad-5"),
    ("6", "w-keypad-6"),
    ("7", "w-keypad-7"),
    ("8", "w-keypad-8"),
    ("9", "w-keypad-9"),
    ("*", "w-keypad-star"),
    ("0", "w-keypad-0"),
    ("#", "w-keypad-hash"),
];

/// The frame.
#[component]
pub fn Frame() -> impl IntoView {
    let params = Params::read();
    let language = params.language;
    paint_page(&params);
    let label = params.label.clone();
    let call = Call::new(params);
    let live = Memo::new(move |_| call.phase.get().is_live());
    view! {
        <main class="frame">
            <header class="head">
                <h1>{label}</h1>
                <button type="button" class="plain" aria-label=move || if live.get() { Say::HangUpAndClose } else { Say::Close }.text(language) on:click=move |_| close(call)>
                    "×"
                </button>
            </header>
            <State call language />
            <Message call language />
            {move || {
                if live.get() {
                    view! { <Controls call language /> }.into_any()
                } else {
                    view! { <Start call language /> }.into_any()
                }
            }}
        </main>
    }
}

fn paint_page(params: &Params) {
    let Some(root) = document().document_element() else { return };
    let language = match params.language {
        Language::En => "en",
        Language::Zh => "zh-CN",
    };
    let _ = root.set_attribute("lang", language);
    if let (Some(color), Some(body)) = (&params.color, document().body()) {
        let _ = body.style().set_property("--brand", color);
        let _ = body.style().set_property("--brand-text", "#ffffff");
    }
    document().set_title(&params.label);
}

/// Hangs up and asks the page around us to hide the frame. The word tells nobody anything, so any page may read it; the
/// loader checks who says it.
fn close(call: Call) {
    call.hang_up();
    if let Ok(Some(parent)) = window().parent() {
        let _ = parent.post_message(&JsValue::from_str("hark:close"), "*");
    }
}

#[component]
fn State(call: Call, language: Language) -> impl IntoView {
    let word = move || match call.phase.get() {
        Phase::Idle => Say::Idle.text(language).to_owned(),
        Phase::Away => Say::AwayTitle.text(language).to_owned(),
        Phase::Failed(_) => Say::FailedTitle.text(language).to_owned(),
        Phase::Asking => Say::Asking.text(language).to_owned(),
        Phase::Connecting => Say::Connecting.text(language).to_owned(),
        Phase::Live(VisitorState::Menu) => Say::Menu.text(language).to_owned(),
        Phase::Live(VisitorState::Queued { position }) if position <= 1 => Say::QueuedNext.text(language).to_owned(),
        Phase::Live(VisitorState::Queued { position }) => {
            Say::QueuedAt.text(language).replace("{}", &(position - 1).to_string())
        }
        Phase::Live(VisitorState::Ringing) => Say::Ringing.text(language).to_owned(),
        Phase::Live(VisitorState::Talking) => Say::Talking.text(language).to_owned(),
        Phase::Live(VisitorState::Hold) => Say::Hold.text(language).to_owned(),
        Phase::Ended(_) => Say::Ended.text(language).to_owned(),
    };
    let hint = move || match call.phase.get() {
        Phase::Idle => Some(Say::IdleHint.text(language)),
        Phase::Asking => Some(Say::AskingHint.text(language)),
        Phase::Live(VisitorState::Menu) => Some(Say::MenuHint.text(language)),
        Phase::Ended(cause) => Some(Say::Because(cause).text(language)),
        Phase::Away | Phase::Connecting | Phase::Live(_) | Phase::Failed(_) => None,
    };
    view! {
        <section class="state" data-testid="w-state" data-state=move || call.phase.get().name() role="status">
            <Badge call />
            <p class="state-word">{word}</p>
            <p class="hint">{hint}</p>
            <Time call />
            <Quality call language />
        </section>
    }
}

/// A handset in a circle; it breathes while the call is alive.
#[component]
fn Badge(call: Call) -> impl IntoView {
    view! {
        <span class="badge" class:live=move || call.phase.get().is_live()>
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z" />
            </svg>
        </span>
    }
}

#[component]
fn Time(call: Call) -> impl IntoView {
    let now = RwSignal::new(js_sys::Date::now());
    let ticking = StoredValue::new_local(Interval::new(500, move || now.set(js_sys::Date::now())));
    on_cleanup(move || ticking.dispose());
    let text = Memo::new(move |_| {
        call.talking_since.get().map(|since| {
            let seconds = ((now.get() - since) / 1000.0).max(0.0).floor();
            format!("{:.0}:{:02.0}", (seconds / 60.0).floor(), seconds % 60.0)
        })
    });
    view! { <time class="time" aria-live="off">{text}</time> }
}

#[component]
fn Quality(call: Call, language: Language) -> impl IntoView {
    let grade = Memo::new(move |_| call.figures.get().map(|figures| figures.grade()));
    let name = move || {
        grade.get().map(|grade| match grade {
            Grade::Good => "good",
            Grade::Fair => "fair",
            Grade::Poor => "poor",
        })
    };
    view! {
        <p class="quality" data-testid="w-quality" data-grade=name aria-live="off">
            {move || grade.get().map(|grade| Say::Sound(grade).text(language))}
        </p>
    }
}

/// What is wrong, and what to do.
#[component]
fn Message(call: Call, language: Language) -> impl IntoView {
    let say = Memo::new(move |_| match call.phase.get() {
        Phase::Failed(say) => Some(say),
        Phase::Away => Some(Say::Away),
        Phase::Live(_) => call.control.get().words(),
        Phase::Idle | Phase::Asking | Phase::Connecting | Phase::Ended(_) => None,
    });
    let address = window().location().href().unwrap_or_default();
    view! {
        <p class="message" role="alert" data-testid="w-message" data-control=move || call.control.get().name() hidden=move || say.get().is_none()>
            {move || say.get().map(|say| say.text(language))}
        </p>
        <a
            class="button"
            data-testid="w-new-window"
            href=address
            target="_blank"
            rel="noopener"
            hidden=move || say.get() != Some(Say::Framed)
        >
            {Say::NewWindow.text(language)}
        </a>
    }
}

#[component]
fn Start(call: Call, language: Language) -> impl IntoView {
    let word = move || match call.phase.get() {
        Phase::Ended(_) => Say::Again,
        Phase::Failed(_) | Phase::Away => Say::Retry,
        Phase::Idle | Phase::Asking | Phase::Connecting | Phase::Live(_) => Say::Call,
    };
    view! {
        <button type="button" class="call" data-testid="w-call" on:click=move |_| call.begin()>
            {move || word().text(language)}
        </button>
    }
}

#[component]
fn Controls(call: Call, language: Language) -> impl IntoView {
    let mute_word = move || if call.muted.get() { Say::Unmute } else { Say::Mute };
    // The menu is answered with it; later only who wants it sees it.
    let wanted = RwSignal::new(false);
    let in_menu = Memo::new(move |_| call.phase.get() == Phase::Live(VisitorState::Menu));
    let shown = move || in_menu.get() || wanted.get();
    view! {
        <div id="keypad" class="keypad" role="group" aria-label=Say::Keypad.text(language) hidden=move || !shown()>
            {KEYS
                .map(|(key, testid)| {
                    view! {
                        <button type="button" data-testid=testid on:click=move |_| call.digit(key)>
                            {key}
                        </button>
                    }
                })
                .collect_view()}
        </div>
        <div class="buttons">
            <button
                type="button"
                data-testid="w-keypad"
                aria-controls="keypad"
                aria-expanded=move || shown().to_string()
                hidden=in_menu
                on:click=move |_| wanted.update(|wanted| *wanted = !*wanted)
            >
                {Say::Keypad.text(language)}
            </button>
            <button
                type="button"
                data-testid="w-mute"
                aria-pressed=move || call.muted.get().to_string()
                on:click=move |_| call.toggle_mute()
            >
                {move || mute_word().text(language)}
            </button>
            <button type="button" class="end" data-testid="w-hang-up" on:click=move |_| call.hang_up()>
                {Say::HangUp.text(language)}
            </button>
        </div>
    }
}
