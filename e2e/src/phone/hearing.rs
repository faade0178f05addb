//! Questions to a line's history, most of them awaited with a deadline: is that tone heard, has it stopped, were there
//! gaps.

use super::line::{Heard, Line};
use crate::tone;
use anyhow::{Context, Result, bail};
use std::time::{Duration, Instant};

/// A tone counts as heard when this much of it arrived …
const ENOUGH: Duration = Duration::from_millis(300);
/// … in packets of this length, of which …
const PACKET: Duration = Duration::from_millis(20);
/// … this share carries it: a packet lost or mangled at a change of source does not spoil a proof.
const MOST: f64 = 0.8;

impl Line {
    /// Awaits a tone in what arrives from now on: 300 ms of it.
    ///
    /// # Errors
    /// When it was not heard `within`; the message says what was heard instead.
    pub async fn expect_tone(&self, frequency: f64, within: Duration) -> Result<()> {
        let began = Instant::now();
        let heard = self.until(within, || {
            self.history(|history| {
                let need = (ENOUGH.as_millis() / PACKET.as_millis()) as usize;
                let last: Vec<&Heard> = history.packets.iter().rev().take_while(|h| h.at >= began).take(need).collect();
                let carrying = last.iter().filter(|h| carries(h, frequency)).count();
                last.len() == need && carrying as f64 >= MOST * need as f64
            })
        });
        heard.await.with_context(|| format!("{frequency} Hz not heard within {within:?}: {}", self.describe(began)))
    }

    /// Awaits that a tone stops: for `quiet` no packet carries it, be there other sound, silence or no packets at all.
    ///
    /// # Errors
    /// When it is still heard after `within`.
    pub async fn expect_no_tone(&self, frequency: f64, quiet: Duration, within: Duration) -> Result<()> {
        let began = Instant::now();
        let stopped = self.absent(began, quiet, within, |heard| carries(heard, frequency));
        stopped.await.with_context(|| format!("{frequency} Hz still there: {}", self.describe(began)))
    }

    /// Awaits silence of `quiet`: packets of it, or none at all.
    ///
    /// # Errors
    /// When something is still heard after `within`.
    pub async fn expect_silence(&self, quiet: Duration, within: Duration) -> Result<()> {
        let began = Instant::now();
        let silent = self.absent(began, quiet, within, |heard| tone::level(&heard.samples) > tone::AUDIBLE_DBFS);
        silent.await.with_context(|| format!("not silent: {}", self.describe(began)))
    }

    /// Awaits any sound in what arrives from now on, for instance a prompt or music: 300 ms of it.
    ///
    /// # Errors
    /// When nothing was heard `within`.
    pub async fn expect_sound(&self, within: Duration) -> Result<()> {
        let began = Instant::now();
        let heard = self.until(within, || {
            self.history(|history| {
                let loud = history.packets.iter().rev().take_while(|h| h.at >= began);
                let loud = loud.filter(|h| tone::level(&h.samples) > tone::AUDIBLE_DBFS).count();
                loud as u128 >= ENOUGH.as_millis() / PACKET.as_millis()
            })
        });
        heard.await.with_context(|| format!("nothing heard within {within:?}: {}", self.describe(began)))
    }

    /// Awaits digits by RFC 4733: that all digits so far are exactly these.
    ///
    /// # Errors
    /// When they are not `within`.
    pub async fn expect_digits(&self, digits: &str, within: Duration) -> Result<()> {
        let arrived = self.until(within, || self.history(|history| history.digits == digits)).await;
        arrived.with_context(|| format!("digits so far: '{}', not '{digits}'", self.history(|h| h.digits.clone())))
    }

    /// The longest time between `from` and `to` without a packet that carries the tone.
    #[must_use]
    pub fn longest_gap(&self, frequency: f64, from: Instant, to: Instant) -> Duration {
        self.history(|history| {
            let moments = history.packets.iter().filter(|heard| carries(heard, frequency)).map(|heard| heard.at);
            tone::longest_gap(moments.collect::<Vec<_>>(), from, to)
        })
    }

    /// What was heard since then, in words.
    #[must_use]
    pub fn describe(&self, since: Instant) -> String {
        self.history(|history| {
            let recent: Vec<&Heard> = history.packets.iter().filter(|heard| heard.at >= since).collect();
            let Some(last) = recent.last() else {
                return format!("no packets at all ({} before)", history.packets.len());
            };
            let samples: Vec<i16> =
                recent.iter().rev().take(25).rev().flat_map(|heard| heard.samples.iter().copied()).collect();
            let (frequency, reading) = tone::strongest(&samples, tone::RATE);
            format!(
                "{} packets (last from {}, payload type {}), level {:.0} dBFS, strongest {frequency} Hz with {:.0} %",
                recent.len(),
                last.from,
                last.packet.payload_type,
                reading.dbfs,
                100.0 * reading.share
            )
        })
    }

    /// Awaits a time of `quiet` without a packet for which `unwanted` holds.
    async fn absent(
        &self,
        began: Instant,
        quiet: Duration,
        within: Duration,
        unwanted: impl Fn(&Heard) -> bool,
    ) -> Result<()> {
        loop {
            let last = self.history(|history| {
                history.packets.iter().rev().take_while(|h| h.at >= began).find(|h| unwanted(h)).map(|h| h.at)
            });
            let due = last.unwrap_or(began) + quiet;
            if due <= Instant::now() {
                return Ok(());
            }
            if due > began + within {
                bail!("not within {within:?}");
            }
            // The event awaited is a stretch of time without something: its end, looked at anew.
            tokio::time::sleep_until(due.into()).await;
        }
    }

    /// Awaits that `holds`, looking again whenever a packet arrives.
    async fn until(&self, within: Duration, holds: impl Fn() -> bool) -> Result<()> {
        let mut news = self.news();
        let wait = async {
            while !holds() {
                if news.changed().await.is_err() {
                    break;
                }
            }
        };
        tokio::time::timeout(within, wait).await.context("deadline")
    }
}

fn carries(heard: &Heard, frequency: f64) -> bool {
    tone::read(&heard.samples, tone::RATE, frequency).carries()
}
