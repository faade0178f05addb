//! Identifiers: one newtype per kind of thing, UUID v7 inside, made outside and handed in.

use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// An id with this number inside: for tests and simulations, which count instead of drawing.
            #[must_use]
            pub const fn from_u128(number: u128) -> Self {
                Self(Uuid::from_u128(number))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// An operator with its own floor; nothing crosses tenants.
    TenantId,
    /// A person who can sign in: agent, supervisor or administrator.
    UserId,
    /// A queue that contacts wait in.
    QueueId,
    /// A skill that a queue may ask for and an agent may have.
    SkillId,
    /// A telephone number of ours (DID) and what it leads to.
    NumberId,
    /// A SIP trunk: a carrier or a session border controller.
    TrunkId,
    /// A voice portal flow.
    FlowId,
    /// A calendar: weekly hours, holidays, closures.
    CalendarId,
    /// A notice that is switched on and off.
    NoticeId,
    /// How a mailbox is set up.
    MailboxId,
    /// A prompt of a tenant's own.
    PromptId,
    /// A duty rota: who is called when nobody is at a desk.
    RotaId,
    /// A meeting room.
    MeetingRoomId,
    /// A meeting that goes on in a room.
    MeetingId,
    /// A team: agents and who leads them.
    TeamId,
    /// An entry of the black or the white list.
    ListingId,
    /// One customer's journey, from first ring to the end of wrap-up; the key of the contact record.
    ContactId,
    /// One party's connection to an edge: its signalling and its media.
    LegId,
    /// One attempt to hand a contact to an agent.
    OfferId,
    /// Who hears whom: legs and sources that share sound.
    RoomId,
    /// Something other than a leg that can be heard in a room: a prompt, music, a tone.
    SourceId,
    /// One recording file.
    RecordingId,
    /// A customer in the tenant's own records.
    CustomerId,
    /// A disposition that an agent may choose in wrap-up.
    DispositionId,
    /// One span of an agent's time in one state.
    SpanId,
    /// Somebody who is to be called back.
    CallbackId,
}

/// Reads a set where a snapshot of a former build has at most one: that build rang one agent at a time.
pub(crate) fn one_or_many<'de, D, T>(deserializer: D) -> Result<BTreeSet<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Ord,
{
    #[derive(Deserialize)]
    #[serde(untagged, bound = "T: Deserialize<'de> + Ord")]
    enum Read<T> {
        Many(BTreeSet<T>),
        One(Option<T>),
    }
    Ok(match Read::deserialize(deserializer)? {
        Read::Many(many) => many,
        Read::One(one) => one.into_iter().collect(),
    })
}

/// Makes ids inside an engine from a seed given from outside, so that a replay makes the same ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdSource {
    seed: u64,
    made: u64,
}

impl IdSource {
    /// A source whose ids are unique as long as `seed` is: the shell draws it at random and journals it.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, made: 0 }
    }

    /// The next id: a UUID v7 (RFC 9562, 5.7) of `now` and 74 bits derived from the seed and a counter.
    pub fn next(&mut self, now: Timestamp) -> Uuid {
        self.made += 1;
        let high = mix(self.seed.wrapping_add(self.made.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let low = mix(high ^ self.made);
        let mut random = [0; 10];
        random[..8].copy_from_slice(&high.to_be_bytes());
        random[8..].copy_from_slice(&low.to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(now.0.max(0).unsigned_abs(), &random).into_uuid()
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every input bit reaches every output bit.
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_one_is_read_as_a_set() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Rings {
            #[serde(alias = "offer", default, deserialize_with = "one_or_many")]
            rings: BTreeSet<(OfferId, UserId)>,
        }
        let ring = (OfferId::from_u128(1), UserId::from_u128(2));
        let read = |text: &str| serde_json::from_str::<Rings>(text).unwrap().rings;
        let (offer, user) = ring;
        assert_eq!(read(&format!(r#"{{"offer": ["{offer}", "{user}"]}}"#)), [ring].into());
        assert_eq!(read(r#"{"offer": null}"#), [].into());
        assert_eq!(read("{}"), [].into());
        let now = Rings { rings: [ring, (OfferId::from_u128(3), UserId::from_u128(4))].into() };
        assert_eq!(read(&serde_json::to_string(&now).unwrap()), now.rings);
    }
}
