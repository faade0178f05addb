//! Sounds are read, decoded and resampled on a thread of their own: a slow disk must not stop anybody's speech.

use crate::config::Sounds;
use crate::media::resample;
use crate::media::sources::Samples;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use tokio::sync::mpsc;

/// Sounds that may wait to be loaded: all prompts of a hundred menus at once.
const QUEUE: usize = 1024;
/// The longest sound, an hour at 8 kHz: music.
const MAX_SAMPLES: usize = 3600 * 8000;

/// The way to the loading thread; it ends when this is dropped.
pub(super) struct Loader {
    names: SyncSender<String>,
}

/// A sound's name and, if there is one, its samples at 8 kHz.
pub(super) type Loaded = (String, Option<Samples>);

impl Loader {
    /// Starts the thread.
    pub(super) fn start(sounds: Arc<dyn Sounds>) -> std::io::Result<(Self, mpsc::Receiver<Loaded>)> {
        let (names, wanted) = sync_channel(QUEUE);
        let (loaded, results) = mpsc::channel(QUEUE);
        std::thread::Builder::new().name("hark-sounds".to_owned()).spawn(move || run(&wanted, &*sounds, &loaded))?;
        Ok((Self { names }, results))
    }

    /// Asks for a sound; false when too many wait already.
    pub(super) fn want(&self, name: &str) -> bool {
        self.names.try_send(name.to_owned()).is_ok()
    }
}

fn run(wanted: &Receiver<String>, sounds: &dyn Sounds, loaded: &mpsc::Sender<Loaded>) {
    while let Ok(name) = wanted.recv() {
        let samples = sounds.wav(&name).and_then(|bytes| match decode(&bytes) {
            Ok(samples) => Some(samples),
            Err(why) => {
                tracing::warn!(sound = name, %why, "a sound cannot be played");
                None
            }
        });
        if loaded.blocking_send((name, samples)).is_err() {
            return;
        }
    }
}

/// A WAV file's first channel at 8 kHz.
fn decode(bytes: &[u8]) -> Result<Samples, String> {
    let mut reader = hound::WavReader::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let spec = reader.spec();
    if spec.bits_per_sample != 16 || spec.sample_format != hound::SampleFormat::Int || spec.sample_rate < 1000 {
        return Err(format!("{} bits at {} Hz; 16-bit PCM is wanted", spec.bits_per_sample, spec.sample_rate));
    }
    let channels = usize::from(spec.channels.max(1));
    let samples: Result<Vec<i16>, _> = reader.samples::<i16>().step_by(channels).collect();
    let samples = resample::to_8k(&samples.map_err(|error| error.to_string())?, spec.sample_rate);
    if samples.len() > MAX_SAMPLES {
        return Err("longer than an hour".to_owned());
    }
    Ok(samples.into())
}
