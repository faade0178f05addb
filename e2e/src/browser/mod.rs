//! A real Chromium with a microphone that says a tone and ears that find one.
//!
//! Each browser has its own chromedriver on a free port and its own profile, both gone when the story ends. Elements
//! are found by `data-testid`. Waits run inside the page ([`hearing`]) or poll it through WebDriver until a deadline.

mod driver;
mod hearing;
mod patch;

pub use patch::Patch;

use crate::sound;
use crate::story::{Story, Witness};
use anyhow::{Context, Result, bail};
use driver::{Command, Driver};
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a page is asked again while something is awaited.
const POLL: Duration = Duration::from_millis(40);

/// A browser; the story that opened it closes it.
pub struct Browser {
    name: String,
    client: Client,
    driver: Arc<Driver>,
}

impl Browser {
    /// Opens a browser whose microphone says a continuous tone of `frequency` Hz.
    ///
    /// # Errors
    /// When Chromium or its driver does not start.
    pub async fn open(story: &Story, name: &str, frequency: f64) -> Result<Self> {
        Self::open_with(story, name, frequency, &[]).await
    }

    /// As [`Browser::open`], patched in every page and frame.
    ///
    /// # Errors
    /// When Chromium or its driver does not start.
    pub async fn open_with(story: &Story, name: &str, frequency: f64, patches: &[Patch]) -> Result<Self> {
        let folder = story.folder().join(name);
        std::fs::create_dir_all(&folder)?;
        let microphone = folder.join("microphone.wav");
        sound::write_tone(&microphone, frequency)?;
        let driver = Arc::new(Driver::start(name, &folder).await?);
        let client = driver.session(&microphone, !patches.is_empty()).await?;
        driver.set_client(client.clone());
        story.witness(Arc::new(Eye { name: name.to_owned(), client: client.clone(), driver: Arc::clone(&driver) }));
        let browser = Self { name: name.to_owned(), client, driver };
        for &patch in patches {
            browser.patch(patch).await?;
        }
        Ok(browser)
    }

    /// The WebDriver client, for what has no helper here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a page.
    ///
    /// # Errors
    /// When nobody serves it.
    pub async fn goto(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("{}: open {url}", self.name))
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn reload(&self) -> Result<()> {
        self.client.refresh().await.with_context(|| format!("{}: reload", self.name))
    }

    /// Awaits an element with this `data-testid`.
    ///
    /// # Errors
    /// When there is none `within`.
    pub async fn find(&self, id: &str, within: Duration) -> Result<Element> {
        let css = format!("[data-testid='{id}']");
        let began = Instant::now();
        loop {
            match self.client.find(Locator::Css(&css)).await {
                Ok(element) => return Ok(element),
                Err(_) if began.elapsed() < within => tokio::time::sleep(POLL).await,
                Err(error) => return Err(error).with_context(|| format!("{}: no {id} within {within:?}", self.name)),
            }
        }
    }

    /// Whether the element is on the page now.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn has(&self, id: &str) -> Result<bool> {
        let found = self.client.find_all(Locator::Css(&format!("[data-testid='{id}']"))).await?;
        Ok(!found.is_empty())
    }

    /// Awaits that the element is gone.
    ///
    /// # Errors
    /// When it is still there after `within`.
    pub async fn expect_gone(&self, id: &str, within: Duration) -> Result<()> {
        let began = Instant::now();
        while self.has(id).await? {
            if began.elapsed() > within {
                bail!("{}: {id} is still there after {within:?}", self.name);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Awaits the element and clicks it; tries again while something is drawn over it or it is drawn anew.
    ///
    /// # Errors
    /// When it cannot be clicked `within`.
    pub async fn click(&self, id: &str, within: Duration) -> Result<()> {
        let began = Instant::now();
        loop {
            let left = within.saturating_sub(began.elapsed());
            match self.find(id, left).await?.click().await {
                Ok(()) => return Ok(()),
                Err(_) if began.elapsed() < within => tokio::time::sleep(POLL).await,
                Err(error) => return Err(error).with_context(|| format!("{}: cannot click {id}", self.name)),
            }
        }
    }

    /// Awaits a field and replaces what is in it.
    ///
    /// # Errors
    /// When it cannot be typed into `within`.
    pub async fn fill(&self, id: &str, text: &str, within: Duration) -> Result<()> {
        let began = Instant::now();
        loop {
            let field = self.find(id, within.saturating_sub(began.elapsed())).await?;
            let typed = async {
                field.clear().await?;
                field.send_keys(text).await
            };
            match typed.await {
                Ok(()) => return Ok(()),
                Err(_) if began.elapsed() < within => tokio::time::sleep(POLL).await,
                Err(error) => return Err(error).with_context(|| format!("{}: cannot fill {id}", self.name)),
            }
        }
    }

    /// Presses keys in the page, as a person with no field in focus would.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn press(&self, keys: &str) -> Result<()> {
        self.client.active_element().await?.send_keys(keys).await.with_context(|| format!("{}: keys", self.name))
    }

    /// Awaits that an attribute of the element has this value.
    ///
    /// # Errors
    /// When it has not `within`; the message says what it was instead.
    pub async fn expect_attribute(&self, id: &str, name: &str, value: &str, within: Duration) -> Result<()> {
        let asked = format!("document.querySelector(\"[data-testid='{id}']\")?.getAttribute('{name}') ?? null");
        let what = format!("{id}[{name}]");
        self.expect_value(&what, &asked, &|got| got.as_str() == Some(value), within)
            .await
            .with_context(|| format!("wanted '{value}'"))
    }

    /// Awaits that the element's text contains this.
    ///
    /// # Errors
    /// When it does not `within`; the message says what it was instead.
    pub async fn expect_text(&self, id: &str, part: &str, within: Duration) -> Result<()> {
        let asked = format!("document.querySelector(\"[data-testid='{id}']\")?.innerText ?? null");
        let what = format!("text of {id}");
        let holds = |got: &Value| got.as_str().is_some_and(|text| text.contains(part));
        self.expect_value(&what, &asked, &holds, within).await.with_context(|| format!("wanted '{part}'"))
    }

    /// Awaits that a JavaScript expression has a value for which `holds`; a page that is loading just has none yet.
    ///
    /// # Errors
    /// When it does not `within`; the message carries the last value.
    pub async fn expect_value(
        &self,
        what: &str,
        expression: &str,
        holds: &(dyn Fn(&Value) -> bool + Sync),
        within: Duration,
    ) -> Result<()> {
        let began = Instant::now();
        let script = format!("return {expression}");
        loop {
            let got = self.client.execute(&script, Vec::new()).await;
            match got {
                Ok(value) if holds(&value) => return Ok(()),
                got if began.elapsed() > within => {
                    bail!("{}: {what} is {got:?} after {within:?}", self.name)
                }
                Ok(_) | Err(_) => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Goes into the frame inside the element: what follows is asked of that page. `None` goes back to the top.
    ///
    /// # Errors
    /// When there is no such frame.
    pub async fn enter_frame(&self, css: Option<&str>, within: Duration) -> Result<()> {
        self.client.issue_cmd(Command::post("frame", json!({ "id": null }))).await?;
        if let Some(css) = css {
            let found = self.client.wait().at_most(within).every(POLL).for_element(Locator::Css(css)).await;
            found.with_context(|| format!("{}: no frame {css}", self.name))?.enter_frame().await?;
        }
        Ok(())
    }

    /// Opens the widget of a foreign page and goes into its frame, which lies behind a shadow root.
    ///
    /// # Errors
    /// When the page has no widget.
    pub async fn open_widget(&self, within: Duration) -> Result<()> {
        let button = "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('button')).find(b => b)";
        let open = format!("(() => {{ const b = {button}; b?.click(); return !!b; }})()");
        self.expect_value("the widget's button", &open, &|found| found == true, within).await?;
        let frame =
            "return [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('iframe')).find(f => f)";
        let began = Instant::now();
        loop {
            let found = self.client.execute(frame, Vec::new()).await?;
            if let Some(id) = found.as_object().and_then(|reference| reference.values().next()?.as_str()) {
                let reference = fantoccini::elements::ElementRef::from(id.to_owned());
                let element = Element::from_element_id(self.client.clone(), reference);
                return element.enter_frame().await.with_context(|| format!("{}: the widget's frame", self.name));
            }
            if began.elapsed() > within {
                bail!("{}: the widget has no frame", self.name);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Opens a second tab with a page and turns to it; gives the handle of the tab left behind.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn second_tab(&self, url: &str) -> Result<fantoccini::wd::WindowHandle> {
        let first = self.client.window().await?;
        let second = self.client.new_window(true).await?;
        self.client.switch_to_window(second.handle).await?;
        self.goto(url).await?;
        Ok(first)
    }

    /// Cuts the page off the network, or joins it again: HTTP and WebSockets. WebRTC goes on, Chromium does not
    /// emulate that.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn set_offline(&self, offline: bool) -> Result<()> {
        self.cdp("Network.enable", json!({})).await?;
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.cdp("Network.emulateNetworkConditions", conditions).await.map(drop)
    }

    /// Stops the whole browser, as a closed lid does, or lets it go on.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn freeze(&self, frozen: bool) -> Result<()> {
        self.driver.signal_browser(if frozen { "STOP" } else { "CONT" }).await
    }

    /// A command of the Chrome DevTools protocol.
    ///
    /// # Errors
    /// When Chromium refuses it.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(Command::post("goog/cdp/execute", body)).await.with_context(|| command.to_owned())
    }

    /// What a JavaScript expression, or the promise it is, comes to in the page.
    ///
    /// # Errors
    /// When the browser is gone or the expression throws.
    pub async fn evaluate(&self, expression: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[0]; Promise.resolve().then(() => {expression})\
             .then((value) => done({{ value }}), (error) => done({{ error: String(error) }}))"
        );
        let answer = self.client.execute_async(&script, Vec::new()).await?;
        match answer.get("error") {
            Some(error) => bail!("{}: {expression}: {error}", self.name),
            None => Ok(answer["value"].clone()),
        }
    }

    /// A picture of the page, as a PNG file.
    ///
    /// # Errors
    /// When the browser is gone or the file cannot be written.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        Ok(std::fs::write(file, self.client.screenshot().await?)?)
    }
}

/// What a browser's witness can look at.
struct Eye {
    name: String,
    client: Client,
    driver: Arc<Driver>,
}

impl Witness for Eye {
    fn name(&self) -> String {
        format!("browser {}", self.name)
    }

    fn testify<'a>(&'a self, folder: &'a Path) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let file = folder.join(format!("{}.png", self.name));
            let picture = match self.client.screenshot().await {
                Ok(png) => std::fs::write(&file, png).map(|()| file.display().to_string()).map_err(|e| e.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let address = self.client.current_url().await.map(|url| url.to_string());
            let console = self.client.issue_cmd(Command::post("se/log", json!({ "type": "browser" }))).await;
            let console = console.ok().and_then(|log| log.as_array().cloned()).unwrap_or_default();
            let lines = console.iter().map(|entry| {
                format!("{} {}\n", entry["level"].as_str().unwrap_or(""), entry["message"].as_str().unwrap_or(""))
            });
            format!("page: {address:?}\npicture: {picture:?}\nconsole:\n{}", lines.collect::<String>())
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let _ = self.client.clone().close().await;
            self.driver.end().await;
        })
    }
}
