//! What the designer's parts share: the editor, the view of the canvas, what is open, what is heard and what is wrong.

use super::draft::{Draft, Saved};
use super::editor::{Edit, Editor, Refused};
use super::geometry::{self, Look};
use super::kinds;
use super::known::Known;
use super::trial::Lit;
use crate::api;
use crate::language::{I18n, use_i18n};
use crate::text::words::designer as w;
use hark_shared::flow::Exit;
use hark_shared::flow::model::{Flow, NodeId, Place};
use hark_shared::ids::FlowId;
use hark_shared::wire::flows::{Finding, Level};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What only the server can find: it knows other flows' versions, what can be spoken, and runs the tests.
const SERVERS: [&str; 4] = ["lint.no_synthesiser", "lint.test_fails", "lint.no_flow", "lint.calls_itself"];

/// What the panel beside the canvas shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The form of the selected node, or of the flow.
    Node,
    /// What is wrong.
    Findings,
    /// A call that is tried.
    Try,
    /// The flow's tests.
    Tests,
    /// What was published.
    Versions,
}

/// Choosing a kind for a new node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choosing {
    /// Where it will stand; `None`: where there is room.
    pub at: Option<Place>,
    /// What will lead to it.
    pub from: Option<(NodeId, Exit)>,
}

/// The shared state; a context.
#[derive(Clone, Copy)]
pub struct Studio {
    /// Which flow.
    pub id: FlowId,
    /// The editor.
    pub editor: RwSignal<Editor>,
    /// Saves it.
    pub draft: Draft,
    /// What can be named.
    pub known: Known,
    /// The canvas' view.
    pub look: RwSignal<Look>,
    /// The canvas' size on the screen.
    pub size: RwSignal<(f64, f64)>,
    /// What the panel shows.
    pub panel: RwSignal<Panel>,
    /// On a narrow screen: whether the panel is up.
    pub sheet: RwSignal<bool>,
    /// The outline in the place of the canvas.
    pub outline: RwSignal<bool>,
    /// A way out that looks for its node.
    pub wire: RwSignal<Option<(NodeId, Exit)>>,
    /// The list of kinds is open.
    pub choosing: RwSignal<Option<Choosing>>,
    /// What is wrong, as the lint sees it, and what the server says beside.
    pub findings: Memo<Vec<Finding>>,
    served: RwSignal<Vec<Finding>>,
    /// What a tried call lights.
    pub lit: RwSignal<Lit>,
    /// An old version that is on the canvas in the place of the draft; nothing is changed meanwhile.
    pub looking: RwSignal<Option<u32>>,
    /// Said to screen readers.
    pub said: RwSignal<String>,
    /// The language.
    pub i18n: I18n,
}

impl Studio {
    /// The state around an editor.
    pub fn new(id: FlowId, editor: RwSignal<Editor>, draft: Draft, known: Known, narrow: bool) -> Self {
        let served = RwSignal::new(Vec::<Finding>::new());
        let findings = Memo::new(move |_| {
            let mut all = editor.with(|editor| super::exchange::findings(id, editor.doc(), known));
            let unknown = |finding: &&Finding| SERVERS.contains(&finding.what.key.as_str());
            served.with(|served| all.extend(served.iter().filter(unknown).cloned()));
            all
        });
        let studio = Self {
            id,
            editor,
            draft,
            known,
            look: RwSignal::new(Look::default()),
            size: RwSignal::new((0.0, 0.0)),
            panel: RwSignal::new(Panel::Node),
            sheet: RwSignal::new(false),
            outline: RwSignal::new(narrow),
            wire: RwSignal::new(None),
            choosing: RwSignal::new(None),
            findings,
            lit: RwSignal::new(Lit::default()),
            looking: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            i18n: use_i18n(),
            served,
        };
        Effect::new(move |_| {
            if studio.draft.state() == Saved::Yes {
                studio.ask_server();
            }
        });
        studio
    }

    /// Asks the server what it finds in the draft that it has.
    pub fn ask_server(self) {
        let (id, served) = (self.id, self.served);
        spawn_local(async move {
            let found: Result<Option<Vec<Finding>>, _> = api::get(&format!("/api/flows/{id}/findings")).await;
            if let Ok(found) = found {
                let _ = served.try_set(found.unwrap_or_default());
            }
        });
    }

    /// Carries out a change and says why when it cannot.
    pub fn apply(self, edit: Edit) -> bool {
        if self.looking.get_untracked().is_some() {
            return false;
        }
        let done = self.editor.try_update(|editor| editor.apply(edit));
        match done {
            Some(Ok(())) => true,
            Some(Err(Refused::TooMany)) => {
                let most = hark_shared::flow::model::MAX_NODES;
                self.said.set(w::too_many { n: &most }.of(self.i18n.get_locale_untracked()));
                false
            }
            Some(Err(Refused::Nothing)) | None => false,
        }
    }

    /// Takes back, or does again.
    pub fn step_back(self, again: bool) {
        if self.looking.get_untracked().is_some() {
            return;
        }
        self.editor.update(|editor| {
            if again {
                editor.redo()
            } else {
                editor.undo()
            };
        });
        self.wire.set(None);
    }

    /// Puts an old version on the canvas; the draft waits.
    pub fn look_at(self, version: u32, flow: Flow) {
        self.draft.pause(true);
        let tests = self.editor.with_untracked(|editor| editor.doc().tests.clone());
        self.look_away();
        self.draft.pause(true);
        // The same as the draft is no change, and then there is nothing to take back.
        let shown = self.editor.try_update(|editor| editor.apply(Edit::Replace { flow, tests }).is_ok());
        if shown == Some(true) {
            self.looking.set(Some(version));
            self.fit();
        } else {
            self.draft.pause(false);
        }
    }

    /// Back to the draft.
    pub fn look_away(self) {
        if self.looking.get_untracked().is_some() {
            self.looking.set(None);
            self.editor.update(Editor::forget_last);
            self.draft.pause(false);
            self.fit();
        }
    }

    /// Selects one node, shows its form, and brings it into sight.
    pub fn go_to(self, node: NodeId) {
        self.editor.update(|editor| editor.select([node]));
        self.show(node);
    }

    /// Brings a node into sight.
    pub fn show(self, node: NodeId) {
        let card = self.editor.with_untracked(|editor| editor.node(node).map(geometry::card));
        let (width, height) = self.size.get_untracked();
        if let Some(card) = card
            && width > 0.0
        {
            self.look.update(|look| *look = look.showing(card, width, height));
        }
    }

    /// Opens a part of the panel.
    pub fn open(self, panel: Panel) {
        self.panel.set(panel);
        self.sheet.set(true);
    }

    /// Puts the keyboard's focus on a node's card, or its row in the outline.
    pub fn focus(self, node: NodeId) {
        request_animation_frame(move || {
            let Ok(Some(found)) = document().query_selector(&format!("[data-node='{node}']")) else { return };
            if let Ok(element) = found.dyn_into::<HtmlElement>() {
                let options = web_sys::FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = element.focus_with_options(&options);
            }
        });
    }

    /// A new node of this kind, where it was asked for.
    pub fn create(self, name: &str) {
        let Some(choosing) = self.choosing.get_untracked() else { return };
        self.choosing.set(None);
        let at = choosing.at.unwrap_or_else(|| self.editor.with_untracked(Editor::free_place));
        let kind = kinds::fresh(name, self.known);
        if self.apply(Edit::Add { kind, at, from: choosing.from })
            && let Some(id) = self.editor.with_untracked(Editor::one)
        {
            self.show(id);
            self.open(Panel::Node);
            self.focus(id);
        }
    }

    /// Leads the way out that looks for a node to this one.
    pub fn connect_to(self, to: NodeId) -> bool {
        let Some((from, exit)) = self.wire.get_untracked() else { return false };
        self.wire.set(None);
        self.apply(Edit::Connect { from, exit, to })
    }

    /// Shows a flow that was just opened.
    pub fn unfold(self) {
        self.look_over(Look::open);
    }

    /// Shows everything.
    pub fn fit(self) {
        self.look_over(Look::fit);
    }

    fn look_over(self, how: fn(geometry::Rect, f64, f64) -> Look) {
        let all = self.editor.with_untracked(|editor| geometry::bounds(editor.doc().flow.nodes.values()));
        let (width, height) = self.size.get_untracked();
        if let Some(all) = all
            && width > 0.0
        {
            self.look.set(how(all, width, height));
        }
    }

    /// The worst that is wrong with a node, tracked.
    pub fn level(self, node: NodeId) -> Option<Level> {
        self.findings.with(|findings| findings.iter().filter(|f| f.node == Some(node)).map(|f| f.level).min())
    }

    /// How many findings stop the publication, tracked.
    pub fn errors(self) -> usize {
        self.findings.with(|findings| findings.iter().filter(|finding| finding.level == Level::Error).count())
    }
}

/// The designer's state.
pub fn use_studio() -> Studio {
    expect_context()
}
