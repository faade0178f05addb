//! chromedriver and the Chromium that it starts: found, started with the right switches, ended for certain.

use crate::process::{Program, signal_to};
use anyhow::{Context, Result};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// The longest that driver or browser may take to start, on a machine that builds something else meanwhile.
const START: Duration = Duration::from_secs(60);

/// Attempts at a free port; two stories at once open a dozen, so one collision is rare and three are not seen.
const TRIES: u32 = 3;

/// A driver and, once there is a session, its browser.
pub struct Driver {
    program: tokio::sync::Mutex<Program>,
    port: u16,
    profile: PathBuf,
    client: Mutex<Option<Client>>,
}

impl Driver {
    /// Starts chromedriver on a port of its own choice.
    pub async fn start(name: &str, folder: &Path) -> Result<Self> {
        // It takes a port that is free on IPv6 and then wants the same on IPv4, where somebody may have it.
        let mut tries = 0;
        let (program, port) = loop {
            tries += 1;
            match launch().await {
                Ok(started) => break started,
                Err(_) if tries < TRIES => {}
                Err(error) => return Err(error).with_context(|| format!("driver of {name}")),
            }
        };
        let profile = folder.join("profile");
        Ok(Self { program: tokio::sync::Mutex::new(program), port, profile, client: Mutex::new(None) })
    }

    /// Starts the browser. Shared: frames of other sites run in the process of their page, where patches reach them.
    pub async fn session(&self, microphone: &Path, shared: bool) -> Result<Client> {
        let arguments = [
            "--headless=new",
            // Stories run as root in containers, and pages are our own.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            "--autoplay-policy=no-user-gesture-required",
            // An agent's page stays awake in the background: it holds a call. Headless pages count as hidden.
            "--disable-background-timer-throttling",
            "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--lang=en",
            "--window-size=1440,900",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
        arguments.push(format!("--use-file-for-fake-audio-capture={}", microphone.display()));
        arguments.push(format!("--user-data-dir={}", self.profile.display()));
        if shared {
            let together = ["--disable-site-isolation-trials", "--disable-features=IsolateOrigins,site-per-process"];
            arguments.extend(together.map(str::to_owned));
        }
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "accept",
        });
        let capabilities: Map<String, Value> = capabilities.as_object().cloned().context("an object")?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let url = format!("http://127.0.0.1:{}", self.port);
        let session = tokio::time::timeout(START, builder.connect(&url)).await.context("Chromium did not start")?;
        session.context("Chromium (Debian: chromium)")
    }

    /// Remembers the session's client, so that it lives as long as the driver.
    pub fn set_client(&self, client: Client) {
        *self.client.lock().expect("no holder of this lock panics") = Some(client);
    }

    /// Signals every process of the browser, found by its profile folder, which nobody else has.
    pub async fn signal_browser(&self, signal: &str) -> Result<()> {
        for pid in self.pids() {
            signal_to(&pid, signal).await?;
        }
        Ok(())
    }

    /// Ends driver and browser, whatever state they are in.
    pub async fn end(&self) {
        self.client.lock().expect("no holder of this lock panics").take();
        let _ = self.program.lock().await.kill().await;
        self.kill_browser();
    }

    fn pids(&self) -> Vec<String> {
        let ours = format!("--user-data-dir={}", self.profile.display());
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return Vec::new();
        };
        let pids = processes.flatten().filter(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).split('\0').any(|argument| argument == ours)
        });
        pids.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn kill_browser(&self) {
        for pid in self.pids() {
            // Gone in the meantime is as good as killed.
            let _ =
                std::process::Command::new("kill").args(["-KILL", &pid]).stderr(std::process::Stdio::null()).status();
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.kill_browser();
    }
}

async fn launch() -> Result<(Program, u16)> {
    let mut command = tokio::process::Command::new("chromedriver");
    command.arg("--port=0");
    let mut program = Program::start("chromedriver", command).context("Debian: chromium-driver")?;
    let port = program.find("its port", START, |line| {
        line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
    });
    let port = port.await?;
    Ok((program, port))
}

/// A WebDriver command that fantoccini does not have.
#[derive(Debug)]
pub struct Command {
    path: &'static str,
    body: Value,
}

impl Command {
    /// `POST /session/{id}/{path}`.
    pub fn post(path: &'static str, body: Value) -> Self {
        Self { path, body }
    }
}

impl fantoccini::wd::WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> std::result::Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _url: &url::Url) -> (hyper::Method, Option<String>) {
        (hyper::Method::POST, Some(self.body.to_string()))
    }
}
