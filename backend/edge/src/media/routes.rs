//! From a room's matrix to what each ear gets: passed packets wherever possible, a mix everywhere else.

use super::Codec;
use super::law::Law;
use super::world::leg::{Ear, Leg};
use hark_shared::edge::Voice;

/// Whether `listener` can be sent `speaker`'s packets without decoding them: the same codec, or both laws of G.711
/// (a table of bytes), and the packet length that the listener wants.
pub(crate) fn passable(speaker: &Leg, listener: &Leg) -> bool {
    let Some(ours) = listener.preferred() else { return false };
    let same_length = match listener.wanted_ms() {
        Some(wanted) => speaker.packet_ms == 0 || speaker.packet_ms == wanted,
        None => true,
    };
    match (Law::of(speaker.speaks), Law::of(ours.codec)) {
        (Some(_), Some(_)) => same_length,
        // Opus says its own length in every packet (RFC 6716, 3.1).
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// What reaches `listener`, who shall hear `hears`; `leg` finds the legs of the room.
pub(crate) fn ear<'a>(hears: &[Voice], listener: &Leg, leg: impl Fn(&Voice) -> Option<&'a Leg>) -> Ear {
    match hears {
        [] => Ear::Silence,
        [only @ Voice::Leg(_)] => match leg(only) {
            // What nobody shall hear is taken out of the decoded sound.
            Some(speaker) if speaker.shield.is_some() => Ear::Mix,
            Some(speaker) if passable(speaker, listener) => Ear::Pass(speaker.id),
            Some(_) => Ear::Mix,
            None => Ear::Silence,
        },
        [Voice::Source(_)] | [_, _, ..] => Ear::Mix,
    }
}

/// The payload type and, if needed, the law to convert from, with which a packet of `codec` goes to `listener`.
pub(crate) fn passing(codec: Codec, listener: &Leg) -> Option<(u8, Option<Law>)> {
    if let Some(payload_type) = listener.payload_type_of(codec) {
        return Some((payload_type, None));
    }
    let other = match codec {
        Codec::Pcma => Codec::Pcmu,
        Codec::Pcmu => Codec::Pcma,
        Codec::Opus => return None,
    };
    Some((listener.payload_type_of(other)?, Law::of(codec)))
}
