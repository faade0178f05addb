//! Dialogs on disk, so that an edge that was killed hangs up on its next start what it left behind: a carrier would
//! keep such a call, and its price, until a session timer ends it.
//!
//! One small file a dialog that stands, written and removed by a thread of its own. What a full queue or disk loses
//! costs that BYE and nothing else.

use super::stack::Shared;
use hark_shared::ids::LegId;
use rsipstack::dialog::dialog::DialogSnapshot;
use rsipstack::sip::{Header, Method, Request, SipMessage, StatusCodeKind, Uri, Version};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
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
/// The end of a file's name.
const SUFFIX: &str = "dialog";

/// What a BYE needs (RFC 3261, 12.2.1.1).
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
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

enum Note {
    Keep(LegId, Box<Orphan>),
    Forget(LegId),
}

/// The way to the disk.
#[derive(Debug)]
pub(super) struct Dialogs(SyncSender<Note>);

/// What an earlier life left: where, and what.
pub(super) struct Left(Vec<(PathBuf, Orphan)>);

impl Dialogs {
    /// Opens the folder, made when absent, and reads what is in it.
    ///
    /// # Errors
    /// When the folder cannot be used or the thread not be started.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Left)> {
        // Telephone numbers are in there.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let left = left_in(folder)?;
        let (notes, inbox) = sync_channel(QUEUE);
        let folder = folder.to_owned();
        std::thread::Builder::new().name("dialogs".to_owned()).spawn(move || write(&folder, &inbox))?;
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

fn left_in(folder: &Path) -> io::Result<Left> {
    let mut left = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != SUFFIX) {
            continue;
        }
        match fs::read(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()))
        {
            Ok(orphan) => left.push((path, orphan)),
            // Half a file: the machine died while it was written.
            Err(error) => {
                warn!(path = %path.display(), error, "a dialog on disk cannot be read");
                fs::remove_file(&path)?;
            }
        }
    }
    Ok(Left(left))
}

fn write(folder: &Path, inbox: &Receiver<Note>) {
    let mut told = false;
    while let Ok(note) = inbox.recv() {
        let file = |leg: LegId| folder.join(format!("{leg}.{SUFFIX}"));
        let done = match note {
            Note::Keep(leg, orphan) => {
                serde_json::to_vec(&orphan).map_err(io::Error::from).and_then(|text| fs::write(file(leg), text))
            }
            // A call that never stood has no file.
            Note::Forget(leg) => match fs::remove_file(file(leg)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                done => done,
            },
        };
        if let Err(error) = done
            && !std::mem::replace(&mut told, true)
        {
            warn!(%error, folder = %folder.display(), "dialogs cannot be kept: a crash would leave calls standing");
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
        for (path, orphan) in self.0 {
            if byes.len() >= AT_ONCE {
                byes.join_next().await;
            }
            let shared = Arc::clone(&shared);
            byes.spawn(async move {
                if let Err(error) = say_bye(&shared, &orphan).await {
                    warn!(error, "a call of an earlier life could not be hung up");
                }
                // Answered or not: the stack has tried for 32 s, and a session timer does the rest.
                if let Err(error) = fs::remove_file(&path) {
                    warn!(%error, path = %path.display(), "a dialog on disk cannot be removed");
                }
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
        let (notes, inbox) = sync_channel(8);
        for note in [
            Note::Keep(LegId::from_u128(1), Box::new(orphan(1))),
            Note::Keep(LegId::from_u128(2), Box::new(orphan(2))),
            Note::Forget(LegId::from_u128(1)),
            Note::Forget(LegId::from_u128(3)),
        ] {
            notes.send(note).unwrap();
        }
        drop(notes);
        write(&folder, &inbox);
        fs::write(folder.join("half.dialog"), b"{\"uri\":").unwrap();
        let left = left_in(&folder).unwrap().0;
        assert_eq!(left.iter().map(|(_, left)| left).collect::<Vec<_>>(), [&orphan(2)]);
        assert!(!folder.join("half.dialog").exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
