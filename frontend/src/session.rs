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
pub struct SessionStore(RwSignal<Session>);

impl SessionStore {
    /// Asks the server who is signed in.
    pub fn restore() -> Self {
        let store = Self(RwSignal::new(Session::Restoring));
        spawn_local(async move {
            store.0.set(match api::get::<Me>("/api/session").await {
                Ok(me) => Session::In(me),
                Err(error) if error.is_signed_out() => Session::Out(None),
                Err(error) => Session::Out(Some(error.error)),
            });
        });
        store
    }

    /// The session, tracked.
    pub fn get(self) -> Session {
        self.0.get()
    }

    /// Why nobody is signed in, if there is something to say; untracked.
    pub fn why_out(self) -> Option<WireError> {
        self.0.with_untracked(|session| match session {
            Session::Out(why) => why.clone(),
            Session::Restoring | Session::In(_) => None,
        })
    }

    /// The user, tracked.
    pub fn me(self) -> Option<Me> {
        self.0.with(|session| match session {
            Session::In(me) => Some(me.clone()),
            Session::Restoring | Session::Out(_) => None,
        })
    }

    /// Whether the user may do it, tracked.
    pub fn may(self, permission: Permission) -> bool {
        self.0.with(|session| matches!(session, Session::In(me) if perms::allowed(&me.roles, permission)))
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
        self.0.set(Session::In(me));
        Ok(())
    }

    /// The server says that the session is over.
    pub fn expired(self) {
        self.0.set(Session::Out(Some(WireError::new("session.over"))));
    }

    /// Signs out here at once and on the server as soon as it hears of it.
    pub fn sign_out(self) {
        self.0.set(Session::Out(None));
        spawn_local(async move {
            if let Err(error) = api::delete("/api/session").await
                && !error.is_signed_out()
            {
                self.0.set(Session::Out(Some(WireError::new("session.not_ended"))));
            }
        });
    }
}

/// The page's session.
pub fn use_session() -> SessionStore {
    expect_context()
}
