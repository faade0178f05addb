//! Who is asking: passwords, sessions, lock-out, and the news that a session is over.
//!
//! Written directly on our store rather than through axum-login and tower-sessions: both would be wrapped in adapters
//! longer than this, hold a session as an opaque blob without a tenant in its key, and neither tells live sockets that
//! a session is over. What may be done is not asked here but in [`hark_shared::perms`].

mod lockout;
pub mod origin;
mod password;
mod signed_in;
mod token;
mod watch;

pub use password::{PASSWORD_MAX, PASSWORD_MIN, PasswordError, Passwords};
pub use signed_in::{Forbidden, SignedIn};
pub use token::{COOKIE, Token};
pub(crate) use token::{removal, sha256};
pub use watch::{Over, SessionWatch};

use crate::clock::{Clock, Entropy, draw};
use hark_shared::ids::{TenantId, UserId};
use hark_shared::time::{Millis, Timestamp};
use hark_store::{Audit, Db, StoreError};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::broadcast;
use watch::Change;

/// A session that nobody used for so long is over.
pub const IDLE: Millis = Millis::from_secs(12 * 3600);
/// The use of a session is written down at most so often, to spare SQLite's one writer.
const TOUCH_EVERY: Millis = Millis::from_secs(60);
/// The longest sign-in name we look up; a longer one is wrong without looking.
pub const LOGIN_MAX: usize = 64;
/// Changes that a live socket may be behind before it must ask the store instead.
const CHANGES: usize = 256;
/// Under this tenant are counted the tries for tenants that do not exist.
const NOBODY: TenantId = TenantId::from_u128(0);

/// Signs people in and out; cheap to clone.
#[derive(Clone)]
pub struct Auth {
    db: Db,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    passwords: Passwords,
    changes: broadcast::Sender<Change>,
}

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such tenant, user or password; which of them is not said.
    #[error("tenant, name or password is wrong")]
    Wrong,
    /// Too many wrong tries.
    #[error("locked until {0:?}")]
    Locked(Timestamp),
    /// More people sign in at once than passwords can be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Auth {
    /// Authentication on this store.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, passwords: Passwords) -> Self {
        Self { db, clock, entropy, passwords, changes: broadcast::channel(CHANGES).0 }
    }

    /// Hashing of passwords, for setting new ones.
    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Checks a password and begins a session. `tenant` is the short name, empty for the only tenant.
    ///
    /// Takes as long and says the same whether the user exists or not. (That a tenant exists is no secret: its short
    /// name is written in every page that carries the widget.)
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in(
        &self,
        tenant: &str,
        login: &str,
        password: String,
        address: Option<IpAddr>,
    ) -> Result<Token, SignInError> {
        let now = self.clock.now();
        let login = login.trim().to_lowercase();
        if login.len() > LOGIN_MAX || password.len() > PASSWORD_MAX {
            return Err(SignInError::Wrong);
        }
        let tenant = self.db.tenant_called(tenant).await?.map_or(NOBODY, |tenant| tenant.id);
        if let Some(until) = self.db.count_try(tenant, &login, now, lockout::lock_after).await? {
            return Err(SignInError::Locked(until));
        }
        let known = self.db.password_of(tenant, &login).await?;
        let hash = known.as_ref().and_then(|known| known.password.clone());
        let right = self.passwords.verify(password, hash).await?;
        let entry = |action, user| self.entry(action, user, &login, address, now);
        let Some(user) = known.filter(|known| right && known.active) else {
            if tenant != NOBODY {
                self.db.audit(tenant, &entry("session.refused", None)).await?;
            }
            return Err(SignInError::Wrong);
        };
        self.db.forget_tries(tenant, &login).await?;
        let token = Token { tenant, secret: draw(self.entropy.as_ref()) };
        self.db.begin_session(tenant, &token.hash(), user.user, now).await?;
        self.db.audit(tenant, &entry("session.began", Some((user.user, user.name)))).await?;
        Ok(token)
    }

    /// Changes a signed-in user's own password and ends the user's other sessions. A wrong old one counts as a wrong
    /// try to sign in, so that a page left open is no way around the lock. `new` keeps the policy; the caller checked.
    ///
    /// # Errors
    /// See [`SignInError`]: `Wrong` when `old` is not the password, or is not any more.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        old: String,
        new: String,
        address: Option<IpAddr>,
    ) -> Result<(), SignInError> {
        let now = self.clock.now();
        if old.len() > PASSWORD_MAX {
            return Err(SignInError::Wrong);
        }
        if let Some(until) = self.db.count_try(who.tenant, &who.login, now, lockout::lock_after).await? {
            return Err(SignInError::Locked(until));
        }
        let entry = |action| self.entry(action, Some((who.user, who.name.clone())), &who.login, address, now);
        let known = self.db.password_of(who.tenant, &who.login).await?;
        let known = known.filter(|known| known.user == who.user).and_then(|known| known.password);
        if !self.passwords.verify(old, known.clone()).await? {
            self.db.audit(who.tenant, &entry("password.refused")).await?;
            return Err(SignInError::Wrong);
        }
        let known = known.ok_or(SignInError::Wrong)?;
        self.db.forget_tries(who.tenant, &who.login).await?;
        let new = self.passwords.hash(new, self.entropy.as_ref()).await?;
        let audit = entry("password.changed");
        if !self.db.change_password(who.tenant, who.user, (&known, &new), &who.session, &audit).await? {
            return Err(SignInError::Wrong);
        }
        // Nobody may be listening.
        let _ = self.changes.send(Change::Others(who.tenant, who.user, who.session));
        Ok(())
    }

    /// Who holds this token now; `None` when the session is over or never was.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn session(&self, token: &Token) -> Result<Option<SignedIn>, StoreError> {
        let now = self.clock.now();
        let hash = token.hash();
        let Some(found) = self.db.session(token.tenant, &hash).await? else { return Ok(None) };
        let idle = now.since(found.touched);
        if idle >= IDLE {
            self.end(token.tenant, hash, Over::Expired).await?;
            return Ok(None);
        }
        if idle >= TOUCH_EVERY {
            self.db.touch_session(token.tenant, &hash, now).await?;
        }
        Ok(Some(SignedIn::new(token.tenant, hash, found)))
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the store cannot.
    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), StoreError> {
        self.end(who.tenant, who.session, Over::Ended).await
    }

    /// Tells live sockets of this user that roles, password or the right to sign in changed.
    pub fn user_changed(&self, tenant: TenantId, user: UserId) {
        // Nobody may be listening.
        let _ = self.changes.send(Change::User(tenant, user));
    }

    /// The news that this session is over, for a live socket to wait on.
    #[must_use]
    pub fn watch(&self, who: &SignedIn) -> SessionWatch {
        SessionWatch::new(self.db.clone(), self.clock.clone(), self.changes.subscribe(), who)
    }

    /// Removes sessions that were idle for too long, of every tenant; for a job, once an hour.
    ///
    /// # Errors
    /// When the store cannot.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        self.db.end_idle_sessions(Timestamp(self.clock.now().0 - IDLE.0)).await
    }

    /// An entry of the audit log about this sign-in name.
    fn entry(
        &self,
        action: &'static str,
        user: Option<(UserId, String)>,
        login: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Audit {
        Audit {
            id: self.entropy.uuid_v7(now),
            at: now,
            user: user.as_ref().map(|(id, _)| *id),
            user_name: user.map(|(_, name)| name),
            action,
            subject: login.to_owned(),
            address: address.map(|address| address.to_string()),
        }
    }

    async fn end(&self, tenant: TenantId, session: hark_store::TokenHash, why: Over) -> Result<(), StoreError> {
        self.db.end_session(tenant, &session).await?;
        let _ = self.changes.send(Change::Session(tenant, session, why));
        Ok(())
    }
}
