//! How long to wait before the next attempt to connect.

use hark_shared::time::Millis;

/// The first wait's upper end.
const FIRST_MS: i64 = 400;
/// The longest wait: a person looks at the page, so a server that is back must be noticed within seconds.
const LONGEST_MS: i64 = 8_000;

/// The wait before attempt number `attempt` (0 is the first retry), spread by `chance` in `0.0..1.0` over the upper half
/// of the interval, so that a thousand desks do not come back in the same instant.
#[must_use]
pub fn wait(attempt: u32, chance: f64) -> Millis {
    let full = FIRST_MS.saturating_mul(1_i64 << attempt.min(10)).min(LONGEST_MS);
    let half = full / 2;
    // `chance` is clamped, so the product fits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let spread = (half as f64 * chance.clamp(0.0, 1.0)) as i64;
    Millis(half + spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn waits_grow_to_the_cap_and_stay_in_their_half() {
        assert_eq!(wait(0, 0.0), Millis(200));
        assert_eq!(wait(0, 1.0), Millis(400));
        assert_eq!(wait(1, 1.0), Millis(800));
        assert_eq!(wait(40, 1.0), Millis(8_000));
        assert_eq!(wait(u32::MAX, 0.0), Millis(4_000));
    }
}
