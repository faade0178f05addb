//! Prompts of the tenant's own: uploaded, or spoken by the synthesiser. One of the house's name is heard in its place.

use super::dialog::{FormDialog, Remove, Saving, form_title};
use super::entries::Entries;
use super::resource::Resource;
use crate::api;
use crate::components::form::{Field, TextField};
use crate::components::icon::{Glyph, Icon};
use crate::load;
use crate::session::use_session;
use crate::text::{self, *};
use hark_shared::ids::PromptId;
use hark_shared::prompt::{Prompt, SpokenPrompt};
use hark_shared::wire::WireError;
use hark_shared::wire::rest::Language;
use js_sys::{Promise, Reflect, encode_uri_component};
use leptos::html;
use leptos::prelude::*;
use uuid::Uuid;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlAudioElement};

#[wasm_bindgen]
extern "C" {
    /// `static/prompt.js`.
    type Uploader;
    #[wasm_bindgen(method)]
    fn keep(this: &Uploader, file: &File, method: &str, path: &str) -> Promise;
}

/// Where a prompt's sound comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    File,
    Voice,
}

/// The list.
#[component]
pub fn Prompts() -> impl IntoView {
    let i18n = use_i18n();
    let prompts = Resource::<Prompt>::load("prompts");
    let cells = move |prompt: Prompt| {
        let sound = prompt.sound();
        let language = prompt.language;
        view! {
            <td>{prompt.name}</td>
            <td>{move || spoken(i18n.get_locale(), language)}</td>
            <td>{prompt.words}</td>
            <td>{text::duration(prompt.length)}</td>
            <td>
                <PlayButton sound />
            </td>
        }
        .into_any()
    };
    let form = move |prompt, close| view! { <Form prompt prompts close /> }.into_any();
    view! {
        <Entries
            entries=prompts
            about=t_label!(i18n, admin.prompts_about)
            caption=t_label!(i18n, admin.prompts)
            heads=[t_label!(i18n, admin.name), t_label!(i18n, admin.language), t_label!(i18n, admin.says), t_label!(i18n, admin.length), Signal::stored(String::new())]
            name=|prompt: &Prompt| prompt.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.prompts_none)
        />
    }
}

fn spoken(locale: Locale, language: Option<Language>) -> &'static str {
    match language {
        Some(Language::Zh) => td_string!(locale, admin.prompt_zh),
        Some(Language::En) => td_string!(locale, admin.prompt_en),
        None => td_string!(locale, admin.prompt_music),
    }
}

/// Plays a prompt from its beginning, or stops it.
#[component]
fn PlayButton(sound: String) -> impl IntoView {
    let i18n = use_i18n();
    let audio = StoredValue::new_local(None::<HtmlAudioElement>);
    let label = sound.clone();
    let stop = move || {
        audio.update_value(|audio| {
            if let Some(audio) = audio.take() {
                let _ = audio.pause();
            }
        });
    };
    let press = move |_| {
        let plays = audio.with_value(|audio| audio.as_ref().is_some_and(|audio| !audio.paused()));
        stop();
        if plays {
            return;
        }
        if let Ok(element) = HtmlAudioElement::new_with_src(&format!("/api/sounds/{sound}")) {
            // A browser that refuses says so by a promise that nobody needs: the button was pressed by a person.
            let _ = element.play();
            audio.set_value(Some(element));
        }
    };
    on_cleanup(stop);
    view! {
        <button
            type="button"
            class="quiet"
            data-testid="prompt-play"
            aria-label=move || format!("{} {label}", t_string!(i18n, contacts.play))
            on:click=press
        >
            <Glyph icon=Icon::Resume />
        </button>
    }
}

#[component]
fn Form(prompt: Option<Prompt>, prompts: Resource<Prompt>, close: Callback<()>) -> impl IntoView {
    let (i18n, session) = (use_i18n(), use_session());
    let new = prompt.is_none();
    let id = prompt.as_ref().map_or_else(|| PromptId(Uuid::new_v4()), |prompt| prompt.id);
    let name = RwSignal::new(prompt.as_ref().map_or_else(String::new, |prompt| prompt.name.clone()));
    let language = RwSignal::new(prompt.as_ref().map_or(Some(Language::Zh), |prompt| prompt.language));
    let words = RwSignal::new(prompt.map_or_else(String::new, |prompt| prompt.words));
    let from = RwSignal::new(Origin::File);
    let file = NodeRef::<html::Input>::new();
    let save = move || -> Saving {
        let (name, words) = (name.get_untracked().trim().to_owned(), words.get_untracked().trim().to_owned());
        let (language, from) = (language.get_untracked(), from.get_untracked());
        let chosen = file.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0));
        Box::pin(async move {
            match (from, language) {
                (Origin::Voice, Some(language)) => {
                    let body = SpokenPrompt { id, name, language, words };
                    let spoken = api::post::<_, Prompt>("/api/prompts/speak", &body).await;
                    spoken.map(|_| ()).map_err(|failed| session.told(failed))?;
                }
                (Origin::Voice, None) => return Err(WireError::new("prompt.music_is_not_spoken")),
                (Origin::File, language) => {
                    let to = address(new, id, &name, language, &words);
                    let done = match chosen {
                        Some(chosen) => upload(&chosen, if new { "POST" } else { "PUT" }, &to).await,
                        None if new => return Err(WireError::new("prompt.no_file")),
                        None => api::send("PUT", &to, None).await,
                    };
                    done.map_err(|failed| session.told(failed))?;
                }
            }
            prompts.reload();
            Ok(())
        })
    };
    let remove = (!new).then(|| -> Remove { Box::new(move || Box::pin(prompts.remove(id.to_string()))) });
    let choose = move |value: String| {
        language.set(match value.as_str() {
            "zh" => Some(Language::Zh),
            "en" => Some(Language::En),
            _ => None,
        });
    };
    let languages = [("zh", Some(Language::Zh)), ("en", Some(Language::En)), ("", None)].map(|(value, choice)| {
        view! {
            <option value=value selected=move || language.get() == choice>
                {move || spoken(i18n.get_locale(), choice)}
            </option>
        }
    });
    view! {
        <FormDialog title=Signal::derive(move || form_title(i18n.get_locale(), new, t_string!(i18n, admin.prompt))) save remove close>
            <TextField
                label=t_label!(i18n, admin.name)
                hint=t_label!(i18n, admin.prompt_name_hint)
                value=name
                testid="prompt-name"
                required=true
            />
            <Field label=t_label!(i18n, admin.language)>
                <select data-testid="prompt-language" on:change:target=move |event| choose(event.target().value())>
                    {languages.into_iter().collect_view()}
                </select>
            </Field>
            <Field label=t_label!(i18n, admin.prompt_from)>
                <select
                    data-testid="prompt-from"
                    on:change:target=move |event| {
                        from.set(if event.target().value() == "voice" { Origin::Voice } else { Origin::File });
                    }
                >
                    <option value="file">{t!(i18n, admin.prompt_file)}</option>
                    <option value="voice">{t!(i18n, admin.prompt_voice)}</option>
                </select>
            </Field>
            <div hidden=move || from.get() == Origin::Voice>
                <Field label=t_label!(i18n, admin.prompt_file) hint=t_label!(i18n, admin.prompt_file_hint)>
                    <input type="file" accept="audio/*" data-testid="prompt-file" node_ref=file />
                </Field>
            </div>
            <TextField
                label=t_label!(i18n, admin.prompt_words)
                hint=t_label!(i18n, admin.prompt_words_hint)
                value=words
                testid="prompt-words"
            />
        </FormDialog>
    }
}

/// Where a sound of this name is uploaded to.
fn address(new: bool, id: PromptId, name: &str, language: Option<Language>, words: &str) -> String {
    let encoded = |text: &str| String::from(encode_uri_component(text));
    let which = if new { format!("?id={id}&") } else { format!("/{id}?") };
    let mut address = format!("/api/prompts{which}name={}&words={}", encoded(name), encoded(words));
    if let Some(language) = language {
        address.push_str("&language=");
        address.push_str(language.folder());
    }
    address
}

/// Uploads a file as whatever the browser makes of it.
async fn upload(file: &File, method: &str, to: &str) -> Result<(), api::ApiError> {
    let failed = |key: &str| api::ApiError { status: 0, error: WireError::new(key) };
    let script = load::module("/prompt.js").await.map_err(|error| api::ApiError { status: 0, error })?;
    let script: Uploader = script.unchecked_into();
    let answer = JsFuture::from(script.keep(file, method, to)).await.map_err(|_| failed("net.offline"))?;
    let part = |name: &str| Reflect::get(&answer, &JsValue::from_str(name)).unwrap_or(JsValue::NULL);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status has three digits")]
    let status = part("status").as_f64().unwrap_or_default() as u16;
    match status {
        0 => Err(failed("invalid.sound_undecoded")),
        200..=299 => Ok(()),
        _ => Err(api::refused(status, &part("text").as_string().unwrap_or_default())),
    }
}
