//! How much room is left where recordings are written, and what that means for them.
//!
//! The journal and the database often share the disk with the spool, and a full one costs them records. So recordings
//! leave a reserve alone: below it none begins, below half of it those that run are closed. Calls go on in any case. All
//! recorders ask one [`Space`], so a change is said in the log once.

use metrics::gauge;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// What recordings may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Room {
    /// Begin and go on.
    #[default]
    Plenty,
    /// Go on, but not begin.
    NoMore,
    /// Neither.
    Full,
}

impl Room {
    /// With so many bytes free of a reserve of `least`, after `before`. Once there was too little, a sixteenth more than
    /// the reserve must be free, so that nothing flutters about the bound.
    fn of(free: u64, least: u64, before: Self) -> Self {
        let enough = if before == Self::Plenty { least } else { least.saturating_add(least / 16) };
        match free {
            _ if free >= enough => Self::Plenty,
            _ if free >= least / 2 => Self::NoMore,
            _ => Self::Full,
        }
    }
}

/// The spool and its reserve.
#[derive(Debug)]
pub(crate) struct Space {
    /// The folder.
    pub spool: PathBuf,
    /// Bytes that recordings leave free; 0 is no bound.
    least: u64,
    room: Mutex<Room>,
}

impl Space {
    /// A spool in whose file system `least` bytes shall stay free.
    pub(crate) fn new(spool: PathBuf, least: u64) -> Self {
        Self { spool, least, room: Mutex::default() }
    }

    /// Asks the file system. One that does not answer stops nobody: whoever writes there will see what is wrong.
    pub(super) fn look(&self) -> Room {
        let stat = rustix::fs::statvfs(&self.spool).inspect_err(|error| tracing::debug!(%error, "the spool's disk"));
        let Ok(stat) = stat else { return Room::Plenty };
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *room;
        let now = Room::of(free, self.least, before);
        *room = now;
        drop(room);
        #[expect(clippy::cast_precision_loss, reason = "disks have less than 2^53 bytes, and a figure may be rounded")]
        gauge!("hark_spool_free_bytes").set(free as f64);
        gauge!("hark_spool_short").set(if now == Room::Plenty { 0.0 } else { 1.0 });
        if before != now {
            let (free, reserve, spool) = (free / 1_000_000, self.least / 1_000_000, self.spool.display());
            match now {
                Room::Plenty => tracing::info!(free, %spool, "there is room again: calls are recorded"),
                Room::NoMore => {
                    tracing::error!(free, reserve, %spool, "too few megabytes are free: no recording begins, calls go on");
                }
                Room::Full => {
                    tracing::error!(free, reserve, %spool, "far too few megabytes are free: recordings end, calls go on");
                }
            }
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_left_alone_and_nothing_flutters() {
        let run = |free: &[u64]| {
            let next = |room: &mut Room, free: &u64| {
                *room = Room::of(*free, 1600, *room);
                Some(*room)
            };
            free.iter().scan(Room::Plenty, next).collect::<Vec<_>>()
        };
        use Room::{Full, NoMore, Plenty};
        let free = [1600, 1599, 1600, 1699, 1700, 1600, 799, 800, 5000, 0];
        assert_eq!(run(&free), [Plenty, NoMore, NoMore, NoMore, Plenty, Plenty, Full, NoMore, Plenty, Full]);
        assert_eq!(Room::of(0, 0, Plenty), Plenty, "no bound");
    }

    #[test]
    fn a_real_disk_is_asked() {
        let folder = std::env::temp_dir();
        assert_eq!(Space::new(folder.clone(), 0).look(), Room::Plenty);
        assert_eq!(Space::new(folder, u64::MAX).look(), Room::Full);
        assert_eq!(Space::new("/no/such/folder".into(), u64::MAX).look(), Room::Plenty);
    }
}
