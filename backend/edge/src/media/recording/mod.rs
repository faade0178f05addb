//! Recordings: two channels, sealed as they are written, on a thread of their own.
//!
//! The core taps received packets into a [`tape::Tape`]; every 200 ms the tape goes through a bounded ring to the
//! recorder's thread, which orders packets by RTP timestamp, fills gaps with silence, seals and writes. A full ring or a
//! full disk costs sound in the file, never in the call, and the file's end says so. [`open`] reads a file back, also one
//! that was cut off.

mod reader;
mod recorder;
mod seal;
pub(crate) mod space;
pub(crate) mod tape;
pub(crate) mod thread;
mod timeline;

pub use reader::{OpenError, Recording, key_id, open};

use hark_shared::ids::RecordingId;
use std::path::{Path, PathBuf};

/// Where a recording lies.
#[must_use]
pub fn path(spool: &Path, recording: RecordingId) -> PathBuf {
    spool.join(format!("{recording}.hark"))
}
