//! How long a name is locked after wrong tries.

use hark_shared::time::Millis;

/// Wrong tries that are forgiven.
const FREE: u32 = 5;
/// The longest lock, in minutes: guessing is then hopeless, while the rightful user still gets in the same shift.
const LONGEST: i64 = 15;

/// How long after its last try a name with so many wrong ones in a row is locked: 1, 2, 4… up to 15 minutes.
pub(super) fn lock_after(wrong: u32) -> Millis {
    match wrong.checked_sub(FREE) {
        None => Millis::ZERO,
        Some(more) => Millis::from_secs(60 * (1_i64 << more.min(4)).min(LONGEST)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_grow_to_a_quarter_of_an_hour() {
        let minutes: Vec<i64> = (0..12).map(|wrong| lock_after(wrong).0 / 60_000).collect();
        assert_eq!(minutes, [0, 0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]);
        assert_eq!(lock_after(u32::MAX).0, 15 * 60_000);
    }
}
