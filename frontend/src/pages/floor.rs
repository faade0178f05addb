//! The live floor for supervisors: agents, queues, calls, and what can be done with each. The server asks for the
//! permission again and writes down what was done. Of agents of teams that others lead it shows what goes on, without the
//! buttons ([`Around::oversees`]).

mod teams;

use crate::components::controls::Elapsed;
use crate::components::icon::{Glyph, Icon};
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::pages::desk::together::{party_mode, party_name};
use crate::pages::meetings::Meetings;
use crate::session::use_session;
use crate::text::{self, *};
use hark_shared::ids::{ContactId, QueueId, UserId};
use hark_shared::perms::Permission;
use hark_shared::wire::control::ParkedLine;
use hark_shared::wire::desk::{AgentState, BusyReason, WantedState};
use hark_shared::wire::parties::{
    AgentLine, CallLine, FloorView, Mode, PartyView, PartyWho, QueueLine, Supervision, Watch,
};
use leptos::prelude::*;
use teams::{Around, Shown, TeamFilter};

/// The page.
#[component]
pub fn FloorPage() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    if !session.may_now(Permission::WatchFloor) {
        return view! { <p class="card nothing">{t!(i18n, common.not_found)}</p> }.into_any();
    }
    let desk = use_desk();
    desk.watch(Watch::Floor);
    let floor = desk.floor();
    let around = Around::new(part(floor, |floor| floor.teams.clone()));
    let shown = Memo::new(move |_| around.shown());
    let calls = part(floor, |floor| floor.calls.clone());
    let calls = Memo::new(move |_| {
        shown.with(|shown| calls.get().into_iter().filter(|call| shown.has_call(call)).collect::<Vec<_>>())
    });
    let queues = part(floor, |floor| floor.queues.clone());
    let agents = part(floor, |floor| floor.agents.iter().filter(|line| line.is_there()).cloned().collect());
    let agents = Memo::new(move |_| {
        shown.with(|shown| agents.get().into_iter().filter(|line| shown.has(line.user)).collect::<Vec<_>>())
    });
    let parked = part(floor, |floor| floor.parked.clone());
    let meetings = part(floor, |floor| floor.meetings.clone());
    let names = Memo::new(move |_| queues.get().into_iter().map(|line| (line.queue, line.name)).collect::<Vec<_>>());
    view! {
        <div class="floor" data-testid="floor">
            <div class="floor-head">
                <h1>{t!(i18n, floor.title)}</h1>
                <TeamFilter around />
            </div>
            <section aria-labelledby="floor-calls">
                <h2 id="floor-calls">{t!(i18n, floor.calls)}</h2>
                <ul class="floor-list">
                    <For each=move || calls.get() key=CallLine::clone children=move |line| view! { <CallRow line names around /> } />
                </ul>
                <p class="empty" hidden=move || calls.with(|calls| !calls.is_empty())>
                    {move || match shown.with(Shown::is_all) {
                        true => t_string!(i18n, floor.no_calls),
                        false => t_string!(i18n, floor.no_team_calls),
                    }}
                </p>
            </section>
            <Meetings meetings />
            <Show when=move || parked.with(|parked| !parked.is_empty())>
                <section aria-labelledby="floor-parked">
                    <h2 id="floor-parked">{t!(i18n, desk.parked)}</h2>
                    <ul class="floor-list">
                        <For
                            each=move || parked.get()
                            key=ParkedLine::clone
                            children=move |line| view! { <ParkedRow line /> }
                        />
                    </ul>
                </section>
            </Show>
            <div class="floor-columns">
                <section aria-labelledby="floor-agents">
                    <h2 id="floor-agents">{t!(i18n, floor.agents)}</h2>
                    <ul class="floor-list">
                        <For each=move || agents.get() key=AgentLine::clone children=move |line| view! { <AgentRow line around /> } />
                    </ul>
                    <p class="empty" hidden=move || agents.with(|agents| !agents.is_empty()) || shown.with(Shown::is_all)>
                        {t!(i18n, floor.team_nobody)}
                    </p>
                </section>
                <section aria-labelledby="floor-queues">
                    <h2 id="floor-queues">{t!(i18n, floor.queues)}</h2>
                    <ul class="floor-list">
                        <For each=move || queues.get() key=QueueLine::clone children=move |line| view! { <QueueRow line /> } />
                    </ul>
                </section>
            </div>
        </div>
    }
    .into_any()
}

fn part<T: Clone + PartialEq + Send + Sync + 'static>(
    floor: RwSignal<Option<FloorView>>,
    of: impl Fn(&FloorView) -> Vec<T> + Send + Sync + 'static,
) -> Memo<Vec<T>> {
    Memo::new(move |_| floor.with(|floor| floor.as_ref().map(&of).unwrap_or_default()))
}

/// A button of supervision, in few words.
#[component]
pub fn Deed(
    /// What it does.
    action: Supervision,
    /// The word.
    #[prop(into)]
    word: Signal<String>,
    /// For the stories.
    testid: &'static str,
    /// `danger` or nothing.
    #[prop(optional)]
    look: &'static str,
) -> impl IntoView {
    let (session, actions) = (use_session(), use_actions());
    view! {
        <Show when=move || session.may(Permission::Supervise)>
            <button
                type="button"
                class=format!("small {look}")
                data-testid=testid
                on:click={
                    let action = action.clone();
                    move |_| actions.supervise(action.clone())
                }
            >
                {word}
            </button>
        </Show>
    }
}

#[component]
fn CallRow(line: CallLine, names: Memo<Vec<(QueueId, String)>>, around: Around) -> impl IntoView {
    let i18n = use_i18n();
    let contact = line.contact;
    let leader = line.agent;
    let mine = Memo::new(move |_| around.oversees(leader));
    let agent = line.parties.iter().find_map(|party| match &party.who {
        PartyWho::Agent { name, leads: true, .. } => Some(name.clone()),
        PartyWho::Agent { .. } | PartyWho::Customer | PartyWho::Outside { .. } => None,
    });
    let guests: Vec<PartyView> = line.parties.iter().skip(1 + usize::from(agent.is_some())).cloned().collect();
    let held = line.held;
    let state = move || if held { t_string!(i18n, desk.state_hold) } else { t_string!(i18n, desk.state_talking) };
    view! {
        <li class="floor-row" data-testid="floor-call">
            <div class="floor-who">
                <b>{line.customer.clone()}</b>
                <span>{agent.unwrap_or_else(|| "—".to_owned())}</span>
                <span class="muted">{line.queue.clone()}</span>
                <span class="muted">{state}</span>
                {line.answered.map(|at| view! { <Elapsed since=Signal::stored(at) /> })}
            </div>
            <Show when=move || mine.get()>
                <div class="row-actions">
                    <Deed
                        action=Supervision::Enter { contact, mode: Mode::Listens }
                        word=t_label!(i18n, floor.listen)
                        testid="listen"
                    />
                    <Deed
                        action=Supervision::Enter { contact, mode: Mode::Whispers }
                        word=t_label!(i18n, floor.whisper)
                        testid="whisper"
                    />
                    <Deed
                        action=Supervision::Enter { contact, mode: Mode::Talks }
                        word=t_label!(i18n, floor.barge)
                        testid="barge"
                    />
                    <Deed action=Supervision::TakeOver { contact } word=t_label!(i18n, floor.take_over) testid="take-over" />
                    <ToQueue contact names />
                    <Deed
                        action=Supervision::Disconnect { contact }
                        word=t_label!(i18n, floor.disconnect)
                        testid="disconnect"
                        look="danger"
                    />
                </div>
            </Show>
            {(!guests.is_empty()).then(|| view! { <Guests contact guests mine /> })}
        </li>
    }
}

/// A call that waits in a place for somebody to take it.
#[component]
fn ParkedRow(line: ParkedLine) -> impl IntoView {
    let (session, actions, i18n) = (use_session(), use_actions(), use_i18n());
    let (contact, by) = (line.contact, line.by_name);
    view! {
        <li class="floor-row" data-testid="floor-parked" data-slot=line.slot.to_string()>
            <div class="floor-who">
                <b>{line.slot}</b>
                <span>{line.customer}</span>
                <span class="muted">{move || t_string!(i18n, desk.parked_by, name = by.clone())}</span>
                <Elapsed since=Signal::stored(line.since) />
            </div>
            <Show when=move || session.may(Permission::TakeContacts)>
                <button type="button" class="small" on:click=move |_| actions.retrieve(contact)>
                    {t!(i18n, desk.retrieve)}
                </button>
            </Show>
        </li>
    }
}

/// Everybody else in the call.
#[component]
fn Guests(contact: ContactId, guests: Vec<PartyView>, mine: Memo<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let row = move |party: PartyView| {
        let leg = party.leg;
        let shown = StoredValue::new(party);
        view! {
            <li class="party">
                <span>{move || shown.with_value(|party| party_name(i18n.get_locale(), &party.who))}</span>
                <span class="muted">{move || shown.with_value(|party| party_mode(i18n.get_locale(), party))}</span>
                <Show when=move || mine.get()>
                    <Deed action=Supervision::Kick { contact, leg } word=t_label!(i18n, desk.kick) testid="floor-kick" />
                </Show>
            </li>
        }
    };
    view! { <ul class="parties">{guests.into_iter().map(row).collect_view()}</ul> }
}

/// Sends a call to a queue as soon as one is chosen.
#[component]
fn ToQueue(contact: ContactId, names: Memo<Vec<(QueueId, String)>>) -> impl IntoView {
    let (session, actions, i18n) = (use_session(), use_actions(), use_i18n());
    let choose = move |event: leptos::ev::Targeted<web_sys::Event, web_sys::HtmlSelectElement>| {
        if let Ok(queue) = event.target().value().parse() {
            actions.supervise(Supervision::ToQueue { contact, queue });
        }
    };
    view! {
        <Show when=move || session.may(Permission::Supervise)>
            <select class="small" data-testid="to-queue" aria-label=t!(i18n, floor.to_queue) on:change:target=choose>
                <option value="">{t!(i18n, floor.to_queue)}</option>
                {move || {
                    names.get().into_iter().map(|(id, name)| view! { <option value=id.to_string()>{name}</option> }).collect_view()
                }}
            </select>
        </Show>
    }
}

#[component]
fn AgentRow(line: AgentLine, around: Around) -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let (user, state, tasks) = (line.user, line.status.state, line.tasks);
    let me = desk.now(|desk| Some(desk.user)) == Some(user);
    view! {
        <li class="floor-row" data-testid="floor-agent" data-name=line.name.clone() data-state=state.name()>
            <div class="floor-who">
                <span class="shape" data-state=state.name() aria-hidden="true"></span>
                <b>{line.name.clone()}</b>
                <span>{move || text::state(i18n.get_locale(), state)}</span>
                <Elapsed since=Signal::stored(line.status.since) />
                {(tasks > 0)
                    .then(|| view! { <span class="muted">{move || t_string!(i18n, floor.tasks, count = tasks)}</span> })}
            </div>
            <Show when=move || !me && around.oversees(Some(user))>
                <AgentDeeds user state />
            </Show>
        </li>
    }
}

#[component]
fn AgentDeeds(user: UserId, state: AgentState) -> impl IntoView {
    let i18n = use_i18n();
    let busy = WantedState::Busy { reason: BusyReason::BackOffice };
    view! {
        <div class="row-actions">
            {(state != AgentState::Ready)
                .then(|| {
                    view! {
                        <Deed
                            action=Supervision::SetState { user, state: WantedState::Ready }
                            word=t_label!(i18n, floor.make_ready)
                            testid="make-ready"
                        />
                    }
                })}
            {(!matches!(state, AgentState::Busy(_)))
                .then(|| {
                    view! {
                        <Deed
                            action=Supervision::SetState { user, state: busy }
                            word=t_label!(i18n, floor.make_busy)
                            testid="make-busy"
                        />
                    }
                })}
            <Deed
                action=Supervision::SignOut { user }
                word=t_label!(i18n, floor.sign_out)
                testid="sign-out-agent"
                look="danger"
            />
        </div>
    }
}

#[component]
fn QueueRow(line: QueueLine) -> impl IntoView {
    let i18n = use_i18n();
    let (waiting, staffed, tasks) = (line.waiting, line.staffed, line.tasks);
    view! {
        <li class="floor-row" data-testid="floor-queue" data-name=line.name.clone() data-waiting=waiting.to_string()>
            <div class="floor-who">
                <Glyph icon=Icon::List />
                <b>{line.name.clone()}</b>
                <span>{move || t_string!(i18n, desk.reach_waiting, count = waiting)}</span>
                {line.longest.map(|since| view! { <Elapsed since=Signal::stored(since) /> })}
                {(tasks > 0)
                    .then(|| view! { <span class="muted">{move || t_string!(i18n, floor.tasks, count = tasks)}</span> })}
                {(!staffed).then(|| view! { <span class="muted">{t!(i18n, desk.reach_unstaffed)}</span> })}
            </div>
        </li>
    }
}
