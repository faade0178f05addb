//! What a caller hears in a queue: the greeting once, then music, interrupted by the position every so often.

use super::speech;
use crate::edge::Sound;
use crate::time::{Millis, Timestamp};
use crate::wire::rest::{Language, Queue};
use serde::{Deserialize, Serialize};

/// See the module. The floor plays what the methods return and calls [`Treatment::played`] when a prompt is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treatment {
    greeting: Option<String>,
    music: String,
    announce_every: Option<Millis>,
    language: Language,
    next: Option<Timestamp>,
}

impl Treatment {
    /// The treatment that a queue is set up with.
    #[must_use]
    pub fn of(queue: &Queue) -> Self {
        Self {
            greeting: queue.greeting.clone(),
            music: queue.music.clone(),
            announce_every: queue.announce_every,
            language: queue.language,
            next: None,
        }
    }

    /// The first sound.
    pub fn start(&mut self, now: Timestamp) -> Sound {
        match self.greeting.take() {
            Some(greeting) => Sound::Prompt(vec![greeting]),
            None => self.played(now),
        }
    }

    /// A prompt is over: music until the next announcement.
    pub fn played(&mut self, now: Timestamp) -> Sound {
        self.next = self.announce_every.map(|every| now + every);
        Sound::Music(self.music.clone())
    }

    /// When [`Treatment::announce`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.next
    }

    /// The announcement, if it is due.
    pub fn announce(&mut self, now: Timestamp, position: u32) -> Option<Sound> {
        self.next.filter(|next| *next <= now)?;
        self.next = None;
        Some(Sound::Prompt(speech::position(self.language, position)))
    }
}
