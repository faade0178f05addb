//! What a flow can name: queues, agents, teams, other flows, calendars, notices, meeting rooms, numbers, recorded prompts.

use crate::api;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;

/// A kind of thing that a node can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Queues.
    Queues,
    /// Users.
    Users,
    /// Teams.
    Teams,
    /// Flows.
    Flows,
    /// Calendars.
    Calendars,
    /// Notices.
    Notices,
    /// Duty rotas.
    Rotas,
    /// Meeting rooms.
    Meetings,
    /// Numbers of ours, by the number itself.
    Numbers,
    /// Recorded prompts, by their names.
    Prompts,
}

/// An entry of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// What is stored.
    #[serde(default)]
    pub id: String,
    /// What people read.
    #[serde(default)]
    pub name: String,
    /// A telephone number, which is both.
    #[serde(default)]
    number: Option<String>,
}

impl Source {
    const ALL: [Self; 10] = [
        Self::Queues,
        Self::Users,
        Self::Teams,
        Self::Flows,
        Self::Calendars,
        Self::Notices,
        Self::Rotas,
        Self::Meetings,
        Self::Numbers,
        Self::Prompts,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Queues => "/api/queues",
            Self::Users => "/api/users",
            Self::Teams => "/api/teams",
            Self::Flows => "/api/flows",
            Self::Calendars => "/api/calendars",
            Self::Notices => "/api/notices",
            Self::Rotas => "/api/rotas",
            Self::Meetings => "/api/meeting-rooms",
            Self::Numbers => "/api/numbers",
            Self::Prompts => "/api/sounds",
        }
    }
}

/// The lists; filled in as they come.
#[derive(Clone, Copy)]
pub struct Known([RwSignal<Vec<Named>>; 10], [RwSignal<bool>; 10]);

impl Known {
    /// Begins to load all of them. One that this user may not read stays empty.
    pub fn load() -> Self {
        let known = Self(Source::ALL.map(|_| RwSignal::new(Vec::new())), Source::ALL.map(|_| RwSignal::new(false)));
        for source in Source::ALL {
            spawn_local(async move {
                let Ok(text) = api::text(source.path()).await else { return };
                let _ = known.list(source).try_set(read(source, &text));
                let _ = known.1[source as usize].try_set(true);
            });
        }
        known
    }

    /// A list.
    pub fn list(self, source: Source) -> RwSignal<Vec<Named>> {
        self.0[source as usize]
    }

    /// Whether a list has come, tracked.
    pub fn has_come(self, source: Source) -> bool {
        self.1[source as usize].get()
    }

    /// The name of an entry, tracked; `None` when it is not there.
    pub fn name(self, source: Source, id: &str) -> Option<String> {
        self.list(source).with(|list| list.iter().find(|named| named.id == id).map(|named| named.name.clone()))
    }

    /// The entry to begin with: the only one there is, untracked.
    pub fn only(self, source: Source) -> Option<String> {
        self.list(source).with_untracked(|list| match list.as_slice() {
            [one] => Some(one.id.clone()),
            [] | [_, _, ..] => None,
        })
    }
}

fn read(source: Source, text: &str) -> Vec<Named> {
    match source {
        Source::Prompts => {
            let names: Vec<String> = serde_json::from_str(text).unwrap_or_default();
            names.into_iter().map(|name| Named { id: name.clone(), name, number: None }).collect()
        }
        Source::Queues
        | Source::Users
        | Source::Teams
        | Source::Flows
        | Source::Calendars
        | Source::Notices
        | Source::Rotas
        | Source::Meetings
        | Source::Numbers => {
            let mut list: Vec<Named> = serde_json::from_str(text).unwrap_or_default();
            for named in &mut list {
                if let Some(number) = named.number.take().filter(|_| source == Source::Numbers) {
                    (named.id, named.name) = (number.clone(), number);
                }
            }
            list
        }
    }
}
