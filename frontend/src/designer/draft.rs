//! Saves the draft by itself, a moment after the last change, and never over somebody else's work.

use super::doc::Doc;
use super::editor::Editor;
use crate::api;
use crate::session::SessionStore;
use gloo_timers::callback::Timeout;
use hark_shared::ids::FlowId;
use hark_shared::wire::WireError;
use hark_shared::wire::flows::FlowDraft;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How long the hand rests before a save: shorter saves in the middle of a word, longer loses more in a crash.
const REST_MS: u32 = 900;
/// After a failed save; the network may be back by then.
const AGAIN_MS: u32 = 5_000;
/// What the server says when somebody else saved in between.
const MEANWHILE: &str = "flow.changed_meanwhile";

/// How the draft on the server stands to the one at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// They are the same.
    Yes,
    /// It will be saved in a moment, or is being saved.
    Soon,
    /// It could not be saved; it is tried again.
    Failed(WireError),
    /// Somebody else saved in between: theirs or mine must be chosen.
    Conflict,
}

/// Saves one flow's draft.
#[derive(Clone, Copy)]
pub struct Draft {
    id: FlowId,
    /// Told when the server says that it is over.
    pub session: SessionStore,
    editor: RwSignal<Editor>,
    state: RwSignal<Saved>,
    revision: StoredValue<u32>,
    /// The editor's count of changes that the server has.
    held: StoredValue<u64>,
    busy: StoredValue<bool>,
    paused: StoredValue<bool>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Draft {
    /// Follows `editor`, which holds this revision.
    pub fn follow(id: FlowId, session: SessionStore, revision: u32, editor: RwSignal<Editor>) -> Self {
        let draft = Self {
            id,
            session,
            editor,
            state: RwSignal::new(Saved::Yes),
            revision: StoredValue::new(revision),
            held: StoredValue::new(editor.with_untracked(Editor::changes)),
            busy: StoredValue::new(false),
            paused: StoredValue::new(false),
            timer: StoredValue::new_local(None),
        };
        Effect::new(move |_| {
            if editor.with(Editor::changes) != draft.held.get_value() && !draft.paused.get_value() {
                draft.later(REST_MS);
            }
        });
        on_cleanup(move || {
            // What is not saved when the page goes is sent on the way out.
            let open = editor.with_untracked(Editor::changes) != draft.held.get_value();
            if open && !draft.paused.get_value() && draft.state.get_untracked() != Saved::Conflict {
                draft.send_off();
            }
        });
        draft
    }

    /// Saves nothing while something else than the draft is in the editor.
    pub fn pause(self, paused: bool) {
        self.paused.set_value(paused);
    }

    /// How it stands, tracked.
    pub fn state(self) -> Saved {
        self.state.get()
    }

    /// The revision that the server has.
    pub fn revision(self) -> u32 {
        self.revision.get_value()
    }

    fn later(self, wait: u32) {
        if self.state.get_untracked() == Saved::Conflict {
            return;
        }
        self.state.set(Saved::Soon);
        self.timer.set_value(Some(Timeout::new(wait, move || {
            spawn_local(async move {
                let _ = self.save().await;
            });
        })));
    }

    /// Saves now, if there is something to save. `Err` when the server has something else afterwards.
    pub async fn save(self) -> Result<(), WireError> {
        if self.busy.try_get_value() != Some(false) {
            return Ok(());
        }
        let Some(changes) = self.editor.try_with_untracked(Editor::changes) else { return Ok(()) };
        if changes == self.held.get_value() || self.paused.get_value() {
            return Ok(());
        }
        self.busy.set_value(true);
        let answer = put(&self.body()).await;
        let Some(()) = self.busy.try_update_value(|busy| *busy = false) else { return Ok(()) };
        self.saved(changes, answer)
    }

    fn saved(self, changes: u64, answer: Result<u32, api::ApiError>) -> Result<(), WireError> {
        match answer {
            Ok(revision) => {
                self.revision.set_value(revision);
                self.held.set_value(changes);
                if self.editor.with_untracked(Editor::changes) == changes {
                    self.state.set(Saved::Yes);
                } else {
                    self.later(REST_MS);
                }
                Ok(())
            }
            Err(failed) if failed.error.key == MEANWHILE => {
                self.state.set(Saved::Conflict);
                Err(failed.error)
            }
            Err(failed) => {
                let again = failed.status == 0 || failed.status >= 500;
                let error = self.session.told(failed);
                if again {
                    self.later(AGAIN_MS);
                }
                self.state.set(Saved::Failed(error.clone()));
                Err(error)
            }
        }
    }

    fn body(self) -> FlowDraft {
        self.editor.with_untracked(|editor| {
            let Doc { name, flow, tests } = editor.doc().clone();
            FlowDraft { id: self.id, name, revision: self.revision.get_value(), flow, tests }
        })
    }

    fn send_off(self) {
        let body = self.body();
        spawn_local(async move {
            let _ = put(&body).await;
        });
    }

    /// Takes the server's draft in the place of the one at hand; undo brings mine back.
    pub async fn take_theirs(self) -> Result<(), WireError> {
        let theirs = self.theirs().await?;
        let doc = Doc::of(&theirs);
        self.revision.set_value(theirs.revision);
        self.editor.update(|editor| {
            let _ = editor.apply(super::editor::Edit::Replace { flow: doc.flow, tests: doc.tests });
            let _ = editor.apply(super::editor::Edit::Rename(doc.name));
        });
        self.held.set_value(self.editor.with_untracked(Editor::changes));
        self.state.set(Saved::Yes);
        Ok(())
    }

    /// Saves the one at hand over theirs.
    pub async fn keep_mine(self) -> Result<(), WireError> {
        let theirs = self.theirs().await?;
        self.revision.set_value(theirs.revision);
        self.state.set(Saved::Soon);
        // Also when nothing was changed since.
        self.held.set_value(u64::MAX);
        self.save().await
    }

    /// The server has this revision now, of what is at hand: it was restored there.
    pub fn is_at(self, revision: u32) {
        self.revision.set_value(revision);
        self.held.set_value(self.editor.with_untracked(Editor::changes));
        self.state.set(Saved::Yes);
    }

    /// The server's draft.
    pub async fn theirs(self) -> Result<FlowDraft, WireError> {
        load(self.id, self.session).await
    }
}

/// Loads a draft.
pub async fn load(id: FlowId, session: SessionStore) -> Result<FlowDraft, WireError> {
    let draft: Option<FlowDraft> =
        api::get(&format!("/api/flows/{id}")).await.map_err(|failed| session.told(failed))?;
    draft.ok_or_else(|| WireError::new("not_found"))
}

/// Saves a draft; its new revision.
async fn put(body: &FlowDraft) -> Result<u32, api::ApiError> {
    let text = serde_json::to_string(body).unwrap_or_default();
    let answer = api::request("PUT", &format!("/api/flows/{}", body.id), Some(text)).await?;
    let answer: Option<FlowDraft> = serde_json::from_str(&answer).ok();
    Ok(answer.map_or(body.revision + 1, |draft| draft.revision))
}
