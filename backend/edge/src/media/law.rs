//! G.711 in both laws by table: to linear, from linear, and from one law to the other byte by byte.
//!
//! The tables are filled once from `audio-codec-algorithms`; after that a sample costs one load.

use crate::media::Codec;
use std::sync::LazyLock;

struct Tables {
    from_a: [i16; 256],
    from_u: [i16; 256],
    a_to_u: [u8; 256],
    u_to_a: [u8; 256],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    use audio_codec_algorithms as g711;
    Tables {
        from_a: std::array::from_fn(|byte| g711::decode_alaw(byte as u8)),
        from_u: std::array::from_fn(|byte| g711::decode_ulaw(byte as u8)),
        a_to_u: std::array::from_fn(|byte| g711::convert_alaw_to_ulaw(byte as u8)),
        u_to_a: std::array::from_fn(|byte| g711::convert_ulaw_to_alaw(byte as u8)),
    }
});

/// One of the two laws of G.711.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// A-law.
    A,
    /// µ-law.
    Mu,
}

impl Law {
    /// The law of a codec; `None` for Opus.
    pub(crate) fn of(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Pcma => Some(Self::A),
            Codec::Pcmu => Some(Self::Mu),
            Codec::Opus => None,
        }
    }

    /// Appends the linear samples of `bytes`.
    pub(crate) fn decode(self, bytes: &[u8], out: &mut Vec<i16>) {
        let table = match self {
            Self::A => &TABLES.from_a,
            Self::Mu => &TABLES.from_u,
        };
        out.extend(bytes.iter().map(|byte| table[usize::from(*byte)]));
    }

    /// Appends `samples` encoded.
    pub(crate) fn encode(self, samples: &[i16], out: &mut Vec<u8>) {
        match self {
            Self::A => out.extend(samples.iter().map(|sample| audio_codec_algorithms::encode_alaw(*sample))),
            Self::Mu => out.extend(samples.iter().map(|sample| audio_codec_algorithms::encode_ulaw(*sample))),
        }
    }

    /// Appends `bytes` of this law in the other one.
    pub(crate) fn convert(self, bytes: &[u8], out: &mut Vec<u8>) {
        let table = match self {
            Self::A => &TABLES.a_to_u,
            Self::Mu => &TABLES.u_to_a,
        };
        out.extend(bytes.iter().map(|byte| table[usize::from(*byte)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.711's own definition of the A-law expander (table 1a), written out independently of the crate.
    fn a_law(byte: u8) -> i32 {
        let code = byte ^ 0x55;
        let (segment, step) = (i32::from(code >> 4 & 7), i32::from(code & 15));
        let magnitude = if segment == 0 { step * 16 + 8 } else { (step * 16 + 264) << (segment - 1) };
        if code & 0x80 == 0 { -magnitude } else { magnitude }
    }

    /// The µ-law expander (table 2a) on 16 bits.
    fn mu_law(byte: u8) -> i32 {
        let code = !byte;
        let magnitude = ((i32::from(code & 15) * 8 + 132) << i32::from(code >> 4 & 7)) - 132;
        if code & 0x80 == 0 { magnitude } else { -magnitude }
    }

    #[test]
    fn tables_agree_with_the_recommendation() {
        let all: Vec<u8> = (0..=255).collect();
        let (mut a, mut u) = (Vec::new(), Vec::new());
        Law::A.decode(&all, &mut a);
        Law::Mu.decode(&all, &mut u);
        for byte in 0..=255u8 {
            assert_eq!(i32::from(a[usize::from(byte)]), a_law(byte), "A-law {byte:#x}");
            let mu = mu_law(byte);
            assert!((i32::from(u[usize::from(byte)]) - mu).abs() <= 8, "µ-law {byte:#x}");
        }
    }

    #[test]
    fn converting_costs_at_most_one_step() {
        for byte in 0..=255u8 {
            let mut converted = Vec::new();
            Law::A.convert(&[byte], &mut converted);
            let (before, after) = (a_law(byte), mu_law(converted[0]));
            let step = (before.abs() / 16).max(16);
            assert!((before - after).abs() <= step, "{byte:#x}: {before} became {after}");
        }
    }

    #[test]
    fn encoding_is_the_inverse_of_decoding() {
        for law in [Law::A, Law::Mu] {
            let all: Vec<u8> = (0..=255).collect();
            let (mut linear, mut back, mut again) = (Vec::new(), Vec::new(), Vec::new());
            law.decode(&all, &mut linear);
            law.encode(&linear, &mut back);
            law.decode(&back, &mut again);
            assert_eq!(linear, again, "{law:?}");
        }
    }
}
