//! The life of one warm connection as a state machine: what happened goes in, what to do comes out. No browser in here.
//!
//! `disconnected` in ICE is not a hang-up: the far side keeps the leg, we restart ICE. A connection that a restart could
//! not mend is built again; the server then joins the agent's new connection to the call that goes on.

/// Where the connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// There is none.
    #[default]
    Closed,
    /// An SDP offer is on its way.
    Offering(Attempt),
    /// Answered; ICE and DTLS are at work.
    Checking(Attempt),
    /// Sound can flow.
    Up,
    /// ICE lost the far side a moment ago; it may come back by itself.
    Unsteady,
}

/// What is being tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A new connection.
    Fresh,
    /// An ICE restart of a living one.
    Restart,
}

/// What ICE reports, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ice {
    /// `new` or `checking`.
    Working,
    /// `connected` or `completed`.
    Connected,
    /// `disconnected`.
    Disconnected,
    /// `failed`.
    Failed,
    /// `closed`.
    Closed,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The control connection stands (again). `known` says whether the server still has our connection.
    Joined {
        /// Whether the server says that our sound is connected.
        known: bool,
    },
    /// The answer to our offer was taken.
    Answered {
        /// Whether ICE stands already: on a quick network its report can overtake the browser's word that the answer
        /// was taken, and it is not repeated.
        connected: bool,
    },
    /// The offer could not be made or was refused.
    Refused,
    /// ICE changed.
    Ice(Ice),
    /// The server says that our connection is gone, though we have not heard of it: its edge died.
    Unplugged,
    /// The browser says that its network changed.
    NetworkChanged,
    /// The time given to an unsteady connection is over.
    GraceOver,
    /// The person leaves.
    Left,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Nothing.
    Nothing,
    /// Build a new connection and offer it.
    Build,
    /// Build a new connection after a pause, because the last attempt failed.
    BuildLater,
    /// Offer an ICE restart.
    Restart,
    /// Report [`Happened::GraceOver`] after [`GRACE_MS`].
    Wait,
    /// Close the connection.
    Close,
}

/// How long ICE may be `disconnected` before it is restarted, in milliseconds: Chromium reports it after 2.5 s without
/// checks, and short radio gaps mend themselves.
pub const GRACE_MS: u32 = 800;

impl Line {
    /// The next state and what to do.
    #[must_use]
    pub fn on(self, happened: Happened) -> (Self, Todo) {
        use Attempt::{Fresh, Restart};
        match (self, happened) {
            (_, Happened::Left) => (Self::Closed, Todo::Close),
            (Self::Closed, Happened::Joined { .. } | Happened::GraceOver) => (Self::Offering(Fresh), Todo::Build),
            (Self::Closed, _) => (Self::Closed, Todo::Nothing),

            // While the control connection was away an offer or its answer may be lost: ask again.
            (_, Happened::Joined { known: false } | Happened::Unplugged)
            | (Self::Offering(Fresh), Happened::Joined { known: true }) => (Self::Offering(Fresh), Todo::Build),
            (Self::Unsteady | Self::Offering(Restart), Happened::Joined { known: true }) => {
                (Self::Offering(Restart), Todo::Restart)
            }
            (Self::Up | Self::Checking(_), Happened::Joined { known: true }) => (self, Todo::Nothing),

            (Self::Offering(_), Happened::Answered { connected: true }) => (Self::Up, Todo::Nothing),
            (Self::Offering(attempt), Happened::Answered { connected: false }) => {
                (Self::Checking(attempt), Todo::Nothing)
            }
            (Self::Checking(_) | Self::Up | Self::Unsteady, Happened::Answered { .. }) => (self, Todo::Nothing),

            (Self::Offering(_) | Self::Checking(_), Happened::Refused) => (Self::Closed, Todo::BuildLater),
            (Self::Up | Self::Unsteady, Happened::Refused) => (self, Todo::Nothing),

            (Self::Checking(_) | Self::Unsteady | Self::Up, Happened::Ice(Ice::Connected)) => (Self::Up, Todo::Nothing),
            (Self::Up, Happened::Ice(Ice::Disconnected)) => (Self::Unsteady, Todo::Wait),
            (Self::Up | Self::Unsteady, Happened::Ice(Ice::Failed)) => (Self::Offering(Restart), Todo::Restart),
            (Self::Checking(Restart), Happened::Ice(Ice::Failed)) => (Self::Offering(Fresh), Todo::Build),
            (Self::Checking(Fresh), Happened::Ice(Ice::Failed)) => (Self::Closed, Todo::BuildLater),
            (_, Happened::Ice(Ice::Closed)) => (Self::Closed, Todo::BuildLater),
            (_, Happened::Ice(_)) => (self, Todo::Nothing),

            (Self::Up | Self::Unsteady | Self::Checking(_), Happened::NetworkChanged) => {
                (Self::Offering(Restart), Todo::Restart)
            }
            (Self::Offering(_), Happened::NetworkChanged) => (self, Todo::Nothing),

            (Self::Unsteady, Happened::GraceOver) => (Self::Offering(Restart), Todo::Restart),
            (Self::Offering(_) | Self::Checking(_) | Self::Up, Happened::GraceOver) => (self, Todo::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Runs `events` from a closed line; gives the state reached and everything that was to be done.
    fn after(events: &[Happened]) -> (Line, Vec<Todo>) {
        let mut line = Line::Closed;
        let mut todos = Vec::new();
        for event in events {
            let (next, todo) = line.on(*event);
            line = next;
            if todo != Todo::Nothing {
                todos.push(todo);
            }
        }
        (line, todos)
    }

    const ANSWERED: Happened = Happened::Answered { connected: false };
    const UP: [Happened; 3] = [Happened::Joined { known: false }, ANSWERED, Happened::Ice(Ice::Connected)];

    fn from_up(events: &[Happened]) -> (Line, Vec<Todo>) {
        let (line, todos) = after(&[&UP, events].concat());
        (line, todos[1..].to_vec())
    }

    #[test]
    fn a_page_connects_once() {
        assert_eq!(after(&UP), (Line::Up, vec![Todo::Build]));
        assert_eq!(from_up(&[Happened::Joined { known: true }]), (Line::Up, vec![]));
    }

    #[test]
    fn ice_may_stand_before_the_answer_is_known_to_be_taken() {
        let events = [UP[0], Happened::Ice(Ice::Connected), Happened::Answered { connected: true }];
        assert_eq!(after(&events), (Line::Up, vec![Todo::Build]));
        let lost = after(&[&events[..], &[Happened::Ice(Ice::Disconnected)]].concat());
        assert_eq!(lost, (Line::Unsteady, vec![Todo::Build, Todo::Wait]), "a network that is lost later is mended");
    }

    #[test]
    fn a_reloaded_page_builds_although_the_server_still_has_the_old_one() {
        assert_eq!(after(&[Happened::Joined { known: true }]).1, [Todo::Build]);
    }

    #[test]
    fn a_server_that_forgot_us_gets_a_new_connection() {
        assert_eq!(from_up(&[Happened::Joined { known: false }]), (Line::Offering(Attempt::Fresh), vec![Todo::Build]));
    }

    #[test]
    fn disconnected_is_not_a_hang_up() {
        let lost = Happened::Ice(Ice::Disconnected);
        assert_eq!(from_up(&[lost]), (Line::Unsteady, vec![Todo::Wait]));
        assert_eq!(from_up(&[lost, Happened::Ice(Ice::Connected), Happened::GraceOver]), (Line::Up, vec![Todo::Wait]));
        assert_eq!(
            from_up(&[lost, Happened::GraceOver, ANSWERED, Happened::Ice(Ice::Connected)]),
            (Line::Up, vec![Todo::Wait, Todo::Restart])
        );
    }

    #[test]
    fn a_restart_that_fails_becomes_a_new_connection() {
        let failed = Happened::Ice(Ice::Failed);
        assert_eq!(
            from_up(&[failed, ANSWERED, failed]),
            (Line::Offering(Attempt::Fresh), vec![Todo::Restart, Todo::Build])
        );
        // And if that fails too, there is a pause: no busy loop against a network that blocks us.
        assert_eq!(after(&[UP[0], UP[1], failed]), (Line::Closed, vec![Todo::Build, Todo::BuildLater]));
        assert_eq!(after(&[UP[0], Happened::Refused]), (Line::Closed, vec![Todo::Build, Todo::BuildLater]));
    }

    #[test]
    fn a_network_cut_is_mended_by_a_restart_once_the_socket_is_back() {
        let (line, todos) = from_up(&[
            Happened::Ice(Ice::Disconnected),
            Happened::GraceOver,
            Happened::Joined { known: true },
            ANSWERED,
            Happened::Ice(Ice::Connected),
        ]);
        assert_eq!((line, todos), (Line::Up, vec![Todo::Wait, Todo::Restart, Todo::Restart]));
    }

    #[test]
    fn leaving_wins_over_everything() {
        assert_eq!(from_up(&[Happened::Left, Happened::Ice(Ice::Closed)]), (Line::Closed, vec![Todo::Close]));
    }
}
