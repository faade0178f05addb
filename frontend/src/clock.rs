//! The server's clock as this page knows it, and a tick for everything that counts seconds.

use gloo_timers::callback::Interval;
use hark_shared::time::{Millis, Timestamp};
use leptos::prelude::*;

/// How often counting texts are looked at again: twice as often as they change.
const TICK_MS: u32 = 500;

/// The corrected clock; a context.
#[derive(Clone, Copy)]
pub struct Clock {
    /// What to add to the browser's clock.
    offset: RwSignal<i64>,
    tick: RwSignal<Timestamp>,
}

impl Clock {
    /// A clock that trusts the browser until [`Self::correct`].
    pub fn start() -> Self {
        let clock = Self { offset: RwSignal::new(0), tick: RwSignal::new(browser_now()) };
        Interval::new(TICK_MS, move || clock.tick.set(clock.now())).forget();
        clock
    }

    /// Takes the server's clock, as its snapshot tells it.
    pub fn correct(self, server: Timestamp) {
        self.offset.set((server - browser_now()).0);
        self.tick.set(server);
    }

    /// Now, without tracking.
    pub fn now(self) -> Timestamp {
        browser_now() + Millis(self.offset.get_untracked())
    }

    /// Now, tracked: what reads it is painted again with every tick.
    pub fn ticking(self) -> Timestamp {
        self.tick.get()
    }

    /// The time since `since`, tracked.
    pub fn elapsed(self, since: Timestamp) -> Millis {
        self.ticking().since(since)
    }
}

#[allow(clippy::cast_possible_truncation)]
fn browser_now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}

/// The page's clock.
pub fn use_clock() -> Clock {
    expect_context()
}
