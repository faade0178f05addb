//! The flow of a number that leads to none: straight to a queue, or to a one-level menu.

use super::exit::{Exit, Key};
use super::model::{Flow, Kind, Node, Place};
use super::say::Phrase;
use crate::time::Millis;
use crate::wire::rest::{Entry, Language};
use std::collections::BTreeMap;

/// How long a one-level menu waits for a key after its prompt, and how often it plays.
const MENU_WAIT: Millis = Millis::from_secs(4);
const MENU_PLAYS: u8 = 2;

impl Flow {
    /// The flow of a number's entry; `None` when it leads to a flow of its own.
    #[must_use]
    pub fn from_entry(entry: &Entry) -> Option<Self> {
        let node = |kind, exits| Node { name: String::new(), at: Place::default(), kind, exits };
        let queue = |queue| node(Kind::Queue { queue, priority: 0 }, BTreeMap::new());
        match entry {
            Entry::Flow(_) => None,
            Entry::Queue(id) => {
                Some(Self { start: 0, language: Language::default(), nodes: BTreeMap::from([(0, queue(*id))]) })
            }
            Entry::Menu(menu) => {
                let language = spoken(&menu.prompt);
                let (mut nodes, mut exits) = (BTreeMap::new(), BTreeMap::from([(Exit::Otherwise, 1)]));
                nodes.insert(1, queue(menu.otherwise));
                let choices = menu.choices.iter().filter_map(|choice| Some((Key::new(choice.digit)?, choice.queue)));
                for (id, (key, to)) in (2..).zip(choices.collect::<BTreeMap<_, _>>()) {
                    exits.insert(Exit::Key(key), id);
                    nodes.insert(id, queue(to));
                }
                let keys = exits.keys().filter_map(|exit| if let Exit::Key(key) = exit { Some(*key) } else { None });
                let kind = Kind::Menu {
                    say: vec![Phrase::Prompt { name: menu.prompt.clone() }],
                    keys: keys.collect(),
                    plays: MENU_PLAYS,
                    wait: MENU_WAIT,
                    wrong: vec![],
                    silence: vec![],
                };
                nodes.insert(0, node(kind, exits));
                Some(Self { start: 0, language, nodes })
            }
        }
    }
}

/// Entries name their prompt with the folder of its language.
fn spoken(prompt: &str) -> Language {
    let all = [Language::Zh, Language::En];
    all.into_iter().find(|language| prompt.split('/').next() == Some(language.folder())).unwrap_or_default()
}
