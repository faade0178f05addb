//! Which way a contact took through flows, and what it answered to surveys.

use crate::text::words::designer as w;
use crate::text::*;
use hark_shared::flow::model::Scale;
use hark_shared::wire::rest::{SurveyAnswer, TrailStep};
use leptos::prelude::*;

/// The nodes in order, each stretch of one flow under its name.
#[component]
pub fn Trail(trail: Vec<TrailStep>, answers: Vec<SurveyAnswer>) -> impl IntoView {
    let i18n = use_i18n();
    let stretches: Vec<(String, Vec<TrailStep>)> = trail.into_iter().fold(Vec::new(), |mut stretches, step| {
        let name = format!("{} · {}", step.flow_name.clone().unwrap_or_else(|| "—".to_owned()), step.version);
        match stretches.last_mut() {
            Some((last, steps)) if *last == name => steps.push(step),
            Some(_) | None => stretches.push((name, vec![step])),
        }
        stretches
    });
    let called = move |step: &TrailStep| {
        let kind = kind_title(i18n.get_locale(), &step.kind).unwrap_or("—");
        if step.name.is_empty() { kind.to_owned() } else { step.name.clone() }
    };
    let stretch = move |(name, steps): (String, Vec<TrailStep>)| {
        let way = move || steps.iter().map(called).collect::<Vec<_>>().join(" → ");
        view! { <li><b>{name}</b>": "{way}</li> }
    };
    let answer = move |answer: SurveyAnswer| {
        let said = move || match (answer.scale, answer.score) {
            (Scale::Score, score) => format!("{score} / 5"),
            (Scale::Solved, 1) => t_string!(i18n, contacts.survey_solved).to_owned(),
            (Scale::Solved, _) => t_string!(i18n, contacts.survey_open).to_owned(),
        };
        view! { <li>{said}</li> }
    };
    let (walked, answered) = (!stretches.is_empty(), !answers.is_empty());
    view! {
        {walked
            .then(|| {
                view! {
                    <h3>{t!(i18n, contacts.trail)}</h3>
                    <ol class="offers" data-testid="trail">{stretches.into_iter().map(stretch).collect_view()}</ol>
                }
            })}
        {answered
            .then(|| {
                view! {
                    <h3>{t!(i18n, contacts.survey)}</h3>
                    <ol class="offers" data-testid="survey">{answers.into_iter().map(answer).collect_view()}</ol>
                }
            })}
    }
}

/// What a kind of node is called, by its name in a flow's JSON; `None` when there is none of it.
fn kind_title(locale: Locale, kind: &str) -> Option<&'static str> {
    let title: Text = match kind {
        "answer" => w::kind_answer,
        "speak" => w::kind_speak,
        "play" => w::kind_play,
        "menu" => w::kind_menu,
        "collect" => w::kind_collect,
        "if" => w::kind_if,
        "hours" => w::kind_hours,
        "set" => w::kind_set,
        "fetch" => w::kind_fetch,
        "queue" => w::kind_queue,
        "last_agent" => w::kind_last_agent,
        "agent" => w::kind_agent,
        "outside" => w::kind_outside,
        "voicemail" => w::kind_voicemail,
        "callback" => w::kind_callback,
        "survey" => w::kind_survey,
        "sub_flow" => w::kind_sub_flow,
        "return" => w::kind_return,
        "loop" => w::kind_loop,
        "notice" => w::kind_notice,
        "hang_up" => w::kind_hang_up,
        _ => return None,
    };
    Some(title.of(locale))
}
