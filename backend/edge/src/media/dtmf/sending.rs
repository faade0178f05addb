//! Digits out: one event after the other, 100 ms on and 80 ms off, in steps of 20 ms (RFC 4733, 2.5.1).

use super::{COLUMNS, KEYS, ROWS, code_of};
use std::collections::VecDeque;
use std::f32::consts::TAU;

/// Digits that wait on one leg; the command carries at most 32.
const MAX_DIGITS: usize = 64;
/// Ticks of sound and of pause.
const ON: u8 = 5;
const OFF: u8 = 4;
/// The last packet is sent three times, since it may be lost (RFC 4733, 2.5.1.4).
pub(crate) const ENDS: usize = 3;
/// -10 dBm0 (RFC 4733, 2.3.1), the usual level of a telephone.
const VOLUME: u8 = 10;
/// The same in the sound, for each of the two tones.
const AMPLITUDE: f32 = 4000.0;

/// What to send in this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An event packet's payload.
    Event {
        /// Whether the event begins.
        begins: bool,
        /// How often to send it.
        times: usize,
        /// RFC 4733, 2.3.
        payload: [u8; 4],
    },
    /// Nothing of ours: speech may be sent.
    Pause,
}

/// The digits that a leg has still to send.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    waiting: VecDeque<char>,
    /// The tick of the first digit that was sent last; `None` before its first.
    tick: Option<u8>,
}

impl Sending {
    /// Adds digits; what is no digit, or too many, is left out.
    pub(crate) fn push(&mut self, digits: &str) {
        let room = MAX_DIGITS.saturating_sub(self.waiting.len());
        self.waiting.extend(digits.chars().filter(|digit| code_of(*digit).is_some()).take(room));
    }

    /// Whether a tone is on, so that speech must not be sent.
    pub(crate) fn sounding(&self) -> bool {
        self.tick.is_some_and(|tick| tick < ON)
    }

    /// Whether there is anything to do.
    pub(crate) fn idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Goes to the next tick; tells the digit and how far it is.
    fn advance(&mut self) -> Option<(char, u8)> {
        let next = self.tick.map_or(0, |tick| tick + 1);
        if next == ON + OFF {
            self.waiting.pop_front();
        }
        let next = next % (ON + OFF);
        let digit = self.waiting.front().copied();
        self.tick = digit.map(|_| next);
        digit.map(|digit| (digit, next))
    }

    /// The next 20 ms as an event; `clock` ticks of the stream make a second. `None` when no digit waits.
    pub(crate) fn step(&mut self, clock: u32) -> Option<Step> {
        let (digit, tick) = self.advance()?;
        let code = code_of(digit)?;
        if tick >= ON {
            return Some(Step::Pause);
        }
        let last = tick + 1 == ON;
        let [high, low] = u16::try_from(clock / 50 * u32::from(tick + 1)).unwrap_or(u16::MAX).to_be_bytes();
        let payload = [code, VOLUME | if last { 0x80 } else { 0 }, high, low];
        Some(Step::Event { begins: tick == 0, times: if last { ENDS } else { 1 }, payload })
    }

    /// The next 20 ms as sound at 8 kHz; false when speech may be heard instead.
    pub(crate) fn tone(&mut self, out: &mut [i16; 160]) -> bool {
        let Some((digit, tick)) = self.advance().filter(|(_, tick)| *tick < ON) else { return false };
        let found = (0..16).find(|n| KEYS[n / 4][n % 4] == digit.to_ascii_uppercase());
        let Some(key) = found else { return false };
        for (n, sample) in out.iter_mut().enumerate() {
            let time = (usize::from(tick) * 160 + n) as f32 / 8000.0;
            let wave = (TAU * ROWS[key / 4] * time).sin() + (TAU * COLUMNS[key % 4] * time).sin();
            *sample = (AMPLITUDE * wave) as i16;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_as_the_rfc_draws_them() {
        let mut sending = Sending::default();
        sending.push("5x#");
        let steps: Vec<Step> = std::iter::from_fn(|| sending.step(8000)).collect();
        assert_eq!(steps.len(), 18);
        assert_eq!(steps[0], Step::Event { begins: true, times: 1, payload: [5, 10, 0, 160] });
        assert_eq!(steps[4], Step::Event { begins: false, times: 3, payload: [5, 0x8A, 3, 32] });
        assert!(steps[5..9].iter().all(|step| *step == Step::Pause));
        assert_eq!(steps[9], Step::Event { begins: true, times: 1, payload: [11, 10, 0, 160] });
        assert!(sending.idle());
    }
}
