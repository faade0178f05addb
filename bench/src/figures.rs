//! Figures: how they are counted and how they are printed.

use std::time::Duration;

/// Prints a figure for whoever reads our standard output.
#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
pub fn print(name: &str, value: f64, unit: &str) {
    println!("{name} = {value:.4} {unit}");
}

/// Milliseconds.
#[must_use]
pub fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// The value below which `share` (0 to 1) of all lie: the nearest rank, so it is one of them. `None` of nothing.
#[must_use]
pub fn quantile(values: &mut [Duration], share: f64) -> Option<Duration> {
    values.sort_unstable();
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_nearest_rank() {
        let mut hundred: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(quantile(&mut hundred, 0.5), Some(Duration::from_millis(50)));
        assert_eq!(quantile(&mut hundred, 0.99), Some(Duration::from_millis(99)));
        assert_eq!(quantile(&mut hundred, 1.0), Some(Duration::from_millis(100)));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}
