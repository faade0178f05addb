//! Why an offer went to this agent: a sentence, and the figures behind it on demand.

use crate::text::{self, *};
use hark_shared::time::Millis;
use hark_shared::wire::desk::{Candidate, Explanation};
use leptos::prelude::*;

/// The explanation of an offer.
#[component]
pub fn Why(
    /// What the queue decided on.
    why: Explanation,
) -> impl IntoView {
    let i18n = use_i18n();
    let winner = why.best.first().cloned();
    let alone = why.best.len() == 1;
    let sentence = move || match &winner {
        Some(winner) => {
            let idle = text::duration(winner.idle);
            let name = winner.name.clone();
            if alone {
                t_string!(i18n, desk.why_alone, name = name, idle = idle)
            } else {
                t_string!(i18n, desk.why_best, name = name, level = winner.level, idle = idle)
            }
        }
        None => t_string!(i18n, desk.why_unknown).to_string(),
    };
    let passed = why.passed_over.clone();
    // The engine's priority is waiting time: what was really waited, and a minute for each level.
    let (waiting, priority) = (why.waiting, text::duration(Millis(why.priority)));
    view! {
        <details class="why" data-testid="why">
            <summary>{sentence}</summary>
            <p class="muted">{move || t_string!(i18n, desk.why_queue, waiting = waiting, priority = priority.clone())}</p>
            <Candidates best=why.best />
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

/// The best few, with a bar for how long each was ready.
#[component]
fn Candidates(best: Vec<Candidate>) -> impl IntoView {
    let i18n = use_i18n();
    let longest = best.iter().map(|candidate| candidate.idle.0).max().unwrap_or(0).max(1);
    view! {
        <table class="candidates" aria-label=t!(i18n, desk.candidates)>
            <thead>
                <tr>
                    <th scope="col">{t!(i18n, desk.agent)}</th>
                    <th scope="col">{t!(i18n, desk.level)}</th>
                    <th scope="col">{t!(i18n, desk.ready_for)}</th>
                </tr>
            </thead>
            <tbody>
                {best
                    .into_iter()
                    .map(|candidate| {
                        let share = candidate.idle.0 * 100 / longest;
                        view! {
                            <tr>
                                <td>{candidate.name}</td>
                                <td>{candidate.level}</td>
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
