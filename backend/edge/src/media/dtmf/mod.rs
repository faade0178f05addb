//! Digits: RFC 4733 events in and out, and tones in the sound: heard where events were not
//! negotiated, and kept from others where they are nobody's business.

mod inband;
mod received;
mod sending;
mod shield;

pub(crate) use inband::Detector;
pub(crate) use received::Presses;
pub(crate) use sending::{Sending, Step};
pub(crate) use shield::Shield;

/// Digits by their event code (RFC 4733, 3.2).
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

/// The event code of a digit.
fn code_of(digit: char) -> Option<u8> {
    let upper = u8::try_from(digit.to_ascii_uppercase()).ok()?;
    DIGITS.iter().position(|known| *known == upper).and_then(|code| u8::try_from(code).ok())
}

/// The digit of an event code.
fn digit_of(code: u8) -> Option<char> {
    DIGITS.get(usize::from(code)).map(|byte| char::from(*byte))
}

/// The rows and columns of the keypad in Hz (ITU-T Q.23).
const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// The keypad, row by row.
const KEYS: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
