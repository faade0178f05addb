//! The frame around a story: a folder of its own, a limit of time, and, when it fails, the words of every witness.

use anyhow::{Context, Result, bail};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// The longest that a story may take. Every wait inside has a shorter deadline; this one catches a forgotten one.
const LIMIT: Duration = Duration::from_secs(180);

/// Stories told at once by one process: Chromium takes a core while it starts, and sound needs its time.
static STAGE: Semaphore = Semaphore::const_new(2);

/// The longest that a witness may speak: a browser that hangs must not hide what the others saw.
const TESTIMONY: Duration = Duration::from_secs(15);

/// Something that saw what happened.
pub trait Witness: Send + Sync {
    /// What it is.
    fn name(&self) -> String;
    /// What it saw, for a person who has to find out why the story failed. `folder` takes pictures and long logs.
    fn testify<'a>(&'a self, folder: &'a Path) -> BoxFuture<'a, String>;
    /// Called at the end of each story, good or bad.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// A story being told.
pub struct Story {
    name: String,
    folder: PathBuf,
    witnesses: Mutex<Vec<Arc<dyn Witness>>>,
}

impl Story {
    fn new(name: &str) -> Result<Self> {
        let unique = uuid::Uuid::now_v7().simple().to_string();
        let folder = std::env::temp_dir().join(format!("hark-story-{name}-{unique}"));
        std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self { name: name.to_owned(), folder, witnesses: Mutex::default() })
    }

    /// The story's own folder; removed when it went well, kept when it failed.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Calls somebody as a witness.
    pub fn witness(&self, witness: Arc<dyn Witness>) {
        self.witnesses.lock().expect("no holder of this lock panics").push(witness);
    }

    fn witnesses(&self) -> Vec<Arc<dyn Witness>> {
        self.witnesses.lock().expect("no holder of this lock panics").clone()
    }

    async fn hear_witnesses(&self) {
        for witness in self.witnesses() {
            let words = tokio::time::timeout(TESTIMONY, witness.testify(&self.folder)).await;
            let words = words.unwrap_or_else(|_| "no answer".to_owned());
            eprintln!("---- {} ----\n{}", witness.name(), words.trim_end());
        }
        // Kept for the pictures and logs in it; an empty one helps nobody.
        if std::fs::remove_dir(&self.folder).is_err() {
            eprintln!("---- the folder of this story is kept: {} ----", self.folder.display());
        }
    }

    async fn close(&self) {
        for witness in self.witnesses().iter().rev() {
            let _ = tokio::time::timeout(TESTIMONY, witness.close()).await;
        }
    }
}

/// Tells a story to its end on a runtime of its own.
///
/// # Panics
/// When the story fails; that is how a test says so.
pub fn story(name: &str, body: impl AsyncFnOnce(&Story) -> Result<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be built").block_on(tell(name, body));
}

async fn tell(name: &str, body: impl AsyncFnOnce(&Story) -> Result<()>) {
    let _place = STAGE.acquire().await.expect("the stage is never closed");
    let story = Story::new(name).expect("the temporary folder can be written");
    let told = tokio::time::timeout(LIMIT, AssertUnwindSafe(body(&story)).catch_unwind()).await;
    let outcome = match told {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(anyhow::anyhow!("panicked: {}", words_of(panic.as_ref()))),
        Err(_) => Err(anyhow::anyhow!("not over after {LIMIT:?}")),
    };
    if outcome.is_err() {
        story.hear_witnesses().await;
    }
    story.close().await;
    match outcome {
        Ok(()) => {
            let _ = std::fs::remove_dir_all(&story.folder);
        }
        Err(error) => {
            let words = format!("the story '{}' failed: {error:#}", story.name);
            eprintln!("{words}");
            // Not `panic!`: the way from here up through the runtime tells nothing.
            std::panic::resume_unwind(Box::new(words));
        }
    }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}

/// Lets a moment pass that the story has drawn: for somebody who acts then, never for waiting until something is done.
pub async fn after(moment: Duration) {
    tokio::time::sleep(moment).await;
}

/// Awaits `event` for at most `within`.
///
/// # Errors
/// When the time is over; the message names `what`.
pub async fn within<T>(within: Duration, what: &str, event: impl Future<Output = T>) -> Result<T> {
    match tokio::time::timeout(within, event).await {
        Ok(value) => Ok(value),
        Err(_) => bail!("{what}: not within {within:?}"),
    }
}
