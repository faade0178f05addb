//! All recordings of a thread: tapes in, files out. No file's fault is another's, and none stops the tape.

use super::seal::{FRAME, Header, RATE, Sealer};
use super::space::Room;
use super::tape::{Tape, What};
use super::timeline::Timeline;
use crate::media::MediaEvent;
use hark_shared::edge::SealKey;
use hark_shared::ids::RecordingId;
use hark_shared::time::Millis;
use std::collections::HashMap;
use std::io::{self, Write};

/// What is wrong with a recording that found too little room.
const NOT_BEGUN: &str = "the file was not begun: too little is free where recordings are written (edge.spool_free_mb)";
const ENDED: &str = "the file was ended early: too little is free where recordings are written (edge.spool_free_mb)";

/// Makes the file of a recording.
pub(super) type Create<W> = Box<dyn FnMut(RecordingId) -> io::Result<W> + Send>;

struct Open<W> {
    timeline: Timeline,
    file: Option<Sealer<W>>,
    written: u64,
    fault: Option<String>,
}

/// The recorder.
pub(super) struct Recorder<W> {
    create: Create<W>,
    salt: Box<dyn FnMut() -> [u8; 32] + Send>,
    open: HashMap<RecordingId, Open<W>>,
    frames: Vec<u8>,
    /// What is to be reported.
    pub events: Vec<MediaEvent>,
}

impl<W: Write> Recorder<W> {
    /// A recorder that makes its files with `create` and draws salts from `salt`.
    pub(super) fn new(create: Create<W>, salt: Box<dyn FnMut() -> [u8; 32] + Send>) -> Self {
        Self { create, salt, open: HashMap::new(), frames: Vec::new(), events: Vec::new() }
    }

    /// Takes a tape, while there is so much room.
    pub(super) fn take(&mut self, tape: &Tape, room: Room) {
        for mark in &tape.marks {
            match &mark.what {
                What::Open(seal) => self.begin(mark.recording, seal, mark.at, room),
                What::Packet(packet) => {
                    if let Some(open) = self.open.get_mut(&mark.recording) {
                        let payload = tape.bytes.get(packet.start..packet.end).unwrap_or_default();
                        open.timeline.put(packet, mark.at, payload);
                    }
                }
                What::Close => self.end(mark.recording, mark.at),
            }
        }
        for open in self.open.values_mut() {
            if tape.dropped > 0 {
                open.fault.get_or_insert_with(|| "sound was lost: the disk is too slow".to_owned());
            }
            self.frames.clear();
            open.timeline.advance(tape.now, &mut self.frames);
            open.write(&self.frames);
            if room == Room::Full {
                open.end_early();
            }
        }
    }

    fn begin(&mut self, recording: RecordingId, seal: &SealKey, at: u64, room: Room) {
        if room != Room::Plenty {
            let fault = Some(NOT_BEGUN.to_owned());
            self.open.insert(recording, Open { timeline: Timeline::new(at), file: None, written: 0, fault });
            return;
        }
        let header = Header { key_id: seal.id, recording, salt: (self.salt)() };
        let file = (self.create)(recording).and_then(|file| Sealer::begin(file, &header, seal));
        let fault = file.as_ref().err().map(|error| format!("the file cannot be written: {error}"));
        if let Some(why) = &fault {
            tracing::error!(%recording, why, "a recording is lost, its call goes on");
        }
        self.open.insert(recording, Open { timeline: Timeline::new(at), file: file.ok(), written: 0, fault });
    }

    fn end(&mut self, recording: RecordingId, at: u64) {
        let Some(mut open) = self.open.remove(&recording) else { return };
        self.frames.clear();
        open.timeline.end(at, &mut self.frames);
        open.write(&self.frames);
        if let Some(Err(error)) = open.file.take().map(Sealer::end) {
            open.failed(&error);
        }
        let length = Millis(open.written as i64 * 1000 / i64::from(RATE));
        self.events.push(MediaEvent::Recorded { recording, length, fault: open.fault });
    }

    /// Closes whatever is still open, each at its last frame.
    pub(super) fn end_all(&mut self, now: u64) {
        let all: Vec<RecordingId> = self.open.keys().copied().collect();
        for recording in all {
            self.end(recording, now);
        }
    }
}

impl<W: Write> Open<W> {
    fn write(&mut self, frames: &[u8]) {
        let Some(file) = &mut self.file else { return };
        match file.write(frames) {
            Ok(()) => self.written = self.timeline.done().max(self.written + (frames.len() / FRAME) as u64),
            Err(error) => self.failed(&error),
        }
    }

    /// Closes the file, which plays as far as it goes.
    fn end_early(&mut self) {
        match self.file.take().map(Sealer::end) {
            Some(Ok(_)) => self.fault = Some(ENDED.to_owned()),
            Some(Err(error)) => self.failed(&error),
            None => {}
        }
    }

    fn failed(&mut self, error: &io::Error) {
        tracing::error!(%error, "a recording cannot be written any more, its call goes on");
        self.fault = Some(format!("the file cannot be written: {error}"));
        self.file = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with so much room.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn run(room: usize) -> MediaEvent {
        run_with(room, [Room::Plenty; 2])
    }

    /// Ten seconds on a disk with so much room; what the two tapes are told of it.
    fn run_with(disk: usize, rooms: [Room; 2]) -> MediaEvent {
        let recording = RecordingId::from_u128(1);
        let mut recorder = Recorder::new(Box::new(move |_| Ok(Disk(disk))), Box::new(|| [1; 32]));
        let mut tape = Tape { now: 8000, ..Tape::default() };
        tape.mark(recording, 0, What::Open(SealKey { id: 1, key: [2; 32] }));
        recorder.take(&tape, rooms[0]);
        let mut tape = Tape { now: 80_000, ..Tape::default() };
        tape.mark(recording, 80_000, What::Close);
        recorder.take(&tape, rooms[1]);
        recorder.events.pop().unwrap()
    }

    #[test]
    fn a_full_disk_is_said_and_room_enough_is_not() {
        let MediaEvent::Recorded { length, fault, .. } = run(1_000_000) else { panic!() };
        assert_eq!((length, fault), (Millis(10_000), None));
        let MediaEvent::Recorded { fault, .. } = run(100_000) else { panic!() };
        assert!(fault.unwrap().contains("cannot be written"));
    }

    #[test]
    fn too_little_room_lets_no_file_begin_and_far_too_little_ends_those_that_have() {
        let end = |rooms| {
            let MediaEvent::Recorded { length, fault, .. } = run_with(1_000_000, rooms) else { panic!() };
            (length, fault.unwrap_or_default())
        };
        use Room::{Full, NoMore, Plenty};
        let (length, fault) = end([NoMore, Plenty]);
        assert!(length == Millis(0) && fault.contains("not begun"), "{length:?} {fault}");
        assert_eq!(end([Plenty, NoMore]), (Millis(10_000), String::new()), "one that has begun goes on");
        let (length, fault) = end([Full, Plenty]);
        assert!(length == Millis(0) && fault.contains("not begun"), "{length:?} {fault}");
    }

    #[test]
    fn a_file_that_is_ended_early_is_as_long_as_it_says() {
        let recording = RecordingId::from_u128(1);
        let mut recorder = Recorder::new(Box::new(|_| Ok(Disk(1_000_000))), Box::new(|| [1; 32]));
        let mut tape = Tape { now: 0, ..Tape::default() };
        tape.mark(recording, 0, What::Open(SealKey { id: 1, key: [2; 32] }));
        recorder.take(&tape, Room::Plenty);
        // Half a second is held back for packets that come late.
        recorder.take(&Tape { now: 84_000, ..Tape::default() }, Room::Full);
        recorder.take(&Tape { now: 160_000, ..Tape::default() }, Room::Plenty);
        recorder.end_all(160_000);
        let Some(MediaEvent::Recorded { length, fault, .. }) = recorder.events.pop() else { panic!() };
        assert_eq!(length, Millis(10_000));
        assert!(fault.unwrap().contains("ended early"));
    }
}
