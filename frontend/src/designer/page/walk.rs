//! A tried call and what follows from it: what is played, what is waited for, where it is lit.

use super::super::draft;
use super::super::known::Source;
use super::super::sound;
use super::super::studio::Studio;
use super::super::trial::{Begin, Lit, Trial, Waiting};
use crate::api;
use crate::clock::{Clock, use_clock};
use gloo_timers::callback::Timeout;
use hark_shared::flow::model::{Flow, Kind};
use hark_shared::flow::test::Outcome;
use hark_shared::flow::{Phrase, Saying};
use hark_shared::ids::{FlowId, NoticeId};
use hark_shared::time::Timestamp;
use hark_shared::wire::flows::Given;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Flows that a trial may go through: deeper ones are refused by the interpreter, and a flow of more is none.
const MAX_FLOWS: usize = 32;

/// Drafts of other flows, and what notices say.
type Others = (BTreeMap<FlowId, Flow>, BTreeMap<NoticeId, Vec<Phrase>>);

/// The trial and its world; a context.
#[derive(Clone, Copy)]
pub struct Walk {
    /// The shared state.
    pub studio: Studio,
    clock: Clock,
    /// The call, if one was made.
    pub trial: RwSignal<Option<Trial>>,
    /// The world that the next call is in.
    pub given: RwSignal<Given>,
    /// Nothing is played.
    pub muted: RwSignal<bool>,
    /// The flows that it may go through, and what notices say.
    others: RwSignal<Others>,
    /// What is being waited for already.
    heard: StoredValue<u32>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Walk {
    /// No call yet.
    pub fn new(studio: Studio) -> Self {
        let given = Given { caller: "13800138000".to_owned(), ..Given::default() };
        let walk = Self {
            studio,
            clock: use_clock(),
            trial: RwSignal::new(None),
            given: RwSignal::new(given),
            muted: RwSignal::new(false),
            others: RwSignal::new(Default::default()),
            heard: StoredValue::new(u32::MAX),
            timer: StoredValue::new_local(None),
        };
        on_cleanup(sound::hush);
        walk
    }

    /// Calls.
    pub fn begin(self) {
        sound::hush();
        spawn_local(async move {
            self.fetch_others().await;
            if self.others.is_disposed() {
                return;
            }
            let begin = untrack(|| self.around());
            self.trial.set(Some(Trial::begin(self.clock.now(), begin)));
            self.heard.set_value(u32::MAX);
            self.follow();
        });
    }

    /// Begins to load what the flow goes through.
    pub fn load_others(self) {
        spawn_local(self.fetch_others());
    }

    async fn fetch_others(self) {
        let studio = self.studio;
        let Some(flow) = studio.editor.try_with_untracked(|editor| editor.doc().flow.clone()) else { return };
        let found = (others(studio, &flow).await, notices().await);
        let _ = self.others.try_set(found);
    }

    /// What a call begins with now, tracked.
    pub fn around(self) -> Begin {
        let studio = self.studio;
        let (others, notices) = self.others.get();
        let sounds =
            studio.known.list(Source::Prompts).with(|list| list.iter().map(|named| named.id.clone()).collect());
        let flow = studio.editor.with(|editor| editor.doc().flow.clone());
        Begin { id: studio.id, flow, others, sounds, notices, given: self.given.get() }
    }

    /// Does something to the trial and what follows from it.
    pub fn act(self, act: impl FnOnce(&mut Trial, Timestamp)) {
        let now = self.clock.now();
        self.trial.update(|trial| {
            if let Some(trial) = trial {
                act(trial, now);
            }
        });
        self.follow();
    }

    /// Plays what is to be heard, waits as long as is waited, lights where the call is.
    fn follow(self) {
        let found = self.trial.with_untracked(|trial| {
            trial.as_ref().map(|trial| (trial.waiting().clone(), trial.turn(), trial.deadline(), trial.lit().clone()))
        });
        let Some((waiting, turn, deadline, lit)) = found else { return };
        if let Some(node) = lit.node
            && self.studio.lit.with_untracked(|before| before.node) != lit.node
        {
            self.studio.show(node);
        }
        self.studio.lit.set(lit);
        if self.heard.get_value() != turn {
            self.heard.set_value(turn);
            match waiting {
                Waiting::Playing(sayings) => self.hear(sayings),
                Waiting::Keys
                | Waiting::Dip(_)
                | Waiting::Agent(_)
                | Waiting::Duty
                | Waiting::Outside(_)
                | Waiting::Pin
                | Waiting::Message
                | Waiting::Callback(_)
                | Waiting::Over => sound::hush(),
            }
        }
        let wait = deadline.map(|deadline| deadline.since(self.clock.now()).0);
        self.timer.set_value(wait.map(|wait| {
            let wait = u32::try_from(wait).unwrap_or(u32::MAX).saturating_add(1);
            Timeout::new(wait, move || self.act(Trial::tick))
        }));
    }

    fn hear(self, sayings: Vec<Saying>) {
        if self.muted.get_untracked() {
            let later = Timeout::new(300, move || self.act(Trial::played));
            later.forget();
            return sound::hush();
        }
        sound::play(sayings, move || self.act(Trial::played));
    }

    /// Does not wait for what is waited for.
    pub fn skip(self) {
        let deadline = self.trial.with_untracked(|trial| trial.as_ref().and_then(Trial::deadline));
        self.act(|trial, now| match deadline {
            Some(deadline) => trial.tick(deadline),
            None => trial.played(now),
        });
    }

    /// Lights what a test has walked.
    pub fn light(self, outcome: &Outcome) {
        let edges = outcome.ways.iter().copied().collect();
        self.studio.lit.set(Lit { node: outcome.walked.last().copied(), edges });
        self.studio.fit();
    }
}

/// The flows that a flow goes through, and those that they go through. What cannot be loaded is found missing.
async fn others(studio: Studio, flow: &Flow) -> BTreeMap<FlowId, Flow> {
    let below = |flow: &Flow| {
        let of = |kind: &Kind| if let Kind::SubFlow { flow } = kind { Some(*flow) } else { None };
        flow.nodes.values().filter_map(|node| of(&node.kind)).collect::<Vec<_>>()
    };
    let (mut found, mut wanted) = (BTreeMap::new(), below(flow));
    while let Some(id) = wanted.pop() {
        if id == studio.id || found.contains_key(&id) || found.len() >= MAX_FLOWS {
            continue;
        }
        if let Ok(draft) = draft::load(id, studio.draft.session).await {
            wanted.extend(below(&draft.flow));
            found.insert(id, draft.flow);
        }
    }
    found
}

/// What notices say.
async fn notices() -> BTreeMap<NoticeId, Vec<Phrase>> {
    #[derive(Deserialize)]
    struct Notice {
        id: NoticeId,
        #[serde(default)]
        say: Vec<Phrase>,
    }
    let text = api::text("/api/notices").await.unwrap_or_default();
    let list: Vec<Notice> = serde_json::from_str(&text).unwrap_or_default();
    list.into_iter().map(|notice| (notice.id, notice.say)).collect()
}
