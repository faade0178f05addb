//! RFC 4733 events in: every press once, whatever is lost, repeated or reordered.
//!
//! All packets of a press carry the timestamp of its start, so a press is a new timestamp: it is reported with the
//! first packet that comes, and lost ends cost nothing.

use super::digit_of;

/// An event longer than its 16-bit duration goes on under a new timestamp (RFC 4733, 2.5.1.3); from this duration on a
/// touching timestamp is the same press.
const SEGMENT: u16 = 0xF000;

#[derive(Clone, Copy, Debug)]
struct Press {
    epoch: u32,
    timestamp: u32,
    code: u8,
    duration: u16,
}

/// The presses of one leg.
#[derive(Debug, Default)]
pub(crate) struct Presses {
    last: Option<Press>,
}

impl Presses {
    /// Takes an event packet; tells the digit when a press begins.
    pub(crate) fn take(&mut self, epoch: u32, timestamp: u32, payload: &[u8]) -> Option<char> {
        let [code, _flags, high, low, ..] = *payload else { return None };
        let digit = digit_of(code)?;
        let duration = u16::from_be_bytes([high, low]);
        let press = Press { epoch, timestamp, code, duration };
        let Some(last) = &mut self.last else {
            self.last = Some(press);
            return Some(digit);
        };
        let step = timestamp.wrapping_sub(last.timestamp) as i32;
        if last.epoch == epoch && step == 0 {
            last.duration = last.duration.max(duration);
            return None;
        }
        if last.epoch == epoch && step < 0 {
            return None;
        }
        let goes_on = last.epoch == epoch
            && last.code == code
            && last.duration >= SEGMENT
            && step.unsigned_abs() == u32::from(last.duration);
        *last = press;
        (!goes_on).then_some(digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: u8, end: bool, duration: u16) -> [u8; 4] {
        let [high, low] = duration.to_be_bytes();
        [code, if end { 0x8A } else { 0x0A }, high, low]
    }

    #[test]
    fn once_a_press_though_ends_are_lost_and_repeated() {
        let mut presses = Presses::default();
        let mut heard = String::new();
        for (timestamp, code, ends) in [(1000, 1, 3), (3000, 1, 0), (5000, 11, 1)] {
            for n in 1..=5u16 {
                heard.extend(presses.take(1, timestamp, &event(code, false, n * 160)));
            }
            for _ in 0..ends {
                heard.extend(presses.take(1, timestamp, &event(code, true, 800)));
            }
            heard.extend(presses.take(1, timestamp.wrapping_sub(2000), &event(code, true, 800)));
        }
        assert_eq!(heard, "11#");
    }

    #[test]
    fn a_long_press_in_segments_is_one() {
        let mut presses = Presses::default();
        assert_eq!(presses.take(1, 0, &event(5, false, 0xFFFF)), Some('5'));
        assert_eq!(presses.take(1, 0xFFFF, &event(5, false, 160)), None);
        assert_eq!(presses.take(1, 0xFFFF + 8000, &event(5, false, 160)), Some('5'));
    }

    #[test]
    fn a_new_stream_forgets_and_nonsense_is_nothing() {
        let mut presses = Presses::default();
        assert_eq!(presses.take(1, 90_000, &event(0, false, 160)), Some('0'));
        assert_eq!(presses.take(2, 100, &event(0, false, 160)), Some('0'));
        assert_eq!(presses.take(2, 900, &event(16, false, 160)), None, "a hook flash is no digit");
        assert_eq!(presses.take(2, 900, &[1, 2]), None);
    }
}
