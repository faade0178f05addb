//! Everything that callers can hear: what comes with the house, what a tenant has uploaded, and sentences that a
//! synthesiser has spoken for flows and notices whose words nobody has recorded.
//!
//! Uploaded prompts and sentences are files in one folder, named by what is in them (`own/…`) or by their words
//! (`said/…`), so a name never means another sound later, and an edge may keep what it has loaded. A sentence is spoken
//! when the set-up that holds it is read: no call ever waits for a voice. A machine without a synthesiser keeps what it
//! has; what is missing is skipped by the flow, with an alarm.
//!
//! Left to others: playing (`hark-edge`), which name means which file for a tenant (`TenantSetup::prompts`), and which
//! texts may be published (the flows' lint).

mod espeak;
mod mandarin;
mod wav;

pub use espeak::EspeakNg;
pub use wav::{BadSound, MAX_BYTES, MAX_LENGTH};

use crate::assets;
use hark_shared::flow::speech::{SAID, sentence};
use hark_shared::flow::{Flow, Phrase};
use hark_shared::prompt::OWN;
use hark_shared::setup::TenantSetup;
use hark_shared::time::Millis;
use hark_shared::wire::rest::Language;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Sentences of one tenant that are spoken at most: more is a mistake, and each is a file of some 100 kB.
const MAX_SENTENCES: usize = 2000;

/// Something that speaks.
pub trait Synthesiser: Send + Sync {
    /// Writes `text` as a WAV file (16-bit PCM, any rate) to `to`.
    ///
    /// # Errors
    /// When it cannot, in words for an operator.
    fn speak(&self, language: Language, text: &str, to: &Path) -> io::Result<()>;
}

/// All sounds; cheap to clone.
#[derive(Clone)]
pub struct Library {
    house: Arc<BTreeSet<String>>,
    folder: Arc<Path>,
    synthesiser: Option<Arc<dyn Synthesiser>>,
}

impl Library {
    /// The house's sounds, and those in this folder, which is made when the first one is kept.
    #[must_use]
    pub fn new(folder: &Path, synthesiser: Option<Arc<dyn Synthesiser>>) -> Self {
        Self { house: Arc::new(assets::sound_names()), folder: folder.into(), synthesiser }
    }

    /// The names of what comes with the house.
    #[must_use]
    pub fn house(&self) -> &BTreeSet<String> {
        &self.house
    }

    /// Whether new sentences can be spoken.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.synthesiser.is_some()
    }

    /// A sound by its name, as a WAV file.
    #[must_use]
    pub fn wav(&self, name: &str) -> Option<Vec<u8>> {
        match self.path(name) {
            Some(path) => std::fs::read(path).ok(),
            None => assets::sound(name),
        }
    }

    /// Keeps an uploaded sound; its name and how long it plays. Not for a runtime's thread.
    ///
    /// # Errors
    /// When it is no sound that can be played, or the folder cannot be written.
    pub fn keep(&self, uploaded: &[u8]) -> Result<(String, Millis), BadSound> {
        let length = wav::check(uploaded)?;
        let digest: String = Sha256::digest(uploaded).iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{OWN}/{digest}");
        let to = self.path(&name).ok_or_else(|| io::Error::other("a digest is never a path upwards"))?;
        if !to.exists() {
            settle(&to, |draft| std::fs::write(draft, uploaded))?;
        }
        Ok((name, length))
    }

    /// Speaks a sentence unless that was done, and returns its name. Takes some tenths of a second: not for a runtime's
    /// thread.
    ///
    /// # Errors
    /// When nobody can speak it, or the file cannot be written.
    pub fn ensure(&self, language: Language, text: &str) -> io::Result<String> {
        let name = sentence(language, text);
        let to = self.path(&name).ok_or_else(|| io::Error::other("a sentence's name is never a path upwards"))?;
        if to.exists() {
            return Ok(name);
        }
        let Some(synthesiser) = &self.synthesiser else {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "there is no synthesiser: install espeak-ng"));
        };
        settle(&to, |draft| synthesiser.speak(language, text, draft))?;
        Ok(name)
    }

    /// Speaks what the set-up's flows and notices say, and lists all that its calls can hear. What cannot be spoken is told
    /// to the log and left out. Not for a runtime's thread.
    pub fn prepare(&self, setup: &mut TenantSetup) {
        setup.sounds.clone_from(&self.house);
        for (language, text) in sentences(setup).into_values() {
            match self.ensure(language, &text) {
                Ok(name) => {
                    setup.sounds.insert(name);
                }
                Err(error) => tracing::warn!(tenant.id = %setup.tenant, %error, "a sentence cannot be spoken"),
            }
        }
    }

    /// The file of a kept sound, `own/…` or `said/<language>/…`; `None` for any other name.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let parts: Vec<&str> = name.split('/').collect();
        match parts.as_slice() {
            [OWN, digest] if plain(digest) => Some(self.folder.join(OWN).join(format!("{digest}.wav"))),
            [SAID, language, words] if plain(language) && plain(words) => {
                Some(self.folder.join(SAID).join(language).join(format!("{words}.wav")))
            }
            _ => None,
        }
    }
}

impl hark_edge::config::Sounds for Library {
    fn wav(&self, name: &str) -> Option<Vec<u8>> {
        Self::wav(self, name)
    }
}

/// Writes a file beside its place and moves it there, so that nobody ever plays half of it. Two that do so at once write
/// the same.
fn settle(to: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let own = format!("{}-{:?}.part", std::process::id(), std::thread::current().id());
    let draft = to.with_extension(own.replace(['(', ')'], ""));
    write(&draft).and_then(|()| std::fs::rename(&draft, to)).inspect_err(|_| {
        let _ = std::fs::remove_file(&draft);
    })
}

/// Everything that a set-up says by sentence, each once, by their names.
fn sentences(setup: &TenantSetup) -> BTreeMap<String, (Language, String)> {
    let flows = setup.flows.iter().flat_map(|published| of_flow(&published.flow));
    // A notice is said in the language of whichever flow comes by.
    let both = [Language::Zh, Language::En];
    let notices =
        setup.notices.iter().flat_map(|notice| notice.say.iter().flat_map(move |phrase| words(phrase, &both)));
    let named = |(language, text): (Language, String)| (sentence(language, &text), (language, text));
    flows.chain(notices).map(named).take(MAX_SENTENCES).collect()
}

/// Everything that a flow says by sentence. A sub-flow goes on in its caller's language, so both are spoken.
fn of_flow(flow: &Flow) -> Vec<(Language, String)> {
    let phrases = flow.nodes.values().flat_map(|node| node.kind.phrases());
    phrases.flat_map(|phrase| words(phrase, &[Language::Zh, Language::En])).collect()
}

fn words(phrase: &Phrase, languages: &[Language]) -> Vec<(Language, String)> {
    let Phrase::Text { zh, en } = phrase else { return Vec::new() };
    let of = |language: &Language| match language {
        Language::Zh => (*language, zh.clone()),
        Language::En => (*language, en.clone()),
    };
    languages.iter().map(of).filter(|(_, text)| !text.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests;
