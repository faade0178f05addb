//! Facts on their way to the database: a file first, so that neither an unreachable database nor a crash loses any.
//!
//! The floor appends lines of JSON to segments; one task reads them behind it, saves them in batches and remembers how
//! far it got. A batch saved twice changes nothing, because the store keeps the newer version of a fact.

use super::numbered;
use hark_shared::facts::Versioned;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// The end of a segment's name.
const SUFFIX: &str = "facts";

/// A segment's size after which a new one begins: small enough to delete soon, large enough to be few.
const SEGMENT_BYTES: u64 = 8 << 20;

/// Facts saved in one transaction.
const BATCH: usize = 500;

/// What may wait in memory for a full disk, in bytes: the facts of some ten thousand calls.
const PENDING_BYTES: usize = 32 << 20;

/// The writing end, owned by the floor's loop.
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
    number: u64,
    file: File,
    bytes: u64,
    /// Lines that are not in the file yet; the first may be in it by half.
    pending: Vec<u8>,
    /// The file ends in the middle of a line.
    torn: bool,
    shared: Arc<Shared>,
}

/// The reading end, owned by the task that saves.
#[derive(Debug)]
pub struct Drainer {
    folder: PathBuf,
    number: u64,
    offset: u64,
    cursor: Option<File>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    more: Notify,
    unsaved: AtomicUsize,
}

/// Facts read but not yet settled, and where the next ones begin.
#[derive(Debug)]
pub struct Batch {
    /// The facts.
    pub facts: Vec<Versioned>,
    number: u64,
    offset: u64,
}

/// Opens the outbox of a floor; what an earlier life left unsaved comes first.
///
/// # Errors
/// When the folder cannot be made or a file in it cannot be opened.
pub fn open(folder: &Path) -> io::Result<(Outbox, Drainer)> {
    fs::create_dir_all(folder)?;
    let (number, offset) = read_cursor(folder);
    let last = numbered::all(folder, SUFFIX)?.into_iter().max().unwrap_or(number).max(number);
    // A segment of its own for each life: the last one may end in half a line.
    let next = last + 1;
    let file = OpenOptions::new().create(true).append(true).open(segment(folder, next))?;
    let shared = Arc::new(Shared::default());
    let drainer = Drainer { folder: folder.to_owned(), number, offset, cursor: None, shared: shared.clone() };
    shared.unsaved.store(drainer.count()?, Ordering::Relaxed);
    let folder = folder.to_owned();
    Ok((Outbox { folder, number: next, file, bytes: 0, pending: Vec::new(), torn: false, shared }, drainer))
}

fn segment(folder: &Path, number: u64) -> PathBuf {
    numbered::path(folder, number, SUFFIX)
}

fn read_cursor(folder: &Path) -> (u64, u64) {
    let text = fs::read_to_string(folder.join("saved")).unwrap_or_default();
    let mut parts = text.split_whitespace().map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

impl Outbox {
    /// Takes a fact; [`Self::flush`] puts it into the file, together with others of the same moment.
    ///
    /// # Errors
    /// When so much waits for the disk that this one is lost.
    pub fn append(&mut self, fact: &Versioned) -> io::Result<()> {
        if self.pending.len() >= PENDING_BYTES {
            return Err(io::Error::other("the disk has taken nothing for so long that a fact is lost"));
        }
        serde_json::to_writer(&mut self.pending, fact)?;
        self.pending.push(b'\n');
        // Counted before it can be read: else the saving task could subtract it first, and the count never be zero again.
        self.shared.unsaved.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Puts into the file what it has not yet: it survives the process from now on.
    ///
    /// # Errors
    /// When the disk is full or broken; the caller says so and goes on, since a call must not end for that. What could
    /// not be written goes with the next flush.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if self.bytes >= SEGMENT_BYTES && !self.torn {
            let next = OpenOptions::new().create(true).append(true).open(segment(&self.folder, self.number + 1))?;
            (self.number, self.file, self.bytes) = (self.number + 1, next, 0);
        }
        let result = self.write();
        self.shared.more.notify_one();
        result
    }

    /// Writes on where the last write ended, which after a full disk may be within a line.
    fn write(&mut self) -> io::Result<()> {
        let mut written = 0;
        let result = loop {
            if written == self.pending.len() {
                break Ok(());
            }
            match self.file.write(&self.pending[written..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        if let Some(last) = written.checked_sub(1) {
            self.torn = self.pending[last] != b'\n';
        }
        self.bytes += written as u64;
        self.pending.drain(..written);
        result
    }

    /// Facts that the database has not taken yet.
    #[must_use]
    pub fn unsaved(&self) -> usize {
        self.shared.unsaved.load(Ordering::Relaxed)
    }
}

impl Drainer {
    /// Waits until the floor has written more.
    pub async fn more(&self) {
        self.shared.more.notified().await;
    }

    /// The next facts, oldest first; empty when all are saved.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn batch(&mut self) -> io::Result<Batch> {
        loop {
            let batch = self.read(BATCH)?;
            if !batch.facts.is_empty() {
                return Ok(batch);
            }
            // This segment is done; a later one means that it will not grow any more.
            let Some(next) = numbered::all(&self.folder, SUFFIX)?.into_iter().find(|number| *number > self.number)
            else {
                return Ok(batch);
            };
            if !self.read(1)?.facts.is_empty() {
                continue;
            }
            let _ = fs::remove_file(segment(&self.folder, self.number));
            (self.number, self.offset) = (next, 0);
        }
    }

    fn read(&self, most: usize) -> io::Result<Batch> {
        let mut batch = Batch { facts: Vec::new(), number: self.number, offset: self.offset };
        let mut file = match File::open(segment(&self.folder, self.number)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(batch),
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(self.offset))?;
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        while batch.facts.len() < most && lines.read_until(b'\n', &mut line)? > 0 {
            if line.last() != Some(&b'\n') {
                // Half a line: still being written, or the end of a life.
                break;
            }
            batch.offset += line.len() as u64;
            match serde_json::from_slice(&line) {
                Ok(fact) => batch.facts.push(fact),
                Err(error) => tracing::error!(%error, segment = self.number, "a line of the outbox cannot be read"),
            }
            line.clear();
        }
        Ok(batch)
    }

    /// The batch is in the database: it won't be read again.
    ///
    /// # Errors
    /// When the cursor cannot be written; the batch is then saved once more after a restart, which is harmless.
    pub fn settle(&mut self, batch: &Batch) -> io::Result<()> {
        (self.number, self.offset) = (batch.number, batch.offset);
        // In one step, since the floor adds meanwhile. Lines that cannot be read were counted too, so it may be too much.
        let less = |unsaved: usize| Some(unsaved.saturating_sub(batch.facts.len()));
        let _ = self.shared.unsaved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        // In place and of one length: a kill leaves the old one or the new one.
        let text = format!("{:020} {:020}\n", self.number, self.offset);
        let cursor = match &mut self.cursor {
            Some(cursor) => cursor,
            none => {
                let path = self.folder.join("saved");
                none.insert(OpenOptions::new().create(true).write(true).truncate(false).open(path)?)
            }
        };
        cursor.write_all_at(text.as_bytes(), 0)
    }

    fn count(&self) -> io::Result<usize> {
        let mut count = 0;
        for number in numbered::all(&self.folder, SUFFIX)?.into_iter().filter(|number| *number >= self.number) {
            let offset = if number == self.number { self.offset } else { 0 };
            let mut file = File::open(segment(&self.folder, number))?;
            file.seek(SeekFrom::Start(offset))?;
            count += BufReader::new(file).split(b'\n').count();
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_shared::facts::{Fact, RecordingFact};
    use hark_shared::ids::{ContactId, RecordingId};
    use hark_shared::time::{Millis, Timestamp};

    fn fact(version: u64) -> Versioned {
        let fact = Fact::Recording(RecordingFact {
            id: RecordingId::from_u128(version.into()),
            contact: ContactId::from_u128(1),
            began: Timestamp(0),
            length: Millis(1),
            fault: None,
        });
        Versioned { version, fact }
    }

    fn versions(batch: &Batch) -> Vec<u64> {
        batch.facts.iter().map(|fact| fact.version).collect()
    }

    #[test]
    fn what_one_life_could_not_save_the_next_one_does() {
        let folder = std::env::temp_dir().join(format!("hark-outbox-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let (mut outbox, mut drainer) = open(&folder).unwrap();
        outbox.append(&fact(1)).unwrap();
        assert_eq!(versions(&drainer.batch().unwrap()), [] as [u64; 0], "not on disk yet");
        outbox.flush().unwrap();
        let batch = drainer.batch().unwrap();
        drainer.settle(&batch).unwrap();
        outbox.append(&fact(2)).unwrap();
        outbox.append(&fact(3)).unwrap();
        outbox.flush().unwrap();
        assert_eq!(outbox.unsaved(), 2);
        // A crash in the middle of a line.
        outbox.file.write_all(b"{\"version\":4,").unwrap();
        drop((outbox, drainer));

        let (mut outbox, mut drainer) = open(&folder).unwrap();
        outbox.append(&fact(5)).unwrap();
        outbox.flush().unwrap();
        let batch = drainer.batch().unwrap();
        assert_eq!(versions(&batch), [2, 3], "the first one was settled");
        drainer.settle(&batch).unwrap();
        let batch = drainer.batch().unwrap();
        assert_eq!(versions(&batch), [5], "the half line is left behind");
        drainer.settle(&batch).unwrap();
        assert_eq!(versions(&drainer.batch().unwrap()), [] as [u64; 0]);
        assert_eq!(numbered::all(&folder, SUFFIX).unwrap().len(), 1, "old segments are removed");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_full_disk_delays_facts_and_loses_none() {
        let folder = std::env::temp_dir().join(format!("hark-outbox-full-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let (mut outbox, mut drainer) = open(&folder).unwrap();
        let room = std::mem::replace(&mut outbox.file, OpenOptions::new().write(true).open("/dev/full").unwrap());
        outbox.append(&fact(1)).unwrap();
        outbox.flush().unwrap_err();
        outbox.append(&fact(2)).unwrap();
        outbox.flush().unwrap_err();
        assert_eq!(outbox.unsaved(), 2);
        // It took a part of the first line, then there is room again.
        (outbox.file, outbox.torn) = (room, true);
        outbox.file.write_all(&outbox.pending[..7]).unwrap();
        outbox.pending.drain(..7);
        assert_eq!(versions(&drainer.batch().unwrap()), [] as [u64; 0], "half a line is not read");
        outbox.append(&fact(3)).unwrap();
        outbox.flush().unwrap();
        assert!(!outbox.torn);
        assert_eq!(versions(&drainer.batch().unwrap()), [1, 2, 3]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
