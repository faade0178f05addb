//! Asking for a key: whoever answers a telephone that the house has called (an agent's own, one on duty) must press it
//! before they have the caller, so that no mailbox and no child does. What they hear is said over and over, to them alone,
//! until the key comes or whoever asks gives up; when that is, is the asker's matter.

use crate::edge::{Listener, Sound, Source, Voice};
use crate::flow::speech;
use crate::ids::{LegId, SourceId};
use crate::wire::rest::Language;

/// The key that takes the call; the prompts name it.
const TAKE: char = '1';

/// What somebody is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// An agent, on their own telephone.
    Agent,
    /// Somebody on duty, who was perhaps asleep.
    OnDuty,
}

impl Asks {
    const fn prompt(self) -> &'static str {
        match self {
            Self::Agent => "press-one",
            Self::OnDuty => "duty-confirm",
        }
    }

    /// What they hear, as a playing of this id.
    #[must_use]
    pub fn source(self, id: SourceId, language: Language) -> Source {
        Source { id, sound: Sound::Music(speech::sound(language, self.prompt())) }
    }
}

/// What reaches the ear of who is asked: the question, and nobody.
#[must_use]
pub fn listener(leg: LegId, asked: &Source) -> Listener {
    Listener { leg, hears: vec![Voice::Source(asked.id)] }
}

/// Whether this key takes the call.
#[must_use]
pub const fn takes(digit: char) -> bool {
    digit == TAKE
}
