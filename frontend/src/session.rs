//! Who is signed in.

use crate::api::{self, ApiError};
use hark_shared::perms::{self, Permission};
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Me, SignIn};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The session as the page knows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Session {
    /// Asking the server.
    Restoring,
    /// Nobody; why, if there is something to say.
    Out(Option<WireError>),
    /// This user.
    In(Me),
}

/// The session; a context.
#[derive(Clone, Copy)]
pub struct SessionStore {
    session: RwSignal<Session>,
    /// The server says that the session is over, and the page has not acted on it yet: a contact at hand comes first.
    lapsed: RwSignal<bool>,
}

impl SessionStore {
    /// Asks the server who is signed in.
    pub fn restore() -> Self {
        let store = Self { session: RwSignal::new(Session::Restoring), lapsed: RwSignal::new(false) };
        spawn_local(async move {
            store.session.set(match api::get::<Me>("/api/session").await {
                Ok(me) => Session::In(me),
                Err(error) if error.is_signed_out() => Session::Out(None),
                Err(error) => Session::Out(Some(error.error)),
            });
        });
        store
    }

    /// The session, tracked.
    pub fn get(self) -> Session {
        self.session.get()
    }

    /// Why nobody is signed in, if there is something to say; untracked.
    pub fn why_out(self) -> Option<WireError> {
        self.session.with_untracked(|session| match session {
            Session::Out(why) => why.clone(),
            Session::Restoring | Session::In(_) => None,
        })
    }

    /// The user, tracked.
    pub fn me(self) -> Option<Me> {
        self.session.with(|session| match session {
            Session::In(me) => Some(me.clone()),
            Session::Restoring | Session::Out(_) => None,
        })
    }

    /// Whether the user may do it, tracked.
    pub fn may(self, permission: Permission) -> bool {
        self.session.with(|session| matches!(session, Session::In(me) if perms::allowed(&me.roles, permission)))
    }

    /// Whether the user may do it, untracked: for pages and handlers, which live no longer than a sign-in.
    pub fn may_now(self, permission: Permission) -> bool {
        untrack(|| self.may(permission))
    }

    /// Signs in.
    pub async fn sign_in(self, form: &SignIn) -> Result<(), ApiError> {
        let me: Me = match api::post("/api/session", form).await {
            Ok(Some(me)) => me,
            // A server may answer without a body.
            Ok(None) => api::get("/api/session").await?,
            Err(error) => return Err(error),
        };
        self.lapsed.set(false);
        self.session.set(Session::In(me));
        Ok(())
    }

    /// The server says that the session is over. The frame asks to sign in again as soon as no contact is at hand.
    pub fn expired(self) {
        self.lapsed.set(true);
    }

    /// What to say of a call that failed; one that failed because the session is over ends it here, too.
    pub fn told(self, failed: ApiError) -> WireError {
        if failed.is_signed_out() {
            self.expired();
        }
        failed.error
    }

    /// Whether the server said that the session is over, tracked.
    pub fn lapsed(self) -> bool {
        self.lapsed.get()
    }

    /// Asks to sign in again, now.
    pub fn leave(self) {
        self.lapsed.set(false);
        self.session.set(Session::Out(Some(WireError::new("session.over"))));
    }

    /// Asks the server whether the session is over: a WebSocket that is refused does not say why.
    pub fn check(self) {
        spawn_local(async move {
            if let Err(error) = api::get::<Me>("/api/session").await
                && error.is_signed_out()
            {
                self.expired();
            }
        });
    }

    /// Signs out here at once and on the server as soon as it hears of it.
    pub fn sign_out(self) {
        self.session.set(Session::Out(None));
        spawn_local(async move {
            if let Err(error) = api::delete("/api/session").await
                && !error.is_signed_out()
            {
                self.session.set(Session::Out(Some(WireError::new("session.not_ended"))));
            }
        });
    }
}

/// The page's session.
pub fn use_session() -> SessionStore {
    expect_context()
}
