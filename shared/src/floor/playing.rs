//! What the house says within a conversation: the agent's number before it, and sounds that the agent plays to the
//! customer. And what is known of the caller from the flow: its variables, and whether it identified them.

use super::Floor;
use crate::call::{Call, MOST_TOLD, Playing};
use crate::edge::{Sound, Source};
use crate::flow::speech::{self, sound};
use crate::flow::{ReadAs, Run};
use crate::ids::{ContactId, SourceId, UserId};
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::control::{Audience, Told, Verified};
use crate::wire::rest::Language;
use std::collections::BTreeSet;

/// What comes before an agent's number.
const AGENT_NUMBER: &str = "agent-number";

/// Variables that every walk has, and the one that says that the caller was identified: not told as they are.
const KNOWN: [&str; 4] = ["caller", "called", "customer", VERIFIED];

/// A flow that has identified its caller sets this variable to one of [`YES`].
const VERIFIED: &str = "verified";
const YES: [&str; 3] = ["true", "yes", "1"];

/// Characters of a value that a card shows.
const MOST_SHOWN: usize = 120;

impl Floor {
    /// Customer and agent hear the agent's number before each other, where the queue wants it and the agent has one.
    pub(super) fn announce_agent(&mut self, now: Timestamp, contact: ContactId, user: UserId) {
        let Some(call) = self.calls.get(&contact).filter(|call| call.side.is_none()) else { return };
        let Some(queue) = call.queue.and_then(|id| self.setup.queues.get(&id)) else { return };
        let number = self.setup.users.get(&user).and_then(|user| user.number.as_deref()).unwrap_or_default();
        let digits = speech::value(queue.language, ReadAs::Digits, number);
        if !queue.routing.announce_agent || digits.is_empty() {
            return;
        }
        let pieces = std::iter::once(AGENT_NUMBER.to_owned()).chain(digits);
        let sounds = pieces.map(|piece| sound(queue.language, &piece)).collect();
        let source = Source { id: SourceId(self.ids.next(now)), sound: Sound::Prompt(sounds) };
        self.with_call(contact, |call| call.announcement = Some(source));
    }

    /// Plays a sound to the customer, or to everybody.
    pub(super) fn play_for(
        &mut self,
        now: Timestamp,
        user: UserId,
        contact: ContactId,
        sound: String,
        to: Audience,
    ) -> Result<(), WireError> {
        let call = self.led(user, contact)?;
        if !self.playable(call).contains(&sound) {
            return Err(WireError::new("sound.unknown"));
        }
        let source = Source { id: SourceId(self.ids.next(now)), sound: Sound::Prompt(vec![sound.clone()]) };
        self.with_call(contact, |call| call.playing = Some(Playing { source, sound, to }));
        Ok(())
    }

    /// Stops what an agent plays.
    pub(super) fn stop_playing(&mut self, user: UserId, contact: ContactId) -> Result<(), WireError> {
        self.led(user, contact)?;
        self.with_call(contact, |call| call.playing = None);
        Ok(())
    }

    /// The sounds that an agent may play in a call: sentences in the language of its queue, not the words that values are
    /// put together of.
    pub(super) fn playable(&self, call: &Call) -> Vec<String> {
        let queue = call.queue.and_then(|id| self.setup.queues.get(&id));
        let language = queue.map_or_else(Language::default, |queue| queue.language);
        let words: Vec<String> = speech::pieces(language).iter().map(|piece| sound(language, piece)).collect();
        let folder = format!("{}/", language.folder());
        let sentence = |name: &&String| name.starts_with(&folder) && !words.contains(name);
        let names: BTreeSet<String> = self.setup.sound_names().filter(sentence).cloned().collect();
        names.into_iter().collect()
    }

    /// The walk is about to lead the caller to somebody: what it knows goes along. Masked variables are not among it.
    pub(super) fn note_told(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let Some(run) = call.run() else { return };
        let (mut told, verified) = told(run);
        // What an earlier walk was told is still so, unless this one was told otherwise.
        let before = std::mem::take(&mut call.told);
        told.extend(before.into_iter().filter(|old| !told.iter().any(|new| new.name == old.name)).collect::<Vec<_>>());
        told.truncate(MOST_TOLD);
        call.told = told;
        if verified && call.verified.is_none() {
            call.verified = Some(Verified { by: None, at: now });
        }
    }

    /// The agent says that the caller was identified, or was not.
    pub(super) fn verify(
        &mut self,
        now: Timestamp,
        user: UserId,
        contact: ContactId,
        on: bool,
    ) -> Result<(), WireError> {
        self.led(user, contact)?;
        let by = Some(self.name_of(user));
        self.with_call(contact, |call| call.verified = on.then_some(Verified { by, at: now }));
        Ok(())
    }
}

/// A walk's variables as a card shows them, and whether it identified the caller.
fn told(run: &Run) -> (Vec<Told>, bool) {
    let plain = || run.variables().filter_map(|(name, value)| Some((name.as_str(), value?)));
    let verified = plain().any(|(name, value)| name == VERIFIED && YES.contains(&value));
    let shown = plain().filter(|(name, value)| !KNOWN.contains(name) && !value.is_empty());
    let cut = |value: &str| value.chars().take(MOST_SHOWN).collect();
    let told = shown.map(|(name, value)| Told { name: name.to_owned(), value: cut(value) }).take(MOST_TOLD);
    (told.collect(), verified)
}
