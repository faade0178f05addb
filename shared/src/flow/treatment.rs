//! What a caller hears in a queue: the greeting once, with the keys that lead elsewhere; then music, interrupted by the
//! position (with the estimated wait and the keys) and by comfort messages in turn, each every so often.
//!
//! Invariants: a prompt is heard to its end, and some music between two of them. What is not known is not said.

use super::exit::Key;
use super::speech;
use crate::edge::Sound;
use crate::time::{Millis, Timestamp};
use crate::wire::rest::{Language, Queue};
use crate::wire::routing::Destination;
use crate::wire::waiting::WaitKey;
use serde::{Deserialize, Serialize};

/// Music between two prompts at least: without a pause nobody listens to either.
const GAP: Millis = Millis::from_secs(4);

/// See the module. The floor plays what the methods return and calls [`Treatment::played`] when a prompt is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treatment {
    greeting: Option<String>,
    music: String,
    announce_every: Option<Millis>,
    language: Language,
    /// When the position is said next.
    next: Option<Timestamp>,
    #[serde(default)]
    estimate: bool,
    #[serde(default)]
    comfort: Vec<String>,
    #[serde(default)]
    comfort_every: Option<Millis>,
    /// When a comfort message is said next, and which.
    #[serde(default)]
    next_comfort: Option<Timestamp>,
    #[serde(default)]
    turn: usize,
    #[serde(default)]
    keys: Vec<WaitKey>,
    /// A prompt is being heard.
    #[serde(default)]
    speaking: bool,
}

impl Treatment {
    /// The treatment that a queue is set up with, and the keys that lead this caller somewhere.
    #[must_use]
    pub fn of(queue: &Queue, keys: Vec<WaitKey>) -> Self {
        let waiting = &queue.waiting;
        Self {
            greeting: queue.greeting.clone(),
            music: queue.music.clone(),
            announce_every: queue.announce_every,
            language: queue.language,
            next: None,
            estimate: waiting.estimate,
            comfort: waiting.comfort.clone(),
            comfort_every: waiting.comfort_every.filter(|_| !waiting.comfort.is_empty()),
            next_comfort: None,
            turn: 0,
            keys,
            speaking: false,
        }
    }

    /// The treatment of somebody who is called back and waits a moment for an agent: they hear first why it rang.
    #[must_use]
    pub fn of_callback(queue: &Queue) -> Self {
        let greeting = Some(speech::sound(queue.language, "your-callback"));
        Self { greeting, ..Self::of(queue, Vec::new()) }
    }

    /// Where a key leads.
    #[must_use]
    pub fn key(&self, key: Key) -> Option<&Destination> {
        self.keys.iter().find(|known| known.key == key).map(|known| &known.to)
    }

    /// Whether any key leads somewhere.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The first sound.
    pub fn start(&mut self, now: Timestamp) -> Sound {
        let mut pieces: Vec<String> = self.greeting.take().into_iter().collect();
        self.say_keys(&mut pieces);
        if pieces.is_empty() {
            return self.played(now);
        }
        self.say(pieces)
    }

    /// What was wished for by a key cannot be had.
    pub fn deny(&mut self) -> Sound {
        self.say(vec![speech::sound(self.language, "callback-failed")])
    }

    /// A prompt is over: music until the next one.
    pub fn played(&mut self, now: Timestamp) -> Sound {
        self.speaking = false;
        let later = |next: &mut Option<Timestamp>, every: Option<Millis>| {
            *next = every.map(|every| next.unwrap_or(now + every).max(now + GAP));
        };
        later(&mut self.next, self.announce_every);
        later(&mut self.next_comfort, self.comfort_every);
        Sound::Music(self.music.clone())
    }

    /// When [`Treatment::announce`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        [self.next, self.next_comfort].into_iter().flatten().min().filter(|_| !self.speaking)
    }

    /// What is said now, if something is due: the position first, which people wait for.
    pub fn announce(&mut self, now: Timestamp, position: u32, wait: Option<Millis>) -> Option<Sound> {
        if self.speaking {
            return None;
        }
        if self.next.take_if(|next| *next <= now).is_some() {
            let mut pieces = speech::position(self.language, position);
            pieces.extend(wait.filter(|_| self.estimate).iter().flat_map(|wait| speech::wait(self.language, *wait)));
            self.say_keys(&mut pieces);
            return Some(self.say(pieces));
        }
        self.next_comfort.take_if(|next| *next <= now)?;
        let message = self.comfort.get(self.turn % self.comfort.len().max(1)).cloned()?;
        self.turn = self.turn.wrapping_add(1);
        Some(self.say(vec![message]))
    }

    fn say(&mut self, pieces: Vec<String>) -> Sound {
        self.speaking = true;
        Sound::Prompt(pieces)
    }

    fn say_keys(&self, pieces: &mut Vec<String>) {
        for key in &self.keys {
            match &key.say {
                Some(prompt) => pieces.push(prompt.clone()),
                None => pieces.extend(speech::press(self.language, words(&key.to), key.key)),
            }
        }
    }
}

/// The recorded words before the key's name.
fn words(to: &Destination) -> &'static str {
    match to {
        Destination::Callback(_) => "press-callback",
        Destination::Voicemail(_) => "press-message",
        Destination::Queue(_) | Destination::Flow(_) | Destination::Outside(_) => "press-elsewhere",
        Destination::HangUp => "press-end",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::QueueId;
    use crate::wire::routing::Routing;
    use crate::wire::waiting::Waiting;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    fn queue(waiting: Waiting) -> Queue {
        Queue {
            id: QueueId::from_u128(1),
            name: "Repairs".into(),
            skills: vec![],
            priority: 0,
            offer_timeout: Millis::from_secs(20),
            wrap_up: Millis::ZERO,
            greeting: Some("en/queue-greeting".into()),
            music: "music/calm".into(),
            announce_every: Some(Millis::from_secs(30)),
            record: false,
            language: Language::En,
            routing: Routing::default(),
            waiting,
        }
    }

    fn said(sound: Option<Sound>) -> String {
        match sound {
            Some(Sound::Prompt(pieces)) => pieces.join(" "),
            Some(other) => format!("{other:?}"),
            None => String::new(),
        }
    }

    #[test]
    fn position_and_comfort_take_turns_and_nothing_is_cut() {
        let waiting = Waiting {
            comfort: vec!["en/one".into(), "en/two".into()],
            comfort_every: Some(Millis::from_secs(20)),
            estimate: true,
            ..Waiting::default()
        };
        let mut it = Treatment::of(&queue(waiting), vec![]);
        assert_eq!(said(Some(it.start(at(0)))), "en/queue-greeting");
        assert_eq!((it.deadline(), said(it.announce(at(99), 1, None))), (None, String::new()), "heard to its end");
        it.played(at(10));
        assert_eq!(it.deadline(), Some(at(30)));
        assert_eq!(said(it.announce(at(30), 3, None)), "en/one");
        it.played(at(39));
        assert_eq!(it.deadline(), Some(at(43)), "due at 40, but not without a pause");
        let spoken = said(it.announce(at(43), 3, Some(Millis::from_secs(150))));
        assert_eq!(spoken, "en/position en/3 en/estimate en/3 en/minutes");
        it.played(at(55));
        assert_eq!(said(it.announce(at(59), 3, None)), "en/two");
        it.played(at(62));
        assert_eq!(said(it.announce(at(82), 3, None)), "en/one", "in turn");
        it.played(at(84));
        assert_eq!(said(it.announce(at(88), 2, None)), "en/position en/2", "what is not known is not said");
    }

    #[test]
    fn keys_are_said_with_the_greeting_and_with_the_position() {
        let key =
            |place: usize, to, say: Option<&str>| WaitKey { key: Key::ALL[place], to, say: say.map(str::to_owned) };
        let keys = vec![
            key(0, Destination::Callback(QueueId::from_u128(1)), None),
            key(11, Destination::HangUp, Some("en/own")),
        ];
        let mut it = Treatment::of(&queue(Waiting::default()), keys);
        assert_eq!(said(Some(it.start(at(0)))), "en/queue-greeting en/press-callback en/1 en/own");
        it.played(at(10));
        assert_eq!(said(it.announce(at(40), 1, None)), "en/position en/1 en/press-callback en/1 en/own");
        assert_eq!(it.key(Key::ALL[11]), Some(&Destination::HangUp));
        assert_eq!(it.key(Key::ALL[1]), None);
    }

    #[test]
    fn a_treatment_of_a_former_build_goes_on() {
        let text = r#"{"greeting":null,"music":"m","announce_every":30000,"language":"en","next":5000}"#;
        let mut it: Treatment = serde_json::from_str(text).unwrap();
        assert_eq!(said(it.announce(at(5), 1, Some(Millis(1)))), "en/position en/1");
    }
}
