//! The journal: every input of a floor, written before it is handled, so that a core that was killed knows what was.
//!
//! A generation is a snapshot of the engine and the inputs since. *Recovery* reads the last generation and replays it.
//! That is sound for the binary that wrote it. Another build may decide otherwise here and there: what it makes of the
//! inputs is the best there is to go on with, the edges then say what really lives, and facts of its replay do not
//! count. A snapshot that it cannot read at all is left alone, and the floor begins empty.
//!
//! With each input stands how far the edge's events were seen, so that none is handled twice or missed. A record survives
//! the process once it is written and the machine once it is synced, which happens beside the loop within [`SYNC_EVERY`].
//!
//! Snapshot and inputs hold what the floor holds, numbers, digits and trunk passwords too: they are sealed ([`seal`]).

mod seal;

pub use seal::JournalKey;

use super::numbered;
use hark_shared::edge::Seen;
use hark_shared::engine::Engine;
use hark_shared::floor::{Floor, Input};
use hark_shared::time::Timestamp;
use seal::{SALT, Sealer, filled};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// The end of a generation's name.
const SUFFIX: &str = "journal";

/// What a power cut may cost.
const SYNC_EVERY: Duration = Duration::from_millis(100);

/// A generation's size after which the next begins: reading this much back takes about a second.
const GENERATION_BYTES: u64 = 16 << 20;

/// One thing that happened.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    at: Timestamp,
    seen: Option<Seen>,
    /// `None` is a tick.
    input: Option<Input>,
}

/// The first record of a generation.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    build: String,
    epoch: u64,
    seen: Option<Seen>,
    floor: Floor,
}

/// The same, to be written.
#[derive(Serialize)]
struct HeadRef<'a> {
    build: &'a str,
    epoch: u64,
    seen: Option<Seen>,
    floor: &'a Floor,
}

/// The open journal of a floor.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    generation: u64,
    open: Generation,
    build: String,
    key: JournalKey,
    written: Arc<Notify>,
}

/// The file that is written.
#[derive(Debug)]
struct Generation {
    file: Arc<File>,
    sealer: Sealer,
    bytes: u64,
}

/// A floor as the last life left it.
#[derive(Debug)]
pub struct Recovered {
    /// The engine, its outputs of the replay still inside.
    pub floor: Floor,
    /// The time of the last input.
    pub at: Timestamp,
    /// How far the edge's events were seen.
    pub seen: Option<Seen>,
    /// The last life's number.
    pub epoch: u64,
    /// Whether this very binary wrote it.
    pub same_build: bool,
}

impl Recovered {
    /// What a floor without a former life begins with.
    #[must_use]
    pub fn empty(floor: Floor) -> Self {
        Self { floor, at: Timestamp(0), seen: None, epoch: 0, same_build: true }
    }
}

/// Reads what the last life left; `None` when there was none, or when it cannot be read.
///
/// # Errors
/// When the folder cannot be read.
pub fn recover(folder: &Path, build: &str, key: &JournalKey) -> io::Result<Option<Recovered>> {
    fs::create_dir_all(folder)?;
    let Some(last) = numbered::all(folder, SUFFIX)?.pop() else { return Ok(None) };
    let mut file = BufReader::new(File::open(path(folder, last))?);
    let mut salt = [0; SALT];
    if !filled(&mut file, &mut salt)? {
        return Ok(None);
    }
    let mut sealer = Sealer::new(key, &salt);
    let head = sealer.open(&mut file)?.unwrap_or_default();
    let head: Head = match serde_json::from_slice(&head) {
        Ok(head) => head,
        Err(error) => {
            tracing::error!(%error, "the journal's snapshot cannot be read: the floor begins empty");
            return Ok(None);
        }
    };
    let same_build = head.build == build;
    if !same_build {
        tracing::warn!("the journal was written by another build: what it says is taken, and compared with the edge");
    }
    let Head { floor, epoch, seen, .. } = head;
    let mut recovered = Recovered { floor, at: Timestamp(0), seen, epoch, same_build };
    // Half a record is where the last life ended.
    while let Some(record) = sealer.open(&mut file)? {
        let Ok(entry) = serde_json::from_slice::<Entry>(&record) else { break };
        recovered.at = entry.at;
        recovered.seen = entry.seen;
        match entry.input {
            Some(input) => recovered.floor.handle(entry.at, input),
            None => recovered.floor.tick(entry.at),
        }
    }
    Ok(Some(recovered))
}

/// Names the running binary: its size and the time it was written.
#[must_use]
pub fn build() -> String {
    let meta = std::env::current_exe().and_then(fs::metadata);
    let stamp = meta.and_then(|meta| Ok((meta.len(), meta.modified()?)));
    stamp.map_or_else(|_| "unknown".to_owned(), |(length, modified)| format!("{length}-{modified:?}"))
}

fn path(folder: &Path, generation: u64) -> PathBuf {
    numbered::path(folder, generation, SUFFIX)
}

impl Journal {
    /// Begins a new generation with `floor` as its snapshot.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn begin(
        folder: &Path,
        build: String,
        key: JournalKey,
        (epoch, seen): (u64, Option<Seen>),
        floor: &Floor,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let generation = numbered::all(folder, SUFFIX)?.last().map_or(1, |last| last + 1);
        let written = Arc::new(Notify::new());
        let open = write_head(folder, generation, &key, &HeadRef { build: &build, epoch, seen, floor })?;
        let journal = Self { folder: folder.to_owned(), generation, open, build, key, written };
        journal.sync_from_now_on();
        Ok(journal)
    }

    /// Writes an input, or a tick, before the engine handles it.
    ///
    /// # Errors
    /// When the disk is full or broken; the caller says so and goes on.
    pub fn write(&mut self, at: Timestamp, seen: Option<Seen>, input: Option<&Input>) -> io::Result<()> {
        #[derive(Serialize)]
        struct EntryRef<'a> {
            at: Timestamp,
            seen: Option<Seen>,
            input: Option<&'a Input>,
        }
        let record = self.open.sealer.seal(serde_json::to_vec(&EntryRef { at, seen, input })?)?;
        (&*self.open.file).write_all(&record)?;
        self.open.bytes += record.len() as u64;
        self.written.notify_one();
        Ok(())
    }

    /// Whether a new generation is due, see [`Journal::turn`].
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.open.bytes >= GENERATION_BYTES
    }

    /// Begins the next generation; the one before is removed once the new one is on disk.
    ///
    /// # Errors
    /// When it cannot be written; the old generation then goes on.
    pub fn turn(&mut self, epoch: u64, seen: Option<Seen>, floor: &Floor) -> io::Result<()> {
        let head = HeadRef { build: &self.build, epoch, seen, floor };
        self.open = write_head(&self.folder, self.generation + 1, &self.key, &head)?;
        self.generation += 1;
        self.sync_from_now_on();
        Ok(())
    }

    /// Syncs this generation's file after writes; ends when the file is no longer written.
    fn sync_from_now_on(&self) {
        let (file, written) = (Arc::downgrade(&self.open.file), self.written.clone());
        tokio::spawn(async move {
            loop {
                written.notified().await;
                tokio::time::sleep(SYNC_EVERY).await;
                let Some(file) = file.upgrade() else {
                    // What woke this task was meant for the next generation's.
                    written.notify_one();
                    return;
                };
                let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
                if !matches!(synced, Ok(Ok(()))) {
                    tracing::error!("the journal cannot be synced: a power cut now would lose calls");
                }
            }
        });
    }
}

/// Writes the snapshot under another name first, so that a generation is whole or not there, and removes older ones.
fn write_head(folder: &Path, generation: u64, key: &JournalKey, head: &HeadRef<'_>) -> io::Result<Generation> {
    let temporary = folder.join("next");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temporary)?;
    let salt = key.draw_salt();
    let mut sealer = Sealer::new(key, &salt);
    let record = sealer.seal(serde_json::to_vec(head)?)?;
    file.write_all(&salt)?;
    file.write_all(&record)?;
    file.sync_data()?;
    fs::rename(&temporary, path(folder, generation))?;
    for old in numbered::all(folder, SUFFIX)?.into_iter().filter(|number| *number < generation) {
        fs::remove_file(path(folder, old))?;
    }
    Ok(Generation { file: Arc::new(file), sealer, bytes: (SALT + record.len()) as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_shared::edge::EdgeLife;

    #[tokio::test]
    async fn a_killed_floor_comes_back_as_it_was() {
        let folder = std::env::temp_dir().join(format!("hark-journal-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let entropy = crate::clock::system().1;
        let key = JournalKey::new([3; 32], entropy.clone());
        assert!(recover(&folder, "a", &key).unwrap().is_none());
        let mut floor = Floor::new(7);
        let seen = |seq| Some(Seen { life: EdgeLife(3), seq });
        let mut journal = Journal::begin(&folder, "a".to_owned(), key.clone(), (5, seen(1)), &floor).unwrap();
        assert_eq!(recover(&folder, "a", &key).unwrap().unwrap().seen, seen(1));
        for at in 1..=3 {
            let input = Input::Drain;
            journal.write(Timestamp(at), seen(1), Some(&input)).unwrap();
            floor.handle(Timestamp(at), input);
        }
        journal.write(Timestamp(4), seen(2), None).unwrap();
        floor.tick(Timestamp(4));
        (&*journal.open.file).write_all(&[200, 0, 0, 0, 1, 2, 3]).unwrap();
        let bytes = fs::read(path(&folder, 1)).unwrap();
        assert!(!bytes.windows(5).any(|window| window == b"Drain"), "it is sealed");
        assert!(
            recover(&folder, "a", &JournalKey::new([4; 32], entropy)).unwrap().is_none(),
            "another key opens nothing"
        );
        let back = recover(&folder, "a", &key).unwrap().unwrap();
        assert_eq!((back.floor, back.at, back.seen), (floor.clone(), Timestamp(4), seen(2)));
        assert_eq!((back.epoch, back.same_build), (5, true));
        assert!(!recover(&folder, "b", &key).unwrap().unwrap().same_build);
        journal.turn(5, seen(2), &floor).unwrap();
        assert_eq!(numbered::all(&folder, SUFFIX).unwrap(), [2]);
        assert_eq!(recover(&folder, "a", &key).unwrap().unwrap().floor, floor);
        fs::remove_dir_all(&folder).unwrap();
    }
}
