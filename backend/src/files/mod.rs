//! Recordings as files: from the edge's spool folder into the object store, and back as sound.
//!
//! A file is sealed by the edge as it is written and stays sealed everywhere; it is opened only while it is played.
//! Its name is the recording's id, its folder in the store the tenant's. The format is the edge's business: whoever
//! makes a [`Files`] hands in the function that opens it.

mod range;

pub use range::{ByteRange, RangeError};

use bytes::Bytes;
use futures_util::{Stream, stream};
use hark_shared::edge::SealKey;
use hark_shared::ids::{RecordingId, TenantId};
use object_store::local::LocalFileSystem;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt, WriteMultipart};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of sound read and sent at a time.
const CHUNK: usize = 64 * 1024;
/// Recordings open at once: the edge's reader holds a whole one in memory, an hour being some 60 MB.
const OPEN: usize = 16;
/// Files of the spool that one look takes: more wait for the next one.
const SPOOLED: usize = 500;
/// Parts of an upload on their way at once; each is 5 MiB.
const PARTS: usize = 2;

/// A whole WAV file that can be read from anywhere.
pub trait Sound: Read + Seek + Send {}

impl<T: Read + Seek + Send> Sound for T {}

/// Opens a sealed recording with whichever of the tenant's keys its header names. A file that breaks off plays as far
/// as it goes.
pub type OpenSealed = fn(&Path, &[SealKey]) -> io::Result<Box<dyn Sound>>;

/// The recordings; cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    spool: Arc<Path>,
    open: OpenSealed,
    places: Arc<Semaphore>,
}

/// Why a file could not be kept or opened.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The object store refused.
    #[error("recordings' store: {0}")]
    Store(#[from] object_store::Error),
    /// As many recordings are open as may be.
    #[error("{OPEN} recordings are being played already")]
    Busy,
    /// The disk refused.
    #[error("{path}: {source}")]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Files {
    /// Recordings in a local folder, made when absent; the edge writes into `spool`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn local(folder: &Path, spool: &Path, open: OpenSealed) -> Result<Self, FilesError> {
        std::fs::create_dir_all(folder).map_err(|source| FilesError::Disk { path: folder.to_owned(), source })?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(store), spool: spool.into(), open, places: Arc::new(Semaphore::new(OPEN)) })
    }

    /// Where the edge writes this recording, until it is kept.
    #[must_use]
    pub fn spooled(&self, recording: RecordingId) -> PathBuf {
        self.spool.join(file_name(recording))
    }

    /// Moves a closed recording from the spool into the store. Safe to repeat: what is kept already is left alone, and
    /// the spool's copy goes only once the store has it whole.
    ///
    /// # Errors
    /// When the spool cannot be read or the store not be written; the spool's copy is then still there.
    pub async fn keep(&self, tenant: TenantId, recording: RecordingId) -> Result<(), FilesError> {
        let spooled = self.spooled(recording);
        let disk = |source| FilesError::Disk { path: spooled.clone(), source };
        let mut file = match tokio::fs::File::open(&spooled).await {
            Ok(file) => file,
            Err(why) if why.kind() == io::ErrorKind::NotFound && self.is_kept(tenant, recording).await? => {
                return Ok(());
            }
            Err(why) => return Err(disk(why)),
        };
        let mut upload = WriteMultipart::new(self.store.put_multipart(&object(tenant, recording)).await?);
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = match file.read(&mut chunk).await {
                Ok(0) => break,
                Ok(length) => length,
                Err(why) => {
                    upload.abort().await?;
                    return Err(disk(why));
                }
            };
            upload.wait_for_capacity(PARTS).await?;
            upload.write(&chunk[..length]);
        }
        upload.finish().await?;
        match tokio::fs::remove_file(&spooled).await {
            // Somebody else kept it meanwhile, and it is the same file.
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(disk),
        }
    }

    /// Throws a closed recording away that is only in the spool. Safe to repeat.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn discard(&self, recording: RecordingId) -> Result<(), FilesError> {
        let path = self.spooled(recording);
        match tokio::fs::remove_file(&path).await {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|source| FilesError::Disk { path, source }),
        }
    }

    /// Recordings that lie in the spool, open or closed; at most [`SPOOLED`] of them.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn all_spooled(&self) -> Result<Vec<RecordingId>, FilesError> {
        let disk = |source| FilesError::Disk { path: self.spool.to_path_buf(), source };
        let mut folder = tokio::fs::read_dir(&self.spool).await.map_err(disk)?;
        let mut found = Vec::new();
        while let Some(entry) = folder.next_entry().await.map_err(disk)? {
            let name = entry.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
            let id: Option<RecordingId> = stem.and_then(|stem| stem.parse().ok());
            found.extend(id);
            if found.len() == SPOOLED {
                break;
            }
        }
        Ok(found)
    }

    /// Opens a recording to be played, from the store or, while it is not kept yet, from the spool; `None` when
    /// neither has it. The caller has seen in the store that the recording is the tenant's: the spool does not say.
    ///
    /// # Errors
    /// When it is there but cannot be read or opened, or too many are open.
    pub async fn sound(
        &self,
        tenant: TenantId,
        recording: RecordingId,
        keys: Vec<SealKey>,
    ) -> Result<Option<OpenSound>, FilesError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| FilesError::Busy)?;
        let path = match self.store.get(&object(tenant, recording)).await {
            Ok(found) => match found.payload {
                GetResultPayload::File(_, path) => path,
                // Another kind of store will need a local copy here; there is none yet.
                GetResultPayload::Stream(_) => return Err(not_local()),
            },
            Err(object_store::Error::NotFound { .. }) => self.spooled(recording),
            Err(why) => return Err(why.into()),
        };
        let open = self.open;
        let opened = blocking(move || {
            let mut sound = match open(&path, &keys) {
                Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
                opened => opened.map_err(|source| FilesError::Disk { path: path.clone(), source })?,
            };
            let length = sound.seek(SeekFrom::End(0)).map_err(|source| FilesError::Disk { path, source })?;
            Ok(Some(OpenSound { sound, length, place }))
        });
        opened.await.unwrap_or_else(|why| Err(FilesError::Disk { path: self.spool.to_path_buf(), source: why }))
    }

    /// Removes a sound for good, wherever it lies. Safe to repeat.
    ///
    /// # Errors
    /// When the store or the disk refuses.
    pub async fn remove(&self, tenant: TenantId, recording: RecordingId) -> Result<(), FilesError> {
        match self.store.delete(&object(tenant, recording)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => self.discard(recording).await,
            Err(why) => Err(why.into()),
        }
    }

    async fn is_kept(&self, tenant: TenantId, recording: RecordingId) -> Result<bool, FilesError> {
        match self.store.head(&object(tenant, recording)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(why) => Err(why.into()),
        }
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Files({})", self.store)
    }
}

/// A recording that is being played.
pub struct OpenSound {
    sound: Box<dyn Sound>,
    length: u64,
    place: OwnedSemaphorePermit,
}

impl OpenSound {
    /// The whole WAV's length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The whole WAV at once; for what is short.
    ///
    /// # Errors
    /// When it cannot be read, or is longer than `most` bytes.
    pub async fn whole(mut self, most: u64) -> io::Result<Vec<u8>> {
        if self.length > most {
            return Err(io::Error::other("the sound is too long"));
        }
        blocking(move || {
            let mut bytes = Vec::new();
            self.sound.seek(SeekFrom::Start(0))?;
            self.sound.read_to_end(&mut bytes)?;
            Ok(bytes)
        })
        .await?
    }

    /// The bytes of this range, read piece by piece as they are wanted: a slow listener holds no thread.
    pub fn stream(self, range: ByteRange) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let left = range.length();
        stream::try_unfold((self.sound, self.place, range.first, left), async |(mut sound, place, at, left)| {
            if left == 0 {
                return Ok(None);
            }
            blocking(move || {
                let want = CHUNK.min(usize::try_from(left).unwrap_or(CHUNK));
                let mut chunk = vec![0; want];
                sound.seek(SeekFrom::Start(at))?;
                sound.read_exact(&mut chunk)?;
                let read = want as u64;
                Ok(Some((Bytes::from(chunk), (sound, place, at + read, left - read))))
            })
            .await?
        })
    }
}

/// Runs work that waits for a disk on a thread that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}

fn not_local() -> FilesError {
    FilesError::Disk { path: PathBuf::new(), source: io::Error::other("the store is not local") }
}

/// What the name of a recording's file ends in.
const SUFFIX: &str = ".hark";

/// As the edge calls it in the spool.
fn file_name(recording: RecordingId) -> String {
    format!("{recording}{SUFFIX}")
}

fn object(tenant: TenantId, recording: RecordingId) -> object_store::path::Path {
    object_store::path::Path::from_iter([tenant.to_string(), file_name(recording)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;
    use hark_store::testing::TempFolder;

    const A: TenantId = TenantId::from_u128(1);
    const B: TenantId = TenantId::from_u128(2);
    const IT: RecordingId = RecordingId::from_u128(3);

    fn plain(path: &Path, _: &[SealKey]) -> io::Result<Box<dyn Sound>> {
        Ok(Box::new(std::fs::File::open(path)?))
    }

    async fn read(files: &Files, tenant: TenantId, first: u64, last: u64) -> Option<Vec<u8>> {
        let sound = files.sound(tenant, IT, vec![]).await.unwrap()?;
        let chunks: Vec<Bytes> = sound.stream(ByteRange { first, last }).try_collect().await.unwrap();
        Some(chunks.concat())
    }

    #[tokio::test]
    async fn a_recording_moves_and_plays_before_and_after() {
        let folder = TempFolder::new();
        let spool = folder.path().join("spool");
        std::fs::create_dir(&spool).unwrap();
        let files = Files::local(&folder.path().join("kept"), &spool, plain).unwrap();
        assert!(files.keep(A, IT).await.is_err(), "neither spooled nor kept");
        assert!(read(&files, A, 0, 0).await.is_none());

        let sound: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
        std::fs::write(files.spooled(IT), &sound).unwrap();
        assert_eq!(read(&files, A, 0, 199_999).await.unwrap(), sound);
        files.keep(A, IT).await.unwrap();
        assert!(!files.spooled(IT).exists());
        assert_eq!(read(&files, A, 0, 199_999).await.unwrap(), sound);
        assert_eq!(read(&files, A, 65_530, 65_545).await.unwrap(), sound[65_530..=65_545]);
        assert!(read(&files, B, 0, 0).await.is_none(), "another tenant's");
        files.keep(A, IT).await.expect("again is harmless");

        let mut open = Vec::new();
        for _ in 0..OPEN {
            open.push(files.sound(A, IT, vec![]).await.unwrap().unwrap());
        }
        assert!(matches!(files.sound(A, IT, vec![]).await, Err(FilesError::Busy)));
        open.pop();
        assert_eq!(read(&files, A, 5, 6).await.unwrap(), sound[5..=6]);
    }
}
