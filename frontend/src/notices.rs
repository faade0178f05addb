//! Short messages that come and go: refused commands, lost and found networks.

use gloo_timers::callback::Timeout;
use hark_shared::wire::WireError;
use leptos::prelude::*;

/// At most so many are shown; older ones make room, since nobody reads a wall of errors.
const MOST: usize = 4;
/// Long enough to read two lines twice.
const SHOWN_MS: u32 = 9_000;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Counts up.
    pub id: u32,
    /// Whether something went wrong.
    pub bad: bool,
    /// What: a key of the error sentences.
    pub what: WireError,
}

/// The messages that are shown; a context.
#[derive(Clone, Copy)]
pub struct Notices {
    list: RwSignal<Vec<Notice>>,
    next: StoredValue<u32>,
}

impl Notices {
    /// None yet.
    pub fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) }
    }

    /// Something went wrong.
    pub fn error(self, what: WireError) {
        self.show(what, true);
    }

    /// Something is good to know.
    pub fn info(self, key: &str) {
        self.show(WireError::new(key), false);
    }

    /// What is shown, tracked.
    pub fn shown(self) -> Vec<Notice> {
        self.list.get()
    }

    /// Takes one away.
    pub fn dismiss(self, id: u32) {
        self.list.update(|list| list.retain(|notice| notice.id != id));
    }

    fn show(self, what: WireError, bad: bool) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.list.update(|list| {
            list.retain(|notice| notice.what != what);
            list.push(Notice { id, bad, what });
            let surplus = list.len().saturating_sub(MOST);
            list.drain(..surplus);
        });
        Timeout::new(SHOWN_MS, move || self.dismiss(id)).forget();
    }
}

/// The page's messages.
pub fn use_notices() -> Notices {
    expect_context()
}
