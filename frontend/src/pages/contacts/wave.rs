//! A recording's waveform: how loud each side was, in as many columns as a screen can show. Pure.
//!
//! The server's recordings are WAV files of one form: 16-bit PCM, two channels, the customer left and the agents right
//! (`GET /api/recordings/{id}`). Anything else has no waveform here, it still plays.

/// The length of the header in bytes: RIFF, `fmt ` of 16 bytes, `data`.
pub const HEADER: u32 = 44;
/// Columns of a waveform: what a wide screen shows, some two pixels each.
pub const COLUMNS: usize = 480;
/// Bytes of one sample of both channels.
const FRAME: usize = 4;

/// The loudest sample of each column and side, 0 to 1 of full scale.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peaks {
    /// The customer.
    pub left: Vec<f32>,
    /// The agents.
    pub right: Vec<f32>,
}

/// How many samples a channel has, if `header` begins a WAV file of `file` bytes in the form described above.
pub fn frames(header: &[u8], file: usize) -> Option<usize> {
    let word = |at: usize| Some(u16::from_le_bytes([*header.get(at)?, *header.get(at + 1)?]));
    let (pcm, stereo, bits) = (word(20)? == 1, word(22)? == 2, word(34)? == 16);
    let named = header.get(..4)? == b"RIFF" && header.get(8..16)? == b"WAVEfmt " && header.get(36..40)? == b"data";
    (named && pcm && stereo && bits).then(|| file.saturating_sub(HEADER as usize) / FRAME)
}

/// The frames that column `column` of [`COLUMNS`] stands for; at least one while there are any.
pub const fn span(column: usize, frames: usize) -> (usize, usize) {
    let first = frames * column / COLUMNS;
    let next = frames * (column + 1) / COLUMNS;
    (
        first,
        if next > first {
            next
        } else if first < frames {
            first + 1
        } else {
            frames
        },
    )
}

/// The loudest of `samples` on each side; the two channels take turns.
pub fn loudest(samples: &[i16]) -> (f32, f32) {
    let loud = |side: usize| samples.iter().skip(side).step_by(2).map(|s| s.unsigned_abs()).max().unwrap_or(0);
    (f32::from(loud(0)) / 32768.0, f32::from(loud(1)) / 32768.0)
}

/// An SVG path in a box of [`COLUMNS`] by 40: a bar a column, around the middle. Soft speech is drawn taller than it is
/// (square root), or half of what people say would be a flat line; silence keeps a hair's breadth.
pub fn path(peaks: &[f32]) -> String {
    use std::fmt::Write;
    let mut path = String::with_capacity(peaks.len() * 16);
    for (column, peak) in peaks.iter().enumerate() {
        let half = (peak.max(0.0).sqrt() * 19.0).max(0.4);
        // Writing into a string cannot fail.
        let _ = write!(path, "M{column}.5 {:.1}V{:.1}", 20.0 - half, 20.0 + half);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn header() -> Vec<u8> {
        let mut header = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
        header.extend(8000_u32.to_le_bytes());
        header.extend(32000_u32.to_le_bytes());
        header.extend([4, 0, 16, 0]);
        header.extend(b"data\0\0\0\0");
        header
    }

    #[test]
    fn only_the_servers_form_is_read() {
        assert_eq!(header().len(), HEADER as usize);
        assert_eq!(frames(&header(), HEADER as usize + 4 * 8000 + 3), Some(8000));
        assert_eq!(frames(&header(), 10), Some(0));
        for (at, wrong) in [(0, b'X'), (20, 3), (22, 1), (34, 8), (36, b'L')] {
            let mut other = header();
            other[at] = wrong;
            assert_eq!(frames(&other, 1000), None, "byte {at}");
        }
        assert_eq!(frames(b"RIFF", 1000), None);
    }

    #[test]
    fn columns_cover_every_frame_once() {
        for all in [COLUMNS, COLUMNS * 7 + 13, 1_000_003] {
            let mut next = 0;
            for column in 0..COLUMNS {
                let (from, to) = span(column, all);
                assert_eq!(from, next, "{all}, column {column}");
                next = to;
            }
            assert_eq!(next, all);
        }
        assert_eq!(span(COLUMNS - 1, 0), (0, 0));
        let (from, to) = span(COLUMNS - 1, 3);
        assert!(from < to && to <= 3);
    }

    #[test]
    fn sides_are_told_apart() {
        assert_eq!(loudest(&[]), (0.0, 0.0));
        let (left, right) = loudest(&[100, -32768, -16384, 5]);
        assert!((left - 0.5).abs() < 1e-6 && (right - 1.0).abs() < 1e-6);
    }

    #[test]
    fn silence_is_a_line_and_loudness_fills_the_box() {
        assert_eq!(path(&[0.0, 1.0]), "M0.5 19.6V20.4M1.5 1.0V39.0");
    }
}
