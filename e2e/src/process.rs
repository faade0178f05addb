//! A program under a story: its output is kept and can be awaited, and it does not outlive the story.

use anyhow::{Context, Result, bail, ensure};
use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// Lines of output kept per program: minutes of a talkative log, a few megabytes at most.
const LINES: usize = 20_000;

/// A running program.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    /// The process group, of which it is the first: its children end with it.
    group: u32,
    output: Arc<Output>,
}

/// What a program has printed so far, standard output and error in the order of arrival.
#[derive(Debug)]
pub struct Output {
    lines: Mutex<VecDeque<String>>,
    /// How many lines there have been in all; a change is the event that waiters await.
    count: watch::Sender<usize>,
}

impl Output {
    fn new() -> Arc<Self> {
        Arc::new(Self { lines: Mutex::default(), count: watch::Sender::new(0) })
    }

    fn push(&self, line: String) {
        let mut lines = self.lines.lock().expect("no holder of this lock panics");
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
        drop(lines);
        self.count.send_modify(|count| *count += 1);
    }

    /// Everything kept, one line each.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.lines.lock().expect("no holder of this lock panics");
        lines.iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// The last `count` lines.
    #[must_use]
    pub fn tail(&self, count: usize) -> String {
        let lines = self.lines.lock().expect("no holder of this lock panics");
        lines.iter().skip(lines.len().saturating_sub(count)).fold(String::new(), |text, line| text + line + "\n")
    }

    /// The first line, past or future, in which `find` finds something.
    ///
    /// # Errors
    /// When `within` is over.
    pub async fn find<T>(&self, within: Duration, mut find: impl FnMut(&str) -> Option<T>) -> Result<T> {
        let mut changes = self.count.subscribe();
        let search = async {
            loop {
                let _ = changes.borrow_and_update();
                let found = {
                    let lines = self.lines.lock().expect("no holder of this lock panics");
                    lines.iter().find_map(|line| find(line))
                };
                match found {
                    Some(found) => return Ok(found),
                    None => changes.changed().await.context("the output is closed")?,
                }
            }
        };
        tokio::time::timeout(within, search).await.with_context(|| format!("nothing of it within {within:?}"))?
    }
}

impl Program {
    /// Starts it with its output piped here; it is killed when dropped.
    ///
    /// # Errors
    /// When it cannot be started: most often it is not installed.
    pub fn start(name: &str, mut command: Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = child.process_group(0).spawn().with_context(|| format!("start {name}: is it installed?"))?;
        let group = child.id().context("it was started a moment ago")?;
        let output = Output::new();
        let stdout = child.stdout.take().context("stdout is piped")?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        tokio::spawn(pump(stdout, Arc::clone(&output)));
        tokio::spawn(pump(stderr, Arc::clone(&output)));
        Ok(Self { name: name.to_owned(), child, group, output })
    }

    /// Its output, which outlives it.
    #[must_use]
    pub fn output(&self) -> &Arc<Output> {
        &self.output
    }

    /// Its process id.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pid(&self) -> Result<u32> {
        self.child.id().with_context(|| format!("{} has ended", self.name))
    }

    /// Awaits a line, see [`Output::find`], but gives up at once if the program ends first.
    ///
    /// # Errors
    /// When `within` is over or the program has ended; the message carries the end of its output.
    pub async fn find<T>(&mut self, what: &str, within: Duration, find: impl FnMut(&str) -> Option<T>) -> Result<T> {
        let output = Arc::clone(&self.output);
        let told = tokio::select! {
            found = output.find(within, find) => found,
            status = self.child.wait() => Err(anyhow::anyhow!("it ended with {status:?}")),
        };
        told.with_context(|| format!("{}: waiting for {what}; its last words:\n{}", self.name, self.output.tail(40)))
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by its name, like `TERM` or `STOP`.
    ///
    /// # Errors
    /// When it has ended or cannot be signalled.
    pub async fn signal(&self, signal: &str) -> Result<()> {
        signal_to(&self.pid()?.to_string(), signal).await
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.with_context(|| format!("kill {}", self.name))
    }

    /// Awaits its end.
    ///
    /// # Errors
    /// When it runs on for longer than `within`.
    pub async fn ended(&mut self, within: Duration) -> Result<ExitStatus> {
        match tokio::time::timeout(within, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => bail!("{} still runs after {within:?}", self.name),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A group that has ended by itself is as good.
        let _ = std::process::Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.group)])
            .stderr(Stdio::null())
            .status();
    }
}

/// Sends a signal to a process, or with `-` before the id to a group.
///
/// # Errors
/// When there is no such process.
pub async fn signal_to(target: &str, signal: &str) -> Result<()> {
    let status = Command::new("kill").arg(format!("-{signal}")).arg("--").arg(target).status().await?;
    ensure!(status.success(), "kill -{signal} {target}: {status}");
    Ok(())
}

/// Runs a program to its end.
///
/// # Errors
/// When it cannot be started, fails, or takes longer than `within`; the message carries its output.
pub async fn run(mut command: Command, within: Duration) -> Result<String> {
    let shown = format!("{:?}", command.as_std());
    let output = tokio::time::timeout(within, command.stdin(Stdio::null()).kill_on_drop(true).output())
        .await
        .with_context(|| format!("{shown}: not done within {within:?}"))?
        .with_context(|| format!("{shown}: is it installed?"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{shown}: {}\n{text}{errors}", output.status);
    Ok(text)
}

async fn pump(stream: impl AsyncRead + Unpin, output: Arc<Output>) {
    let mut lines = BufReader::new(stream).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        output.push(String::from_utf8_lossy(&line).into_owned());
    }
}
