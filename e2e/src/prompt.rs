//! Which prompt plays: what is heard is compared with the recording itself, wave by wave.
//!
//! A telephone's codec changes a wave by a thousandth, so the right prompt fits nearly whole and every other hardly at
//! all. The measure is the largest normalised cross-correlation over all delays, at 4 kHz, which is half the work.

use crate::phone::line::Line;
use crate::tone::RATE;
use anyhow::{Result, bail, ensure};
use std::path::Path;
use std::time::{Duration, Instant};

/// From so much likeness on it is that prompt; other words stay below a half.
const ALIKE: f64 = 0.8;
/// So much of a prompt is compared, behind its first tenth of a second: 0.5 s at 4 kHz.
const LENGTH: usize = 2000;
const SKIPPED: usize = 400;
/// How often it is looked anew.
const AGAIN: Duration = Duration::from_millis(100);

impl Line {
    /// Awaits that a prompt of `static/sounds`, like `en/menu`, is heard in what arrives from `since` on; when it was.
    ///
    /// # Errors
    /// When it is not heard `within`, or there is no such prompt.
    pub async fn expect_prompt(&self, name: &str, since: Instant, within: Duration) -> Result<()> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/sounds").join(format!("{name}.wav"));
        self.expect_wav(name, &path, since, within).await
    }

    /// As [`Line::expect_prompt`], for a WAV file of any rate.
    ///
    /// # Errors
    /// When it is not heard `within`, or cannot be read.
    pub async fn expect_wav(&self, name: &str, path: &Path, since: Instant, within: Duration) -> Result<()> {
        let wanted = halved(&at_8k(path)?);
        let wanted = &wanted[SKIPPED.min(wanted.len() / 4)..];
        let wanted = &wanted[..LENGTH.min(wanted.len())];
        ensure!(!wanted.is_empty(), "{name} is empty");
        let deadline = Instant::now() + within;
        loop {
            let heard: Vec<i16> = self.history(|history| {
                history
                    .packets
                    .iter()
                    .filter(|heard| heard.at >= since)
                    .flat_map(|heard| heard.samples.clone())
                    .collect()
            });
            let likeness = likeness(&halved(&heard), wanted);
            if likeness >= ALIKE {
                return Ok(());
            }
            if Instant::now() >= deadline {
                bail!("{name} not heard within {within:?}, at most {likeness:.2} alike: {}", self.describe(since));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// A WAV file at the rate of telephones, each sample the mean of those that it stands for.
fn at_8k(path: &Path) -> Result<Vec<i16>> {
    let mut reader = hound::WavReader::open(path)?;
    let step = f64::from(reader.spec().sample_rate) / f64::from(RATE);
    let samples: Vec<i16> = reader.samples::<i16>().collect::<Result<_, _>>()?;
    let mean = |n: usize| {
        let (from, to) = ((n as f64 * step) as usize, ((n + 1) as f64 * step) as usize);
        let part = &samples[from..to.clamp(from + 1, samples.len())];
        (part.iter().map(|sample| i64::from(*sample)).sum::<i64>() / part.len() as i64) as i16
    };
    Ok((0..(samples.len() as f64 / step) as usize).map(mean).collect())
}

/// Half the rate: the mean of each two.
fn halved(samples: &[i16]) -> Vec<f64> {
    samples.chunks_exact(2).map(|pair| (f64::from(pair[0]) + f64::from(pair[1])) / 2.0).collect()
}

/// The largest normalised cross-correlation of `wanted` with any stretch of `heard`, 0 to 1.
fn likeness(heard: &[f64], wanted: &[f64]) -> f64 {
    let energy: f64 = wanted.iter().map(|sample| sample * sample).sum();
    if heard.len() < wanted.len() || energy == 0.0 {
        return 0.0;
    }
    let mut there: f64 = heard[..wanted.len()].iter().map(|sample| sample * sample).sum();
    let mut best: f64 = 0.0;
    for at in 0..=heard.len() - wanted.len() {
        // Nearly silent stretches cannot be it, and are not worth the work.
        if there > energy / 4.0 {
            let product: f64 = heard[at..].iter().zip(wanted).map(|(heard, wanted)| heard * wanted).sum();
            best = best.max(product / (energy * there).sqrt());
        }
        if let Some(next) = heard.get(at + wanted.len()) {
            there += next * next - heard[at] * heard[at];
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_told_from_others_and_found_anywhere() {
        let wave = |step: f64| -> Vec<f64> { (0..400).map(|n| (f64::from(n * n) * step).sin() * 1000.0).collect() };
        let (one, other) = (wave(0.0007), wave(0.0011));
        let heard = [vec![0.0; 333], one.iter().map(|sample| sample * 0.9).collect(), vec![3.0; 100]].concat();
        assert!(likeness(&heard, &one) > 0.99);
        assert!(likeness(&heard, &other) < 0.6, "{}", likeness(&heard, &other));
        assert!(likeness(&heard[..10], &one) == 0.0);
    }
}
