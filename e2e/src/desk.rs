//! An agent at work: the desk's page in a browser, spoken of as agents do.

use crate::browser::{Browser, Patch};
use crate::server::Server;
use crate::story::Story;
use crate::tenant::{PASSWORD, Tenant};
use anyhow::{Context, Result};
use std::ops::Deref;
use std::time::Duration;

/// For everything that a person would call at once, on a machine that runs two browsers and builds something.
pub const SOON: Duration = Duration::from_secs(15);
/// For the first page: the development bundle of the desk has several megabytes to be compiled by the browser.
const LOAD: Duration = Duration::from_secs(60);

/// An agent's desk in a browser of its own, whose microphone says a tone.
pub struct Desk {
    browser: Browser,
}

/// What a browser can do a desk can do.
impl Deref for Desk {
    type Target = Browser;
    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Browser {
    /// Fills in the sign-in form that is shown.
    ///
    /// # Errors
    /// When there is none.
    pub async fn enter(&self, login: &str, password: &str) -> Result<()> {
        self.find("sign-in-login", LOAD).await?;
        self.fill("sign-in-login", login, SOON).await?;
        self.fill("sign-in-password", password, SOON).await?;
        self.click("sign-in-submit", SOON).await
    }
}

impl Desk {
    /// Signs in; returns once the desk is shown and its sound is connected.
    ///
    /// # Errors
    /// When any of it takes too long.
    pub async fn sign_in(story: &Story, server: &Server, login: &str, frequency: f64) -> Result<Self> {
        Self::sign_in_at(story, &server.origin(), login, frequency).await
    }

    /// As [`Desk::sign_in`], at another origin that leads to the server.
    ///
    /// # Errors
    /// When any of it takes too long.
    pub async fn sign_in_at(story: &Story, origin: &str, login: &str, frequency: f64) -> Result<Self> {
        Self::sign_in_with(story, origin, login, frequency, &[]).await
    }

    /// As [`Desk::sign_in_at`], in a browser that is patched beforehand.
    ///
    /// # Errors
    /// When any of it takes too long.
    pub async fn sign_in_with(
        story: &Story,
        origin: &str,
        login: &str,
        frequency: f64,
        patches: &[Patch],
    ) -> Result<Self> {
        let browser = Browser::open_with(story, login, frequency, patches).await?;
        browser.goto(origin).await?;
        let desk = Self { browser };
        desk.enter(login, PASSWORD).await?;
        desk.expect_connected(true).await.with_context(|| format!("{login}'s sound"))?;
        Ok(desk)
    }

    /// As [`Desk::sign_in_with`], to one of several tenants, which the address names.
    ///
    /// # Errors
    /// When any of it takes too long.
    pub async fn sign_in_to(
        story: &Story,
        tenant: &Tenant,
        server: &Server,
        login: &str,
        frequency: f64,
        patches: &[Patch],
    ) -> Result<Self> {
        let browser = Browser::open_with(story, login, frequency, patches).await?;
        browser.goto(&format!("{}/?tenant={}", server.origin(), tenant.slug)).await?;
        let desk = Self { browser };
        desk.enter(login, PASSWORD).await?;
        desk.expect_connected(true).await.with_context(|| format!("{login}'s sound"))?;
        Ok(desk)
    }

    /// Awaits that the sound is, or is not, connected.
    ///
    /// # Errors
    /// When it is otherwise for too long.
    pub async fn expect_connected(&self, connected: bool) -> Result<()> {
        self.expect_attribute("connected", "data-connected", &connected.to_string(), LOAD).await
    }

    /// Chooses ready, and awaits it.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn ready(&self) -> Result<()> {
        self.click("state-menu", SOON).await?;
        self.click("state-ready", SOON).await?;
        self.expect_state("ready").await
    }

    /// Chooses ready when a contact waits already: it rings at once, so that *ready* may not be seen.
    ///
    /// # Errors
    /// When it does not ring.
    pub async fn ready_for_the_next(&self) -> Result<()> {
        self.click("state-menu", SOON).await?;
        self.click("state-ready", SOON).await?;
        self.expect_ring().await
    }

    /// Awaits an agent's state by its name on the page, like `ready`, `ringing` or `wrap_up`.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn expect_state(&self, state: &str) -> Result<()> {
        self.expect_state_within(state, SOON).await
    }

    /// As [`Desk::expect_state`], for as long as the story thinks right.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn expect_state_within(&self, state: &str, within: Duration) -> Result<()> {
        self.expect_attribute("agent-state", "data-state", state, within).await
    }

    /// Awaits the contact's phase: `dialling`, `talking`, `hold` or `wrap_up`.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn expect_phase(&self, phase: &str) -> Result<()> {
        self.expect_attribute("contact", "data-phase", phase, SOON).await
    }

    /// Awaits that it rings.
    ///
    /// # Errors
    /// When it does not.
    pub async fn expect_ring(&self) -> Result<()> {
        self.find("offer-card", SOON).await.map(drop)
    }

    /// Answers what rings.
    ///
    /// # Errors
    /// When nothing does, or the call does not begin.
    pub async fn answer(&self) -> Result<()> {
        self.click("offer-accept", SOON).await?;
        self.expect_phase("talking").await
    }

    /// Dials.
    ///
    /// # Errors
    /// When there is no field for it.
    pub async fn dial(&self, number: &str) -> Result<()> {
        self.fill("dial-number", number, SOON).await?;
        self.click("dial", SOON).await
    }

    /// Hangs up.
    ///
    /// # Errors
    /// When there is no call.
    pub async fn hang_up(&self) -> Result<()> {
        self.click("hang-up", SOON).await
    }

    /// Awaits wrap-up, writes a note and finishes; the agent is ready again.
    ///
    /// # Errors
    /// When it does not come or does not end.
    pub async fn wrap_up(&self, notes: &str) -> Result<()> {
        self.expect_phase("wrap_up").await?;
        self.fill("wrap-up-notes", notes, SOON).await?;
        self.click("wrap-up-finish", SOON).await?;
        self.expect_state("ready").await
    }
}
