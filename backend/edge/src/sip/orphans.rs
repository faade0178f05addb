//! Dialogs on disk, so that an edge that was killed hangs up on its next start what it left behind: a carrier would
//! keep such a call, and its price, until a session timer ends it.
//!
//! A log of what began to stand and what is over, written by a thread of its own and written anew when most of it is
//! past. (A file a dialog would cost the file system more than the call costs us.) What a full queue or disk loses
//! costs that BYE and nothing else.

use super::stack::Shared;
use hark_shared::ids::LegId;
use rsipstack::dialog::dialog::DialogSnapshot;
use rsipstack::sip::{Header, Method, Request, SipMessage, StatusCodeKind, Uri, Version};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use tokio::task::JoinSet;
use tracing::{info, warn};

/// Notes that may wait for the disk: two a call, a second of them at 1,000 calls/s.
const QUEUE: usize = 2048;
/// Goodbyes under way at once.
const AT_ONCE: usize = 64;
/// Added to the last CSeq on disk: room for what was sent since it was written. It must only grow (RFC 3261, 12.2.1.1).
const CSEQ_LEAP: u32 = 1000;
/// The log's name in its folder.
const LOG: &str = "standing.log";
/// Lines of the past before the log is written anew: some hundred kilobytes.
const PAST: usize = 1000;

/// What a BYE needs (RFC 3261, 12.2.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Orphan {
    uri: String,
    call_id: String,
    from: String,
    to: String,
    cseq: u32,
    routes: Vec<String>,
}

impl Orphan {
    fn of(dialog: &DialogSnapshot) -> Self {
        let (ours, theirs) = match dialog.role {
            TransactionRole::Client => (dialog.from.to_string(), dialog.to.to_string()),
            TransactionRole::Server => (dialog.to.to_string(), dialog.from.to_string()),
        };
        Self {
            uri: dialog.remote_uri.to_string(),
            call_id: dialog.id.call_id.clone(),
            from: ours,
            to: theirs,
            cseq: dialog.local_cseq,
            routes: dialog.route_set.iter().map(ToString::to_string).collect(),
        }
    }

    fn bye(&self, shared: &Shared) -> Result<Request, String> {
        let words = |error: rsipstack::Error| error.to_string();
        let via = shared.endpoint.inner.get_via(None, None).map_err(words)?;
        let mut headers = vec![
            Header::Via(via.into()),
            Header::CallId(self.call_id.clone().into()),
            Header::From(self.from.clone().into()),
            Header::To(self.to.clone().into()),
            Header::CSeq(format!("{} BYE", self.cseq.saturating_add(CSEQ_LEAP)).into()),
            Header::MaxForwards("70".into()),
            Header::Other("Reason".into(), "Q.850;cause=41;text=\"Temporary failure\"".into()),
        ];
        headers.extend(self.routes.iter().map(|route| Header::Route(route.clone().into())));
        headers.push(Header::ContentLength("0".into()));
        let uri = Uri::try_from(self.uri.as_str()).map_err(|error| error.to_string())?;
        Ok(Request { method: Method::Bye, uri, version: Version::V2, headers: headers.into(), body: Vec::new() })
    }
}

/// A line of the log.
#[derive(Debug, Serialize, Deserialize)]
enum Note {
    Keep(LegId, Box<Orphan>),
    Forget(LegId),
}

/// The way to the disk.
#[derive(Debug)]
pub(super) struct Dialogs(SyncSender<Note>);

/// What an earlier life left.
pub(super) struct Left(BTreeMap<LegId, Orphan>);

impl Dialogs {
    /// Opens the folder, made when absent, and reads what is in it.
    ///
    /// # Errors
    /// When the folder cannot be used or the thread not be started.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Left)> {
        // Telephone numbers are in there.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let log = Log::open(folder.join(LOG))?;
        let left = Left(log.standing.clone());
        let (notes, inbox) = sync_channel(QUEUE);
        std::thread::Builder::new().name("dialogs".to_owned()).spawn(move || write(log, &inbox))?;
        Ok((Self(notes), left))
    }

    /// A dialog stands.
    pub(super) fn keep(&self, leg: LegId, dialog: &DialogSnapshot) {
        // A full queue means a slow disk: calls do not wait for it.
        self.0.try_send(Note::Keep(leg, Box::new(Orphan::of(dialog)))).ok();
    }

    /// A dialog is over.
    pub(super) fn forget(&self, leg: LegId) {
        self.0.try_send(Note::Forget(leg)).ok();
    }
}

/// The log and what stands according to it.
struct Log {
    path: PathBuf,
    file: File,
    standing: BTreeMap<LegId, Orphan>,
    /// Lines in the file.
    lines: usize,
}

impl Log {
    /// Reads what an earlier life wrote, and begins anew with what still stood.
    fn open(path: PathBuf) -> io::Result<Self> {
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let mut standing = BTreeMap::new();
        for line in text.lines() {
            match serde_json::from_str(line) {
                Ok(note) => take(&mut standing, note),
                // Half a line: the disk was full, or the machine died while it was written.
                Err(error) => warn!(path = %path.display(), %error, "a dialog on disk cannot be read"),
            }
        }
        let file = anew(&path, &standing)?;
        Ok(Self { lines: standing.len(), path, file, standing })
    }

    /// Adds notes, all at once.
    fn add(&mut self, notes: Vec<Note>) -> io::Result<()> {
        let mut text = Vec::new();
        for note in notes {
            // A call that never stood is not in the file.
            if matches!(&note, Note::Forget(leg) if !self.standing.contains_key(leg)) {
                continue;
            }
            line(&mut text, &note)?;
            self.lines += 1;
            take(&mut self.standing, note);
        }
        if self.lines > self.standing.len() + PAST {
            self.file = anew(&self.path, &self.standing)?;
            self.lines = self.standing.len();
            return Ok(());
        }
        self.file.write_all(&text)
    }
}

fn take(standing: &mut BTreeMap<LegId, Orphan>, note: Note) {
    match note {
        Note::Keep(leg, orphan) => standing.insert(leg, *orphan),
        Note::Forget(leg) => standing.remove(&leg),
    };
}

fn line(text: &mut Vec<u8>, note: &Note) -> io::Result<()> {
    serde_json::to_writer(&mut *text, note)?;
    text.push(b'\n');
    Ok(())
}

/// The log with nothing past in it; the old one stays until the new one is whole.
fn anew(path: &Path, standing: &BTreeMap<LegId, Orphan>) -> io::Result<File> {
    let mut text = Vec::new();
    for (leg, orphan) in standing {
        line(&mut text, &Note::Keep(*leg, Box::new(orphan.clone())))?;
    }
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&text)?;
    fs::rename(&new, path)?;
    Ok(file)
}

fn write(mut log: Log, inbox: &Receiver<Note>) {
    let mut told = false;
    while let Ok(note) = inbox.recv() {
        let notes = std::iter::once(note).chain(inbox.try_iter().take(QUEUE)).collect();
        if let Err(error) = log.add(notes)
            && !std::mem::replace(&mut told, true)
        {
            warn!(%error, path = %log.path.display(), "dialogs cannot be kept: a crash would leave calls standing");
        }
    }
}

impl Left {
    /// Hangs up what an earlier life left.
    pub(super) async fn hang_up(self, shared: Arc<Shared>) {
        if self.0.is_empty() {
            return;
        }
        info!(dialogs = self.0.len(), "hanging up what an earlier life left");
        let mut byes = JoinSet::new();
        for (leg, orphan) in self.0 {
            if byes.len() >= AT_ONCE {
                byes.join_next().await;
            }
            let shared = Arc::clone(&shared);
            byes.spawn(async move {
                if let Err(error) = say_bye(&shared, &orphan).await {
                    warn!(error, "a call of an earlier life could not be hung up");
                }
                // Answered or not: the stack has tried for 32 s, and a session timer does the rest.
                shared.kept.forget(leg);
            });
        }
        while byes.join_next().await.is_some() {}
    }
}

async fn say_bye(shared: &Shared, orphan: &Orphan) -> Result<(), String> {
    let words = |error: rsipstack::Error| error.to_string();
    let request = orphan.bye(shared)?;
    let key = TransactionKey::from_request(&request, TransactionRole::Client).map_err(words)?;
    let mut tx = Transaction::new_client(key, request, Arc::clone(&shared.endpoint.inner), None);
    tx.send().await.map_err(words)?;
    while let Some(message) = tx.receive().await {
        if let SipMessage::Response(response) = message
            && response.status_code.kind() != StatusCodeKind::Provisional
        {
            // 481 is as good: it was over already.
            return Ok(());
        }
    }
    Err("no answer to BYE".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_is_found_again_and_what_is_over_is_not() {
        let folder = std::env::temp_dir().join(format!("hark-dialogs-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let orphan = |cseq| Orphan {
            uri: "sip:a@192.0.2.1:5060".into(),
            call_id: "x".into(),
            from: "<sip:b@192.0.2.2>;tag=1".into(),
            to: "<sip:a@192.0.2.1>;tag=2".into(),
            cseq,
            routes: vec!["<sip:192.0.2.3;lr>".into()],
        };
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(LOG);
        let leg = LegId::from_u128;
        let (notes, inbox) = sync_channel(8);
        for note in [
            Note::Keep(leg(1), Box::new(orphan(1))),
            Note::Keep(leg(2), Box::new(orphan(2))),
            Note::Forget(leg(1)),
            Note::Forget(leg(3)),
            Note::Keep(leg(2), Box::new(orphan(3))),
        ] {
            notes.send(note).unwrap();
        }
        drop(notes);
        write(Log::open(path.clone()).unwrap(), &inbox);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"Keep\":[").unwrap();
        let stands = BTreeMap::from([(leg(2), orphan(3))]);
        let mut log = Log::open(path.clone()).unwrap();
        assert_eq!(log.standing, stands, "half a line costs itself");

        for number in 10..10 + PAST as u128 {
            log.add(vec![Note::Keep(leg(number), Box::new(orphan(1))), Note::Forget(leg(number))]).unwrap();
        }
        assert!(log.lines < 2 * PAST && fs::read_to_string(&path).unwrap().lines().count() == log.lines);
        assert_eq!(Log::open(path).unwrap().standing, stands);
        fs::remove_dir_all(&folder).unwrap();
    }
}
