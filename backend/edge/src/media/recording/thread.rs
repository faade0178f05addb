//! The recorder's thread and the ring that leads to it.

use super::recorder::Recorder;
use super::space::Space;
use super::tape::Tape;
use crate::media::MediaEvent;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// Tapes that may wait while a disk stalls: 12 s.
const RING: usize = 64;
/// Events of the recorder that wait for the media thread.
const EVENTS: usize = 1024;

/// The media thread's end of the ring.
pub(crate) struct Ring {
    tapes: SyncSender<Tape>,
    emptied: Receiver<Tape>,
    thread: JoinHandle<()>,
}

impl Ring {
    /// Starts the thread; it writes into the spool and reports through the receiver.
    pub(crate) fn start(space: Arc<Space>) -> io::Result<(Self, mpsc::Receiver<MediaEvent>)> {
        let (tapes, full) = sync_channel(RING);
        let (back, emptied) = sync_channel(RING);
        let (report, events) = mpsc::channel(EVENTS);
        let thread = std::thread::Builder::new()
            .name("hark-recorder".to_owned())
            .spawn(move || run(&space, &full, &back, &report))?;
        Ok((Self { tapes, emptied, thread }, events))
    }

    /// Hands a tape over and leaves an empty one in its place; when the ring is full the packets on it are lost, but no
    /// beginning and no end.
    pub(crate) fn cut(&self, tape: &mut Tape, now: u64) {
        tape.now = now;
        let fresh = self.emptied.try_recv().unwrap_or_default();
        match self.tapes.try_send(std::mem::replace(tape, fresh)) {
            Ok(()) => {}
            Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => {
                *tape = back;
                tape.shed();
            }
        }
    }

    /// Hands over the last tape and waits until every file is closed.
    pub(crate) fn finish(self, mut tape: Tape, now: u64) {
        tape.now = now;
        let _ = self.tapes.send(tape);
        drop(self.tapes);
        if self.thread.join().is_err() {
            tracing::error!("the recorder's thread panicked");
        }
    }
}

fn run(space: &Space, full: &Receiver<Tape>, back: &SyncSender<Tape>, report: &mpsc::Sender<MediaEvent>) {
    // A file that is there already belongs to another recording: it is never overwritten.
    let spool = space.spool.clone();
    let create = move |recording| File::create_new(super::path(&spool, recording));
    let mut recorder = Recorder::new(Box::new(create), Box::new(rand::random));
    let mut now = 0;
    while let Ok(mut tape) = full.recv() {
        now = tape.now;
        if tape.dropped > 0 {
            metrics::counter!("hark_media_packets_dropped_total", "at" => "recorder").increment(tape.dropped);
        }
        recorder.take(&tape, space.look());
        tape.marks.clear();
        tape.bytes.clear();
        tape.dropped = 0;
        let _ = back.try_send(tape);
        send(&mut recorder.events, report);
    }
    recorder.end_all(now);
    send(&mut recorder.events, report);
}

fn send(events: &mut Vec<MediaEvent>, report: &mpsc::Sender<MediaEvent>) {
    for event in events.drain(..) {
        if report.try_send(event).is_err() {
            tracing::error!("the end of a recording could not be reported");
        }
    }
}
