//! What a browser's speaker plays, measured inside the page.
//!
//! The page's `#remote-audio` element plays the far side. An analyser beside it takes the spectrum every 20 ms and
//! keeps the strongest frequency and its level; questions are put to that history. The script is put into the page by
//! WebDriver, so the product holds none of it.

use super::Browser;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// Below this the strongest bin is silence; a story's tone is near -20 dB.
const AUDIBLE_DB: f64 = -60.0;
/// The analyser's windows are 85 ms of 48 kHz: bins of 12 Hz. A tone may come out one bin beside its own.
const NEAR_HZ: f64 = 20.0;
/// A tone counts as heard when this many of the last readings carry it.
const ENOUGH: usize = 15;
/// Readings looked at: 20 of 20 ms, in a page that is not busy.
const LAST: usize = 20;
/// How often the page is asked.
const POLL: Duration = Duration::from_millis(60);

/// Attaches the ear if need be and gives the readings since `arguments[0]` (ms of the page's clock).
const LISTEN: &str = r"
    const element = document.getElementById('remote-audio');
    if (!element || !element.srcObject) return { now: performance.now(), attached: false, readings: [] };
    let ear = window.__ear;
    if (!ear || ear.stream !== element.srcObject || ear.tracks !== element.srcObject.getAudioTracks().map(t => t.id).join()) {
        if (ear) { clearInterval(ear.timer); ear.context.close(); }
        const context = new AudioContext();
        const stream = element.srcObject;
        if (stream.getAudioTracks().length === 0) return { now: performance.now(), attached: false, readings: [] };
        const analyser = context.createAnalyser();
        analyser.fftSize = 4096;
        analyser.smoothingTimeConstant = 0;
        context.createMediaStreamSource(stream).connect(analyser);
        const bins = new Float32Array(analyser.frequencyBinCount);
        const width = context.sampleRate / analyser.fftSize;
        ear = { context, stream, readings: [], tracks: stream.getAudioTracks().map(t => t.id).join() };
        ear.timer = setInterval(() => {
            analyser.getFloatFrequencyData(bins);
            let best = 0;
            for (let i = Math.round(150 / width); i * width < 3500; i++) if (!(bins[i] <= bins[best]) || best === 0) best = i;
            ear.readings.push([performance.now(), best * width, Math.max(bins[best], -200)]);
            if (ear.readings.length > 6000) ear.readings.shift();
        }, 20);
        window.__ear = ear;
    }
    return {
        now: performance.now(),
        attached: true,
        readings: ear.readings.filter(r => r[0] >= arguments[0]),
    };
";

/// Plays what the page's player has loaded from its beginning, and gives the strongest frequency after a while, in Hz; 0
/// while nothing is loaded.
const PLAYED: &str = r"
    new Promise((done) => {
        const audio = [...document.querySelectorAll('audio')].find((it) => it.id !== 'remote-audio' && it.readyState > 1);
        if (!audio) return done(0);
        const context = new AudioContext();
        const analyser = context.createAnalyser();
        analyser.fftSize = 4096;
        context.createMediaStreamSource(audio.captureStream()).connect(analyser);
        audio.currentTime = 0;
        audio.play();
        setTimeout(() => {
            const bins = new Float32Array(analyser.frequencyBinCount);
            analyser.getFloatFrequencyData(bins);
            const loudest = bins.reduce((best, level, at) => (level > bins[best] ? at : best), 0);
            done(bins[loudest] > -60 ? loudest * context.sampleRate / analyser.fftSize : 0);
            context.close();
        }, 1000);
    })
";

#[derive(Debug, Deserialize)]
struct Report {
    /// The page's clock in ms.
    now: f64,
    attached: bool,
    /// Time in ms, strongest frequency in Hz, its level in dB.
    readings: Vec<(f64, f64, f64)>,
}

fn carries(reading: &(f64, f64, f64), frequency: f64) -> bool {
    (reading.1 - frequency).abs() < NEAR_HZ && reading.2 > AUDIBLE_DB
}

impl Browser {
    /// Awaits a tone in what the page's player plays, a message or a recording: a second after its beginning.
    ///
    /// # Errors
    /// When it was not heard `within`.
    pub async fn expect_played(&self, frequency: f64, within: Duration) -> Result<()> {
        let began = Instant::now();
        loop {
            let heard = self.evaluate(PLAYED).await?.as_f64().context("a frequency")?;
            if (heard - frequency).abs() < NEAR_HZ {
                return Ok(());
            }
            if began.elapsed() > within {
                bail!("{}: the player plays {heard} Hz, not {frequency} Hz", self.name);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Awaits a tone in what the page plays from now on.
    ///
    /// # Errors
    /// When it was not heard `within`; the message says what was heard instead.
    pub async fn expect_tone(&self, frequency: f64, within: Duration) -> Result<()> {
        self.expect_heard(within, &format!("{frequency} Hz"), |last| {
            last.iter().filter(|reading| carries(reading, frequency)).count() >= ENOUGH
        })
        .await
    }

    /// Awaits that the tone stops: none of the last readings (0.4 s) carries it.
    ///
    /// # Errors
    /// When it is still there after `within`.
    pub async fn expect_no_tone(&self, frequency: f64, within: Duration) -> Result<()> {
        self.expect_heard(within, &format!("no {frequency} Hz"), |last| {
            last.len() == LAST && !last.iter().any(|reading| carries(reading, frequency))
        })
        .await
    }

    /// Awaits silence of 0.4 s.
    ///
    /// # Errors
    /// When something is still heard after `within`.
    pub async fn expect_silence(&self, within: Duration) -> Result<()> {
        self.expect_heard(within, "silence", |last| last.len() == LAST && last.iter().all(|r| r.2 <= AUDIBLE_DB)).await
    }

    /// Awaits any sound: music, a prompt, a person.
    ///
    /// # Errors
    /// When nothing was heard `within`.
    pub async fn expect_sound(&self, within: Duration) -> Result<()> {
        self.expect_heard(within, "any sound", |last| last.iter().filter(|r| r.2 > AUDIBLE_DB).count() >= ENOUGH).await
    }

    /// The longest time without the tone in the last `span` of what the page played. The window of the analyser
    /// (85 ms) hides gaps that are much shorter.
    ///
    /// # Errors
    /// When the page does not listen: ask [`Browser::expect_tone`] first.
    pub async fn longest_gap(&self, frequency: f64, span: Duration) -> Result<Duration> {
        let now = self.listen(f64::MAX).await?.now;
        let from = now - span.as_secs_f64() * 1000.0;
        let report = self.listen(from).await?;
        ensure!(report.attached, "{}: the page plays nothing", self.name);
        let with_tone = report.readings.iter().filter(|r| r.0 <= now && carries(r, frequency)).map(|r| r.0);
        let (last, longest) = with_tone.fold((from, 0.0_f64), |(last, longest), at| (at, longest.max(at - last)));
        Ok(Duration::from_secs_f64(longest.max(now - last) / 1000.0))
    }

    async fn expect_heard(
        &self,
        within: Duration,
        what: &str,
        holds: impl Fn(&[(f64, f64, f64)]) -> bool,
    ) -> Result<()> {
        let began = Instant::now();
        let mut since = None;
        loop {
            // A page that is being loaded has no ear for a moment; so has one whose call has not begun.
            let report = self.listen(since.unwrap_or(f64::MAX)).await;
            if let Ok(report) = &report {
                // A reload starts the page's clock anew.
                since = Some(since.unwrap_or(report.now).min(report.now));
                let last = &report.readings[report.readings.len().saturating_sub(LAST)..];
                if report.attached && holds(last) {
                    return Ok(());
                }
            }
            if began.elapsed() > within {
                bail!("{}: {what} not heard within {within:?}: {}", self.name, describe(&report));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn listen(&self, since: f64) -> Result<Report> {
        let since = if since == f64::MAX { 1e15 } else { since };
        let report = self.client.execute(LISTEN, vec![since.into()]).await?;
        serde_json::from_value(report).context("the ear's report")
    }
}

fn describe(report: &Result<Report>) -> String {
    match report {
        Err(error) => format!("{error:#}"),
        Ok(report) if !report.attached => "the page has no #remote-audio that plays".to_owned(),
        Ok(report) => {
            let last = &report.readings[report.readings.len().saturating_sub(5)..];
            let last: Vec<String> = last.iter().map(|r| format!("{:.0} Hz at {:.0} dB", r.1, r.2)).collect();
            format!("{} readings, the last: {}", report.readings.len(), last.join(", "))
        }
    }
}
