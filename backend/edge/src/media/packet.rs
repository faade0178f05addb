//! RTP packets on the wire (RFC 3550, 5.1), read without copying and written without allocating.
//!
//! Header extensions and contributing sources are skipped on the way in and never written: they are hop by hop.
//! What a payload means is left to the codecs.

/// Length of the header that we write: no extension, no contributing source.
pub(crate) const HEADER_LEN: usize = 12;

/// The largest payload that we take: the Ethernet MTU is the far end's bound too, Opus and G.711 stay far below.
pub(crate) const MAX_PAYLOAD: usize = 1460;

/// The fields of a header that matter to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Start of a talk spurt (RFC 3551, 4.1).
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// In units of the codec's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

impl Header {
    /// The header and the payload of a datagram; `None` when it is not RTP version 2 or its lengths don't add up.
    pub(crate) fn parse(datagram: &[u8]) -> Option<(Self, &[u8])> {
        let fixed = datagram.first_chunk::<HEADER_LEN>()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut start = HEADER_LEN + 4 * usize::from(fixed[0] & 0x0F);
        if fixed[0] & 0x10 != 0 {
            let extension = datagram.get(start..start + 4)?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        }
        let mut end = datagram.len();
        if fixed[0] & 0x20 != 0 {
            let padding = usize::from(*datagram.last()?);
            end = end.checked_sub(padding).filter(|_| padding > 0)?;
        }
        let payload = datagram.get(start..end).filter(|payload| payload.len() <= MAX_PAYLOAD)?;
        let header = Self {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7F,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        Some((header, payload))
    }

    /// The header as bytes.
    pub(crate) fn bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[0] = 0x80;
        bytes[1] = (u8::from(self.marker) << 7) | (self.payload_type & 0x7F);
        bytes[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: Header =
        Header { marker: true, payload_type: 8, sequence: 0xABCD, timestamp: 160, ssrc: 0x1122_3344 };

    #[test]
    fn extension_csrc_and_padding_are_skipped() {
        let mut bytes = HEADER.bytes().to_vec();
        bytes[0] |= 0x20 | 0x10 | 0x01;
        bytes.extend([9, 9, 9, 9]); // one contributing source
        bytes.extend([0xBE, 0xDE, 0, 1, 1, 2, 3, 4]); // one word of extension
        bytes.extend([7, 7, 7]);
        bytes.extend([0, 2]); // padding of two
        assert_eq!(Header::parse(&bytes), Some((HEADER, &[7u8, 7, 7][..])));
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let mut bytes = HEADER.bytes().to_vec();
        bytes[0] |= 0x20;
        bytes.push(200);
        assert_eq!(Header::parse(&bytes), None);
        bytes[0] = 0x90;
        bytes.extend([0, 0, 0xFF, 0xFF]);
        assert_eq!(Header::parse(&bytes), None);
        assert_eq!(Header::parse(&[0x80; 11]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Header::parse(&bytes);
        }
    }
}
