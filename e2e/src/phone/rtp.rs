//! RTP packets (RFC 3550, 5.1) and telephone events (RFC 4733, 2.3), to and from bytes.

/// A packet, its header fields in host order.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// First of a talk spurt, or of an event.
    pub marker: bool,
    /// What the payload is.
    pub payload_type: u8,
    /// Counts packets.
    pub sequence: u16,
    /// Counts samples.
    pub timestamp: u32,
    /// Names the stream.
    pub ssrc: u32,
    /// Sound or event.
    pub payload: Vec<u8>,
}

impl Packet {
    /// As a datagram.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0x80, (u8::from(self.marker) << 7) | self.payload_type];
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.timestamp.to_be_bytes());
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend(&self.payload);
        bytes
    }

    /// Reads a datagram; `None` when it is no RTP.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..12)?;
        if head[0] >> 6 != 2 {
            return None;
        }
        let mut from = 12 + 4 * usize::from(head[0] & 0x0f);
        if head[0] & 0x10 != 0 {
            let words = bytes.get(from + 2..from + 4)?;
            from += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
        }
        let padding = if head[0] & 0x20 != 0 { usize::from(*bytes.last()?) } else { 0 };
        Some(Self {
            marker: head[1] & 0x80 != 0,
            payload_type: head[1] & 0x7f,
            sequence: u16::from_be_bytes([head[2], head[3]]),
            timestamp: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
            ssrc: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
            payload: bytes.get(from..bytes.len().checked_sub(padding)?)?.to_vec(),
        })
    }
}

/// The characters of events 0 to 15 (RFC 4733, 3.2).
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

/// The event code of a digit.
#[must_use]
pub fn event_of(digit: char) -> Option<u8> {
    DIGITS.iter().position(|&d| char::from(d) == digit).and_then(|at| u8::try_from(at).ok())
}

/// The digit of an event payload.
#[must_use]
pub fn digit_of(payload: &[u8]) -> Option<char> {
    payload.first().and_then(|&event| DIGITS.get(usize::from(event))).map(|&d| char::from(d))
}

/// An event's payload: code, end bit, volume -10 dBm0, duration in samples.
#[must_use]
pub fn event_payload(event: u8, end: bool, duration: u16) -> Vec<u8> {
    let [high, low] = duration.to_be_bytes();
    vec![event, (u8::from(end) << 7) | 10, high, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_survive_the_wire() {
        let packet = Packet {
            marker: true,
            payload_type: 8,
            sequence: 65535,
            timestamp: 4_000_000_000,
            ssrc: 0xdead_beef,
            payload: vec![1, 2, 3],
        };
        assert_eq!(Packet::parse(&packet.to_bytes()), Some(packet));
    }

    #[test]
    fn extensions_sources_and_padding_are_stepped_over() {
        let mut bytes = vec![0x80 | 0x20 | 0x10 | 1, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        bytes.extend([9; 4]);
        bytes.extend([0xbe, 0xde, 0, 1, 7, 7, 7, 7]);
        bytes.extend([5, 6, 0, 2]);
        assert_eq!(Packet::parse(&bytes).unwrap().payload, [5, 6]);
        assert_eq!(Packet::parse(&bytes[..20]), None);
        assert_eq!(Packet::parse(&[0; 12]), None);
    }

    #[test]
    fn digits_have_codes() {
        assert_eq!((event_of('#'), event_of('D'), event_of('x')), (Some(11), Some(15), None));
        assert_eq!(digit_of(&event_payload(10, true, 800)), Some('*'));
        assert_eq!(event_payload(5, true, 800), [5, 0x8a, 3, 32]);
    }
}
