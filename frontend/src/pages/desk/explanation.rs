//! Why an offer went to this agent: a sentence, and the figures behind it on demand.

use crate::text::{self, *};
use hark_shared::time::Millis;
use hark_shared::wire::desk::{Candidate, Explanation};
use hark_shared::wire::routing::Strategy;
use leptos::prelude::*;

/// The explanation of an offer.
#[component]
pub fn Why(
    /// What the queue decided on.
    why: Explanation,
) -> impl IntoView {
    let i18n = use_i18n();
    let shown = why.clone();
    let sentence = move || sentence(i18n.get_locale(), &shown);
    let (step, steps, rung) = (why.step, why.steps, why.rung);
    let preferred = why.preferred.clone();
    let passed = why.passed_over.clone();
    // The engine's priority is waiting time: what was really waited, and a minute for each level.
    let (waiting, priority) = (why.waiting, text::duration(Millis(why.priority)));
    view! {
        <details class="why" data-testid="why">
            <summary>{sentence}</summary>
            <p class="muted">{move || t_string!(i18n, desk.why_queue, waiting = waiting, priority = priority.clone())}</p>
            {preferred
                .map(|preferred| {
                    let name = preferred.name;
                    view! {
                        <p class="muted" data-testid="why-preferred">
                            {move || {
                                if preferred.alone {
                                    t_string!(i18n, desk.why_preferred_waited, name = name.clone())
                                } else {
                                    t_string!(i18n, desk.why_preferred_not, name = name.clone())
                                }
                            }}
                        </p>
                    }
                })}
            {(steps > 0)
                .then(|| view! { <p class="muted">{move || t_string!(i18n, desk.why_step, step = step, steps = steps)}</p> })}
            {(rung > 1)
                .then(|| view! { <p class="muted" data-testid="why-rung">{move || t_string!(i18n, desk.why_rung, count = rung)}</p> })}
            <Candidates best=why.best strategy=why.strategy />
            <ul class="passed">
                {passed
                    .into_iter()
                    .map(|row| {
                        view! { <li>{move || text::passed_over(i18n.get_locale(), row.reason)} " " <b>{row.count}</b></li> }
                    })
                    .collect_view()}
            </ul>
        </details>
    }
}

/// Why this agent, by the strategy that ranked them.
fn sentence(locale: Locale, why: &Explanation) -> String {
    let Some(winner) = why.best.first() else { return td_string!(locale, desk.why_unknown).to_owned() };
    let (name, idle) = (winner.name.clone(), text::duration(winner.idle));
    if why.preferred.as_ref().is_some_and(|preferred| preferred.alone && preferred.user == winner.user) {
        return td_string!(locale, desk.why_preferred, name = name);
    }
    if why.best.len() == 1 {
        return td_string!(locale, desk.why_alone, name = name, idle = idle);
    }
    match why.strategy {
        Strategy::LongestIdle => td_string!(locale, desk.why_best, name = name, level = winner.level, idle = idle),
        Strategy::FewestContacts => td_string!(locale, desk.why_fewest, name = name, contacts = winner.contacts),
        Strategy::LeastTalk => td_string!(locale, desk.why_least, name = name, talked = text::duration(winner.talked)),
        Strategy::HighestSkill => td_string!(locale, desk.why_skill, name = name, level = winner.level),
        Strategy::RoundRobin => td_string!(locale, desk.why_turn, name = name),
        Strategy::Linear => td_string!(locale, desk.why_order, name = name),
    }
}

/// The figure that the strategy ranked by; `None` where idle time says it all.
fn figure(strategy: Strategy, candidate: &Candidate) -> Option<String> {
    let dash = || "—".to_owned();
    match strategy {
        Strategy::LongestIdle | Strategy::HighestSkill => None,
        Strategy::FewestContacts => Some(candidate.contacts.to_string()),
        Strategy::LeastTalk => Some(text::duration(candidate.talked)),
        Strategy::RoundRobin => Some(candidate.turns_ago.map_or_else(dash, |turns| turns.to_string())),
        Strategy::Linear => Some(candidate.order.map_or_else(dash, |order| order.to_string())),
    }
}

fn figure_head(locale: Locale, strategy: Strategy) -> Option<&'static str> {
    match strategy {
        Strategy::LongestIdle | Strategy::HighestSkill => None,
        Strategy::FewestContacts => Some(td_string!(locale, desk.figure_contacts)),
        Strategy::LeastTalk => Some(td_string!(locale, desk.figure_talked)),
        Strategy::RoundRobin => Some(td_string!(locale, desk.figure_turns)),
        Strategy::Linear => Some(td_string!(locale, desk.figure_order)),
    }
}

/// The best few, with a bar for how long each was ready.
#[component]
fn Candidates(best: Vec<Candidate>, strategy: Strategy) -> impl IntoView {
    let i18n = use_i18n();
    let longest = best.iter().map(|candidate| candidate.idle.0).max().unwrap_or(0).max(1);
    view! {
        <table class="candidates" aria-label=t!(i18n, desk.candidates)>
            <thead>
                <tr>
                    <th scope="col">{t!(i18n, desk.agent)}</th>
                    <th scope="col">{t!(i18n, desk.level)}</th>
                    {move || figure_head(i18n.get_locale(), strategy).map(|head| view! { <th scope="col">{head}</th> })}
                    <th scope="col">{t!(i18n, desk.ready_for)}</th>
                </tr>
            </thead>
            <tbody>
                {best
                    .into_iter()
                    .map(|candidate| {
                        let share = candidate.idle.0 * 100 / longest;
                        let figure = figure(strategy, &candidate);
                        view! {
                            <tr>
                                <td>{candidate.name}</td>
                                <td>{candidate.level}</td>
                                {figure.map(|figure| view! { <td>{figure}</td> })}
                                <td class="bar-cell">
                                    <span class="bar" style:width=format!("{share}%")></span>
                                    <span>{text::duration(candidate.idle)}</span>
                                </td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </table>
    }
}
