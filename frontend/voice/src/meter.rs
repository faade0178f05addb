//! How loud a stream is, for a level bar.

use web_sys::{AnalyserNode, AudioContext, MediaStream, MediaStreamAudioSourceNode};

/// Samples per reading: 43 ms at 48 kHz, two readings of speech are never both in a pause between words.
const WINDOW: u32 = 2048;

/// Measures a stream until dropped.
pub struct Meter {
    context: AudioContext,
    analyser: AnalyserNode,
    source: MediaStreamAudioSourceNode,
}

impl Meter {
    /// Listens to `stream` without playing it. `None` when the browser gives no audio context.
    #[must_use]
    pub fn new(stream: &MediaStream) -> Option<Self> {
        let context = AudioContext::new().ok()?;
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(WINDOW);
        let source = context.create_media_stream_source(stream).ok()?;
        source.connect_with_audio_node(&analyser).ok()?;
        Some(Self { context, analyser, source })
    }

    /// The level now, 0 (60 dB below full scale, and anything softer) to 1 (full scale), even steps in decibels.
    #[must_use]
    pub fn level(&self) -> f64 {
        let mut samples = vec![0.0_f32; WINDOW as usize];
        self.analyser.get_float_time_domain_data(&mut samples);
        let power = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / f64::from(WINDOW);
        if power <= 0.0 { 0.0 } else { (1.0 + 10.0 * power.log10() / 60.0).clamp(0.0, 1.0) }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let _ = self.source.disconnect();
        let _ = self.context.close();
    }
}
