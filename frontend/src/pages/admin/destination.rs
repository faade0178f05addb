//! Where a contact is led: a kind, and which one of it.

use crate::components::form::{Field, TextField};
use crate::text::*;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::{FlowId, QueueId, TeamId, UserId};
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::WireError;
use hark_shared::wire::routing::Destination;
use leptos::prelude::*;
use std::str::FromStr;

/// What can be led to, by id and name.
#[derive(Clone, Copy)]
pub(super) struct Targets {
    pub queues: Signal<Vec<(String, String)>>,
    pub flows: Signal<Vec<(String, String)>>,
    pub users: Signal<Vec<(String, String)>>,
    pub teams: Signal<Vec<(String, String)>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Queue,
    Flow,
    QueueBox,
    AgentBox,
    TeamBox,
    Callback,
    Outside,
    HangUp,
}

const WAYS: [Way; 8] =
    [Way::Queue, Way::Flow, Way::QueueBox, Way::TeamBox, Way::AgentBox, Way::Callback, Way::Outside, Way::HangUp];

fn words(locale: Locale, way: Way) -> &'static str {
    match way {
        Way::Queue => td_string!(locale, admin.to_queue),
        Way::Flow => td_string!(locale, admin.to_flow),
        Way::QueueBox => td_string!(locale, admin.to_queue_box),
        Way::AgentBox => td_string!(locale, admin.to_agent_box),
        Way::TeamBox => td_string!(locale, admin.to_team_box),
        Way::Callback => td_string!(locale, admin.to_callback),
        Way::Outside => td_string!(locale, admin.to_outside),
        Way::HangUp => td_string!(locale, admin.to_hang_up),
    }
}

/// A destination as it is chosen.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct DestinationFields {
    way: RwSignal<Way>,
    /// The id of what is chosen, or the number.
    which: RwSignal<String>,
}

impl DestinationFields {
    pub fn of(to: &Destination) -> Self {
        let (way, which) = match to {
            Destination::Queue(queue) => (Way::Queue, queue.to_string()),
            Destination::Flow(flow) => (Way::Flow, flow.to_string()),
            Destination::Voicemail(Mailbox::Queue(queue)) => (Way::QueueBox, queue.to_string()),
            Destination::Voicemail(Mailbox::Agent(user)) => (Way::AgentBox, user.to_string()),
            Destination::Voicemail(Mailbox::Team(team)) => (Way::TeamBox, team.to_string()),
            Destination::Callback(queue) => (Way::Callback, queue.to_string()),
            Destination::Outside(number) => (Way::Outside, number.to_string()),
            Destination::HangUp => (Way::HangUp, String::new()),
        };
        Self { way: RwSignal::new(way), which: RwSignal::new(which) }
    }

    /// What was chosen; an error for a kind without one of it.
    pub fn destination(self) -> Result<Destination, WireError> {
        let which = self.which.get_untracked();
        Ok(match self.way.get_untracked() {
            Way::Queue => Destination::Queue(chosen::<QueueId>(&which)?),
            Way::Flow => Destination::Flow(chosen::<FlowId>(&which)?),
            Way::QueueBox => Destination::Voicemail(Mailbox::Queue(chosen::<QueueId>(&which)?)),
            Way::AgentBox => Destination::Voicemail(Mailbox::Agent(chosen::<UserId>(&which)?)),
            Way::TeamBox => Destination::Voicemail(Mailbox::Team(chosen::<TeamId>(&which)?)),
            Way::Callback => Destination::Callback(chosen::<QueueId>(&which)?),
            Way::Outside => Destination::Outside(
                PhoneNumber::parse(&which).map_err(|_| WireError::new("invalid.number").with("field", &which))?,
            ),
            Way::HangUp => Destination::HangUp,
        })
    }
}

fn chosen<T: FromStr>(which: &str) -> Result<T, WireError> {
    which.parse().map_err(|_| WireError::new("destination.missing"))
}

/// The two controls.
#[component]
pub(super) fn ChooseDestination(
    #[prop(into)] label: Signal<String>,
    fields: DestinationFields,
    targets: Targets,
    testid: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let (way, which) = (fields.way, fields.which);
    let choose = move |place: Option<usize>| {
        if let Some(chosen) = place.and_then(|place| WAYS.get(place)) {
            which.set(String::new());
            way.set(*chosen);
        }
    };
    let from = move || match way.get() {
        Way::Queue | Way::QueueBox | Way::Callback => targets.queues.get(),
        Way::Flow => targets.flows.get(),
        Way::AgentBox => targets.users.get(),
        Way::TeamBox => targets.teams.get(),
        Way::Outside | Way::HangUp => Vec::new(),
    };
    let options = WAYS.iter().enumerate().map(move |(place, known)| {
        let known = *known;
        view! {
            <option value=place selected=move || way.get() == known>{move || words(i18n.get_locale(), known)}</option>
        }
    });
    view! {
        <div class="destination" data-testid=testid>
            <Field label>
                <select on:change:target=move |event| choose(event.target().value().parse().ok())>
                    {options.collect_view()}
                </select>
            </Field>
            {move || match way.get() {
                Way::HangUp => ().into_any(),
                Way::Outside => view! { <TextField label=t_label!(i18n, admin.to_which) value=which /> }.into_any(),
                Way::Queue | Way::Flow | Way::QueueBox | Way::AgentBox | Way::TeamBox | Way::Callback => {
                    view! {
                        <Field label=t_label!(i18n, admin.to_which)>
                            <select on:change:target=move |event| which.set(event.target().value())>
                                <option value="">"—"</option>
                                {move || {
                                    from()
                                        .into_iter()
                                        .map(|(id, name)| {
                                            let own = id.clone();
                                            view! {
                                                <option value=id selected=move || which.with(|it| *it == own)>{name}</option>
                                            }
                                        })
                                        .collect_view()
                                }}
                            </select>
                        </Field>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}
