//! Parts of forms: a labelled field, a field of text, a switch, an error.

use crate::text::{self, *};
use hark_shared::wire::WireError;
use leptos::prelude::*;

/// A label over whatever is inside, with a hint below.
#[component]
pub fn Field(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// What to know about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// The control; being inside the label it needs no id.
    children: Children,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            {children()}
            {hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
        </label>
    }
}

/// A field for one line of text.
#[component]
pub fn TextField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// The text.
    value: RwSignal<String>,
    /// What to know about it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// `text`, `password`, `number`...
    #[prop(default = "text")]
    kind: &'static str,
    /// For the stories.
    #[prop(optional)]
    testid: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Must not be empty.
    #[prop(optional)]
    required: bool,
    /// Takes the focus when it appears.
    #[prop(optional)]
    focus: bool,
) -> impl IntoView {
    let input = view! {
        <input
            autofocus=focus
            type=kind
            data-testid=testid
            autocomplete=autocomplete
            required=required
            prop:value=value
            on:input:target=move |event| value.set(event.target().value())
        />
    };
    match hint {
        Some(hint) => view! { <Field label hint>{input}</Field> }.into_any(),
        None => view! { <Field label>{input}</Field> }.into_any(),
    }
}

/// A box to tick.
#[component]
pub fn Tick(
    /// What it says.
    #[prop(into)]
    label: Signal<String>,
    /// Whether it is ticked.
    value: RwSignal<bool>,
    /// For the stories.
    #[prop(optional)]
    testid: &'static str,
) -> impl IntoView {
    view! {
        <label class="tick">
            <input type="checkbox" data-testid=testid prop:checked=value on:change:target=move |event| value.set(event.target().checked()) />
            <span>{label}</span>
        </label>
    }
}

/// What went wrong with a form, announced at once.
#[component]
pub fn FormError(#[prop(into)] error: Signal<Option<WireError>>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <p class="form-error" role="alert" data-testid="form-error" hidden=move || error.with(Option::is_none)>
            {move || error.with(|error| error.as_ref().map(|error| text::error_text(i18n.get_locale(), error)))}
        </p>
    }
}

/// The end of a form that stays on its page: what was done, and the button that does it.
#[component]
pub fn FormFoot(
    /// Said once it is done.
    #[prop(into)]
    said: Signal<String>,
    /// Whether it is done.
    done: RwSignal<bool>,
    /// For the stories: of what is said.
    done_testid: &'static str,
    /// What the button says.
    #[prop(into)]
    label: Signal<String>,
    /// Whether it is being done.
    busy: RwSignal<bool>,
    /// For the stories: of the button.
    testid: &'static str,
) -> impl IntoView {
    view! {
        <footer class="form-foot">
            <span class="done" role="status" data-testid=done_testid>
                {move || done.get().then(|| said.get())}
            </span>
            <button type="submit" class="primary" data-testid=testid aria-busy=move || busy.get().to_string()>
                {label}
            </button>
        </footer>
    }
}
