//! Whether anything is said on a recording that wants to know ([`hark_shared::edge::RecordingPlan::quiet`]).

use hark_shared::ids::RecordingId;
use hark_shared::time::Millis;

/// Mean square of a packet in which something is said, about -40 dBm0: above the noise of a line, below a soft voice.
const VOICE: u64 = 25_000;
/// A click is no word: so many samples of voice in all, 150 ms.
const WORD: u64 = 1200;

/// One recording's.
#[derive(Debug)]
pub(crate) struct Quiet {
    pub recording: RecordingId,
    /// In samples of 8 kHz.
    limit: u64,
    silent: u64,
    spoken: u64,
    told: bool,
}

impl Quiet {
    /// For a recording that wants to know of so much silence.
    pub(crate) fn new(recording: RecordingId, limit: Millis) -> Self {
        Self { recording, limit: limit.0.max(0).unsigned_abs() * 8, silent: 0, spoken: 0, told: false }
    }

    /// Takes sound; once, when it has been silent for long, tells whether anything was said before.
    pub(crate) fn take(&mut self, samples: &[i16]) -> Option<bool> {
        let length = samples.len() as u64;
        let energy: u64 = samples.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum();
        if energy > VOICE * length {
            self.silent = 0;
            self.spoken += length;
        } else {
            self.silent += length;
        }
        let long = self.silent >= self.limit && !self.told;
        self.told |= long;
        long.then_some(self.spoken >= WORD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(quiet: &mut Quiet, level: i16, packets: usize) -> Vec<bool> {
        (0..packets).filter_map(|_| quiet.take(&[level; 160])).collect()
    }

    #[test]
    fn silence_is_told_once_and_whether_somebody_spoke() {
        let new = || Quiet::new(RecordingId::from_u128(1), Millis::from_secs(8));
        let mut quiet = new();
        assert_eq!(feed(&mut quiet, 20, 399), [false; 0]);
        assert_eq!(feed(&mut quiet, 20, 800), [false], "nobody said a word");
        let mut quiet = new();
        assert_eq!(feed(&mut quiet, 20, 300), [false; 0]);
        assert_eq!(feed(&mut quiet, -3000, 10), [false; 0]);
        assert_eq!(feed(&mut quiet, 20, 399), [false; 0], "counted from the last word");
        assert_eq!(feed(&mut quiet, 20, 2), [true]);
    }
}
