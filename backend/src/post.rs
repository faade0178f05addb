//! The post: messages that callers left are mailed to whoever their box names, with the sound.
//!
//! What must be mailed stands in the store, written with the message, so a crash loses nothing; one that comes between
//! sending and noting it sends a letter twice. A letter is tried for a day, less and less often.

use crate::assets;
use crate::clock::Clock;
use crate::files::Files;
use crate::mail::{Letter, MailError, Mailer};
use hark_shared::ids::TenantId;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::messages::{MailboxSetting, Message};
use hark_store::{Db, DueMail, Mailed, StoreError};
use hound::{WavReader, WavSpec, WavWriter};
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether something is due: people expect mail within a minute.
const TURN: Duration = Duration::from_secs(5);
/// Letters of one turn: a flood is sent a little at a time, and nobody else's job waits for it.
const LETTERS: u16 = 20;
/// How long until the second try; each further one waits twice as long, at most an hour.
const AGAIN: Millis = Millis::from_secs(60);
const AGAIN_AT_MOST: Millis = Millis::from_secs(3600);
/// Tries: about a day.
const TRIES: u32 = 28;
/// A message that waited longer (no server was named until now) is no news any more.
const NEWS: Millis = Millis::from_secs(2 * 86_400);
/// The longest message, 600 s, on two channels of 16 bits, and some room: [`Files`] hold no longer ones of voicemail.
const LONGEST: u64 = 610 * 8000 * 4;

/// The post and what it works on.
pub struct Post {
    /// What is due.
    pub db: Db,
    /// The sounds.
    pub files: Files,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The way out.
    pub mailer: Mailer,
}

impl Post {
    /// Works from now on, for as long as the process lives.
    pub fn start(self) {
        tokio::spawn(async move {
            loop {
                if let Err(error) = self.turn().await {
                    tracing::warn!(%error, "messages cannot be mailed now");
                }
                tokio::time::sleep(TURN).await;
            }
        });
    }

    /// Sends what is due now.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn turn(&self) -> Result<(), StoreError> {
        for due in self.db.due_mails(self.clock.now(), LETTERS).await? {
            let came_of_it = self.deliver(&due).await?;
            let (id, tenant) = (due.message.id, due.tenant);
            match &came_of_it {
                Mailed::Done => {}
                Mailed::Again(_, fault) => {
                    tracing::warn!(tenant.id = %tenant, message.id = %id, fault, "a message is mailed later");
                }
                Mailed::GivenUp(fault) => {
                    tracing::error!(tenant.id = %tenant, message.id = %id, fault, "a message is not mailed");
                }
            }
            self.db.mailed(tenant, id, &came_of_it).await?;
        }
        Ok(())
    }

    async fn deliver(&self, due: &DueMail) -> Result<Mailed, StoreError> {
        let now = self.clock.now();
        let boxes: Vec<MailboxSetting> = self.db.documents(due.tenant).await?;
        let setting =
            boxes.into_iter().find(|setting| setting.mailbox == due.message.mailbox && !setting.address.is_empty());
        let Some(setting) = setting else { return Ok(Mailed::Done) };
        if now.since(due.message.left) > NEWS {
            return Ok(Mailed::GivenUp("it is too old".to_owned()));
        }
        let later = |fault: String| {
            if due.tries + 1 >= TRIES {
                return Mailed::GivenUp(fault);
            }
            let wait = AGAIN.0.saturating_mul(1 << due.tries.min(16)).min(AGAIN_AT_MOST.0);
            Mailed::Again(now + Millis(wait), fault)
        };
        let sound = match self.sound(due.tenant, &due.message).await? {
            Ok(sound) => sound,
            Err(fault) => return Ok(later(fault)),
        };
        Ok(match self.mailer.send(letter(&setting, &due.message, sound)).await {
            Ok(()) => Mailed::Done,
            Err(why @ MailError::NotNow(_)) => later(why.to_string()),
            Err(why @ (MailError::Refused(_) | MailError::Letter(_))) => Mailed::GivenUp(why.to_string()),
        })
    }

    /// The caller's voice, or in words why it cannot be had now.
    async fn sound(&self, tenant: TenantId, message: &Message) -> Result<Result<Vec<u8>, String>, StoreError> {
        let keys = self.db.recording_keys(tenant).await?;
        Ok(match self.files.sound(tenant, message.id, keys).await {
            Ok(Some(sound)) => match sound.whole(LONGEST).await {
                Ok(wav) => first_channel(&wav).map_err(|why| format!("its sound cannot be read: {why}")),
                Err(why) => Err(why.to_string()),
            },
            Ok(None) => Err("its sound is not there".to_owned()),
            Err(why) => Err(why.to_string()),
        })
    }
}

fn letter(setting: &MailboxSetting, message: &Message, sound: Vec<u8>) -> Letter {
    let word = |key| assets::mail_word(setting.language, key);
    let caller = match (&message.name, &message.number) {
        (Some(name), Some(number)) => format!("{name} ({number})"),
        (Some(name), None) => name.clone(),
        (None, Some(number)) => number.to_string(),
        (None, None) => word("withheld"),
    };
    let seconds = (message.length.0 + 500) / 1000;
    let fill = |text: String| {
        text.replace("{{ caller }}", &caller)
            .replace("{{ mailbox }}", message.mailbox_name.as_deref().unwrap_or_default())
            .replace("{{ seconds }}", &seconds.to_string())
            .replace("{{ time }}", &stamp(message.left))
    };
    Letter {
        to: setting.address.clone(),
        // A subject is one line, whatever a caller's name holds.
        subject: fill(word("subject")).replace(['\r', '\n'], " "),
        text: fill(word("text")),
        name: format!("{}.wav", message.id),
        sound,
    }
}

/// In UTC, since a mailbox has no zone of its own; the reader's mail program shows its own time of arrival beside it.
fn stamp(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// The first channel of a WAV of 16 bits, as a WAV of one: the caller's voice.
fn first_channel(wav: &[u8]) -> Result<Vec<u8>, hound::Error> {
    let mut reader = WavReader::new(Cursor::new(wav))?;
    let both = reader.spec();
    let mut mono = Cursor::new(Vec::with_capacity(wav.len()));
    let mut writer = WavWriter::new(&mut mono, WavSpec { channels: 1, ..both })?;
    for sample in reader.samples::<i16>().step_by(usize::from(both.channels)) {
        writer.write_sample(sample?)?;
    }
    writer.finalize()?;
    Ok(mono.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_shared::wire::rest::Language;

    #[test]
    fn of_two_channels_the_first_one_is_sent() {
        let spec =
            WavSpec { channels: 2, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut wav = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut wav, spec).unwrap();
        [513i16, 9, 1027, 9].iter().for_each(|sample| writer.write_sample(*sample).unwrap());
        writer.finalize().unwrap();

        let mono = first_channel(wav.get_ref()).unwrap();
        let mut mono = WavReader::new(mono.as_slice()).unwrap();
        assert_eq!(mono.spec(), WavSpec { channels: 1, ..spec });
        assert_eq!(mono.samples::<i16>().collect::<Result<Vec<_>, _>>().unwrap(), [513, 1027]);
        assert!(first_channel(b"no sound").is_err());
    }

    #[test]
    fn every_language_has_the_words_of_a_letter() {
        for language in [Language::Zh, Language::En] {
            for key in ["subject", "text", "withheld"] {
                assert!(!assets::mail_word(language, key).is_empty(), "{key}");
            }
        }
    }
}
