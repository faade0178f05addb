//! Notices that callers hear as long as they are switched on, wherever a flow has a place for them.

use super::entries::{Entries, EntryForm};
use super::resource::Resource;
use crate::components::form::{TextField, Tick};
use crate::text::*;
use hark_shared::flow::Phrase;
use hark_shared::ids::NoticeId;
use hark_shared::notice::Notice;
use leptos::prelude::*;
use uuid::Uuid;

/// The list.
#[component]
pub fn Notices() -> impl IntoView {
    let i18n = use_i18n();
    let notices = Resource::<Notice>::load("notices");
    let cells = move |notice: Notice| {
        let state = move || if notice.on { t_string!(i18n, admin.on) } else { t_string!(i18n, admin.off) };
        view! {
            <td>{notice.name}</td>
            <td>{notice.say.iter().map(said).collect::<Vec<_>>().join(" ")}</td>
            <td>
                <span class="outcome" data-good=notice.on.to_string()>
                    {state}
                </span>
            </td>
        }
        .into_any()
    };
    let form = move |notice, close| view! { <Form notice notices close /> }.into_any();
    view! {
        <Entries
            entries=notices
            about=t_label!(i18n, admin.notices_about)
            caption=t_label!(i18n, admin.notices)
            heads=[t_label!(i18n, admin.name), t_label!(i18n, admin.says), t_label!(i18n, admin.switched)]
            name=|notice: &Notice| notice.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.notices_none)
        />
    }
}

/// A phrase as the list shows it.
fn said(phrase: &Phrase) -> String {
    match phrase {
        Phrase::Prompt { name } => name.clone(),
        Phrase::Text { zh, en } => format!("{zh} {en}").trim().to_owned(),
        Phrase::Value { name, .. } => format!("{{{name}}}"),
    }
}

/// The names of the prompts among phrases, as people list them.
fn recorded(say: &[Phrase]) -> String {
    let names = say.iter().filter(|phrase| matches!(phrase, Phrase::Prompt { .. })).map(said);
    names.collect::<Vec<_>>().join(", ")
}

/// The sentences among phrases, each language's as one.
fn sentences(say: &[Phrase]) -> (String, String) {
    let (mut all_zh, mut all_en) = (Vec::new(), Vec::new());
    for phrase in say {
        if let Phrase::Text { zh, en } = phrase {
            all_zh.push(zh.as_str());
            all_en.push(en.as_str());
        }
    }
    (all_zh.join(""), all_en.join(" ").trim().to_owned())
}

/// Prompts by their names, as people list them.
fn read(names: &str) -> Vec<Phrase> {
    let names = names.split([',', '，']).map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| Phrase::Prompt { name: name.to_owned() }).collect()
}

#[component]
fn Form(notice: Option<Notice>, notices: Resource<Notice>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let new = notice.is_none();
    let notice = notice.unwrap_or_else(|| Notice {
        id: NoticeId(Uuid::new_v4()),
        name: String::new(),
        on: true,
        say: vec![Phrase::Prompt { name: "closed".to_owned() }],
    });
    let id = notice.id;
    let (name, on) = (RwSignal::new(notice.name), RwSignal::new(notice.on));
    let prompts = RwSignal::new(recorded(&notice.say));
    let (zh, en) = sentences(&notice.say);
    let (zh, en) = (RwSignal::new(zh), RwSignal::new(en));
    let body = move || {
        let mut say = read(&prompts.get_untracked());
        let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        let (zh, en) = (text(zh), text(en));
        if !zh.is_empty() || !en.is_empty() {
            say.push(Phrase::Text { zh, en });
        }
        Ok(Notice { id, name: name.get_untracked().trim().to_owned(), on: on.get_untracked(), say })
    };
    view! {
        <EntryForm what=t_label!(i18n, admin.notice) entries=notices id=(!new).then(|| id.to_string()) body close>
            <TextField label=t_label!(i18n, admin.name) value=name testid="notice-name" required=true />
            <Tick label=t_label!(i18n, admin.notice_on) value=on />
            <TextField label=t_label!(i18n, admin.prompts) hint=t_label!(i18n, admin.prompts_hint) value=prompts />
            <TextField
                label=t_label!(i18n, admin.sentence_zh)
                hint=t_label!(i18n, admin.sentence_hint)
                value=zh
                testid="notice-zh"
            />
            <TextField label=t_label!(i18n, admin.sentence_en) value=en testid="notice-en" />
        </EntryForm>
    }
}
