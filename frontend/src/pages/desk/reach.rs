//! Whom to ask, to add or to pass the call on to: one field to search in, and below it colleagues with their state, queues,
//! and the number that was typed. Open only while it is used, since the list is live.

use crate::components::icon::{Glyph, Icon};
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::session::use_session;
use crate::text::{self, *};
use hark_shared::perms::Permission;
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::control::FlowLine;
use hark_shared::wire::parties::{AgentLine, CallAction, FloorView, Purpose, QueueLine, Target, Watch};
use leptos::html;
use leptos::prelude::*;

/// Rows shown at most: further ones are found by typing.
const MOST_ROWS: usize = 30;

/// The button, and what it opens.
#[component]
pub fn Reach() -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    view! {
        <div
            class="reach"
            on:keydown=move |event| {
                if event.key() == "Escape" && open.get_untracked() {
                    event.prevent_default();
                    close();
                }
            }
        >
            <button
                node_ref=button
                type="button"
                data-testid="reach"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Glyph icon=Icon::People />
                <span>{t!(i18n, desk.reach)}</span>
            </button>
            <Show when=move || open.get()>
                <Choices done=Callback::new(move |()| close()) />
            </Show>
        </div>
    }
}

#[component]
fn Choices(done: Callback<()>) -> impl IntoView {
    let (desk, session, i18n) = (use_desk(), use_session(), use_i18n());
    desk.watch(Watch::Directory);
    let floor = desk.floor();
    let typed = RwSignal::new(String::new());
    let me = desk.now(|desk| Some(desk.user));
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let rows = Memo::new(move |_| {
        let typed = typed.get();
        floor.with(|floor| floor.as_ref().map(|floor| found(floor, &typed, |line| Some(line.user) != me)))
    });
    let number = Memo::new(move |_| PhoneNumber::parse(&typed.get()).ok().filter(|_| session.may(Permission::Dial)));
    view! {
        <div class="reach-panel" role="group" aria-label=t!(i18n, desk.reach) data-testid="reach-panel">
            <input
                node_ref=field
                type="search"
                autocomplete="off"
                data-testid="reach-search"
                aria-label=t!(i18n, desk.reach_search)
                placeholder=t!(i18n, desk.reach_search)
                prop:value=typed
                on:input:target=move |event| typed.set(event.target().value())
            />
            <ul class="reach-list">
                <For
                    each=move || rows.get().map(|rows| rows.0).unwrap_or_default()
                    key=AgentLine::clone
                    children=move |line| view! { <AgentRow line done /> }
                />
                <For
                    each=move || rows.get().map(|rows| rows.1).unwrap_or_default()
                    key=QueueLine::clone
                    children=move |line| view! { <QueueRow line done /> }
                />
                <For
                    each=move || rows.get().map(|rows| rows.2).unwrap_or_default()
                    key=FlowLine::clone
                    children=move |line| view! { <FlowRow line done /> }
                />
                {move || number.get().map(|number| view! { <NumberRow number done /> })}
            </ul>
            <p class="muted" hidden=move || number.get().is_some() || rows.with(|rows| rows.as_ref().is_none_or(|(a, q, f)| !a.is_empty() || !q.is_empty() || !f.is_empty()))>
                {t!(i18n, desk.reach_nobody)}
            </p>
        </div>
    }
}

/// Who and what can be chosen.
type Found = (Vec<AgentLine>, Vec<QueueLine>, Vec<FlowLine>);

/// The colleagues, queues and flows whose name or number has what was typed; who can be asked comes first, who is not there is
/// left out.
fn found(floor: &FloorView, typed: &str, other: impl Fn(&AgentLine) -> bool) -> Found {
    let typed = typed.trim().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&typed);
    let fits = |line: &&AgentLine| {
        line.is_there() && other(line) && (has(&line.name) || line.number.as_deref().is_some_and(has))
    };
    let mut agents: Vec<AgentLine> = floor.agents.iter().filter(fits).cloned().collect();
    agents.sort_by_key(|line| !line.free);
    agents.truncate(MOST_ROWS);
    let queues = floor.queues.iter().filter(|line| has(&line.name)).take(MOST_ROWS).cloned().collect();
    // Flows are many and seldom meant: found by typing.
    let flows = floor.flows.iter().filter(|line| !typed.is_empty() && has(&line.name)).take(MOST_ROWS).cloned();
    (agents, queues, flows.collect())
}

#[component]
fn AgentRow(line: AgentLine, done: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let (state, name) = (line.status.state, line.name);
    let asked = name.clone();
    view! {
        <li class="reach-row" data-testid="reach-agent" data-name=name.clone()>
            <span class="shape" data-state=state.name() aria-hidden="true"></span>
            <span class="reach-who">{name.clone()}</span>
            <span class="muted">{move || text::state(i18n.get_locale(), state)}</span>
            <Ways target=Target::Agent { user: line.user } name=asked possible=line.free done />
        </li>
    }
}

#[component]
fn QueueRow(line: QueueLine, done: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let (waiting, staffed) = (line.waiting, line.staffed);
    let asked = line.name.clone();
    let how = move || {
        if staffed {
            t_string!(i18n, desk.reach_waiting, count = waiting)
        } else {
            t_string!(i18n, desk.reach_unstaffed).to_string()
        }
    };
    view! {
        <li class="reach-row" data-testid="reach-queue" data-name=line.name.clone()>
            <Glyph icon=Icon::List />
            <span class="reach-who">{line.name.clone()}</span>
            <span class="muted">{how}</span>
            <Ways target=Target::Queue { queue: line.queue } name=asked possible=true done />
        </li>
    }
}

#[component]
fn FlowRow(line: FlowLine, done: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let name = line.name.clone();
    view! {
        <li class="reach-row" data-testid="reach-flow" data-name=line.name.clone()>
            <Glyph icon=Icon::Swap />
            <span class="reach-who">{line.name.clone()}</span>
            <span class="muted">{t!(i18n, desk.reach_flow)}</span>
            <Ways target=Target::Flow { flow: line.flow } name possible=true done />
        </li>
    }
}

#[component]
fn NumberRow(number: PhoneNumber, done: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let name = number.to_string();
    view! {
        <li class="reach-row" data-testid="reach-number">
            <Glyph icon=Icon::Phone />
            <span class="reach-who">{name.clone()}</span>
            <span class="muted">{t!(i18n, desk.reach_number)}</span>
            <Ways target=Target::Number { number } name possible=true done />
        </li>
    }
}

/// Ask apart, pass on, add.
#[component]
fn Ways(target: Target, name: String, possible: bool, done: Callback<()>) -> impl IntoView {
    let (actions, i18n) = (use_actions(), use_i18n());
    let people = !matches!(target, Target::Flow { .. });
    let way = move |purpose: Purpose, testid: &'static str| {
        let (target, name) = (target.clone(), name.clone());
        let word = move || match purpose {
            Purpose::Consult => t_string!(i18n, desk.consult),
            Purpose::Transfer => t_string!(i18n, desk.transfer),
            Purpose::Invite => t_string!(i18n, desk.invite),
        };
        view! {
            <button
                type="button"
                class="small"
                data-testid=testid
                disabled=!possible
                aria-label=move || format!("{} {name}", word())
                on:click=move |_| {
                    actions.call(CallAction::Reach { target: target.clone(), purpose });
                    done.run(());
                }
            >
                {word}
            </button>
        }
    };
    // A flow cannot be asked, and is no company.
    view! {
        <span class="row-actions">
            {people.then(|| way(Purpose::Consult, "way-consult"))} {way(Purpose::Transfer, "way-transfer")}
            {people.then(|| way(Purpose::Invite, "way-invite"))}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_shared::ids::{FlowId, QueueId, UserId};
    use hark_shared::time::Timestamp;
    use hark_shared::wire::desk::{AgentState, AgentStatus};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn who_can_be_asked_comes_first_and_who_is_not_there_not_at_all() {
        let line = |n: u128, name: &str, state, free| AgentLine {
            user: UserId::from_u128(n),
            name: name.into(),
            number: (n == 2).then(|| "8002".into()),
            status: AgentStatus { state, since: Timestamp(0), next: None },
            free,
            contact: None,
            tasks: 0,
        };
        let queue = |name: &str| QueueLine {
            queue: QueueId::from_u128(1),
            name: name.into(),
            waiting: 0,
            longest: None,
            staffed: true,
            tasks: 0,
        };
        let floor = FloorView {
            agents: vec![
                line(1, "Ann", AgentState::Talking, false),
                line(2, "Bo", AgentState::Ready, true),
                line(3, "Cy", AgentState::Offline, false),
                line(4, "Me", AgentState::Talking, false),
            ],
            queues: vec![queue("Repairs"), queue("报修")],
            flows: vec![FlowLine { name: "Repairs menu".into(), flow: FlowId::from_u128(1) }],
            ..FloorView::default()
        };
        let names = |typed: &str| {
            let (agents, queues, flows) = found(&floor, typed, |line| line.user != UserId::from_u128(4));
            let agents = agents.into_iter().map(|line| line.name);
            let flows = flows.into_iter().map(|line| line.name);
            agents.chain(queues.into_iter().map(|line| line.name)).chain(flows).collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["Bo", "Ann", "Repairs", "报修"]);
        assert_eq!(names("8002"), ["Bo"]);
        assert_eq!(names(" rep"), ["Repairs", "Repairs menu"]);
        assert_eq!(names("报"), ["报修"]);
    }
}
