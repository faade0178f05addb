//! Prompts, music and ringback: what plays into a room besides people, 20 ms at a time, at 8 kHz.
//!
//! A sound that is not there is skipped with a warning, and a source that has nothing at all ends: nobody waits in
//! silence for a missing file.

use hark_shared::edge::{Sound, Source};
use hark_shared::ids::SourceId;
use std::collections::HashMap;
use std::f32::consts::TAU;
use std::sync::Arc;

/// Decoded sounds that are kept, in samples: 64 MiB, over an hour of prompts.
const MAX_CACHE: usize = 32 * 1024 * 1024;
/// Ringback in China: 450 Hz, 1 s on, 4 s off (GB/T 3380).
const RING_HZ: f32 = 450.0;
const RING_ON: u64 = 8000;
const RING_PERIOD: u64 = 40_000;
/// About -13 dBm0.
const RING_LEVEL: f32 = 7000.0;

/// A sound's samples at 8 kHz.
pub(crate) type Samples = Arc<[i16]>;

#[derive(Clone, Debug)]
enum Known {
    Wanted,
    Here(Samples),
    Missing,
}

/// The sounds that were asked for so far.
#[derive(Debug, Default)]
pub(crate) struct Library {
    known: HashMap<String, Known>,
    held: usize,
}

impl Library {
    /// Notes that a sound is needed; true when the shell shall load it.
    fn want(&mut self, name: &str) -> bool {
        let new = !self.known.contains_key(name);
        if new {
            self.known.insert(name.to_owned(), Known::Wanted);
        }
        new
    }

    /// A sound has been loaded, or there is none.
    pub(crate) fn loaded(&mut self, name: &str, samples: Option<Samples>) {
        let known = match samples.filter(|samples| !samples.is_empty()) {
            Some(samples) => {
                self.held += samples.len();
                Known::Here(samples)
            }
            None => {
                tracing::warn!(sound = name, "there is no such sound, it is skipped");
                Known::Missing
            }
        };
        self.known.insert(name.to_owned(), known);
        if self.held > MAX_CACHE {
            self.evict(name);
        }
    }

    /// Forgets what nobody plays; it is loaded again when needed.
    fn evict(&mut self, keep: &str) {
        let held = &mut self.held;
        self.known.retain(|name, known| match known {
            Known::Here(samples) if name != keep && Arc::strong_count(samples) == 1 => {
                *held -= samples.len();
                false
            }
            Known::Here(_) | Known::Wanted | Known::Missing => true,
        });
    }

    /// Forgets that sounds are missing, so that a prompt recorded meanwhile is found by the next call.
    fn retry(&mut self, name: &str) {
        if matches!(self.known.get(name), Some(Known::Missing)) {
            self.known.remove(name);
        }
    }
}

/// A source that plays.
#[derive(Debug)]
pub(crate) struct Playing {
    /// Its name.
    pub id: SourceId,
    sound: Sound,
    /// Which file of a prompt.
    file: usize,
    position: u64,
    /// Held while it plays, so that it is not evicted.
    samples: Option<Samples>,
    /// Nothing more comes.
    ended: bool,
    /// This tick's sound.
    pub frame: [i16; 160],
}

impl Playing {
    /// A source at its beginning; what must be loaded is appended to `wanted`.
    pub(crate) fn new(source: &Source, library: &mut Library, wanted: &mut Vec<String>) -> Self {
        let names: &[String] = match &source.sound {
            Sound::Prompt(names) => names,
            Sound::Music(name) => std::slice::from_ref(name),
            Sound::Ringback => &[],
        };
        for name in names {
            library.retry(name);
            if library.want(name) {
                wanted.push(name.clone());
            }
        }
        let (id, sound) = (source.id, source.sound.clone());
        Self { id, sound, file: 0, position: 0, samples: None, ended: false, frame: [0; 160] }
    }

    /// Fills the next 20 ms; true when the source ended with it.
    pub(crate) fn tick(&mut self, library: &mut Library, wanted: &mut Vec<String>) -> bool {
        self.frame.fill(0);
        if self.ended {
            return false;
        }
        if self.sound == Sound::Ringback {
            self.ring();
            return false;
        }
        let mut filled = 0;
        while filled < self.frame.len() {
            match self.more(library, wanted, filled) {
                Some(count) => filled += count,
                None => break,
            }
        }
        self.ended
    }

    fn ring(&mut self) {
        for sample in &mut self.frame {
            let at = self.position % RING_PERIOD;
            if at < RING_ON {
                *sample = (RING_LEVEL * (TAU * RING_HZ * at as f32 / 8000.0).sin()) as i16;
            }
            self.position += 1;
        }
    }

    /// Copies what the present file still has, or goes to the next; `None` while it is loading or at the end.
    fn more(&mut self, library: &mut Library, wanted: &mut Vec<String>, filled: usize) -> Option<usize> {
        let (name, music) = match &self.sound {
            Sound::Prompt(names) => (names.get(self.file), false),
            Sound::Music(name) => (Some(name), true),
            Sound::Ringback => (None, false),
        };
        let Some(name) = name else {
            self.ended = true;
            return None;
        };
        if self.samples.is_none() {
            match library.known.get(name) {
                Some(Known::Here(samples)) => self.samples = Some(samples.clone()),
                Some(Known::Wanted) => return None,
                Some(Known::Missing) => {
                    self.file += 1;
                    self.ended = music;
                    return (!music).then_some(0);
                }
                None => {
                    // Evicted before its turn came.
                    if library.want(name) {
                        wanted.push(name.clone());
                    }
                    return None;
                }
            }
        }
        let samples = self.samples.as_ref()?;
        let from = usize::try_from(self.position).unwrap_or(usize::MAX).min(samples.len());
        let count = (samples.len() - from).min(self.frame.len() - filled);
        self.frame[filled..filled + count].copy_from_slice(&samples[from..from + count]);
        self.position += count as u64;
        if from + count == samples.len() {
            self.position = 0;
            if !music {
                self.samples = None;
                self.file += 1;
            }
        }
        Some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(sound: Sound) -> Source {
        Source { id: SourceId::from_u128(1), sound }
    }

    fn run(playing: &mut Playing, library: &mut Library, ticks: usize) -> (Vec<i16>, Option<usize>) {
        let (mut sound, mut ended, mut wanted) = (Vec::new(), None, Vec::new());
        for tick in 0..ticks {
            if playing.tick(library, &mut wanted) {
                assert_eq!(ended.replace(tick), None, "it ends once");
            }
            sound.extend_from_slice(&playing.frame);
        }
        (sound, ended)
    }

    #[test]
    fn a_prompt_plays_its_files_back_to_back_and_skips_what_is_missing() {
        let (mut library, mut wanted) = (Library::default(), Vec::new());
        let names = vec!["a".to_owned(), "gone".to_owned(), "b".to_owned()];
        let mut playing = Playing::new(&source(Sound::Prompt(names.clone())), &mut library, &mut wanted);
        assert_eq!(wanted, names);
        assert_eq!(run(&mut playing, &mut library, 3), (vec![0; 480], None), "it waits while loading");
        library.loaded("a", Some(vec![1; 200].into()));
        library.loaded("gone", None);
        library.loaded("b", Some(vec![2; 100].into()));
        let (sound, ended) = run(&mut playing, &mut library, 4);
        assert_eq!(ended, Some(1));
        let expected: Vec<i16> = [vec![1; 200], vec![2; 100], vec![0; 340]].concat();
        assert_eq!(sound, expected);
    }

    #[test]
    fn music_loops_and_missing_music_ends() {
        let (mut library, mut wanted) = (Library::default(), Vec::new());
        let mut playing = Playing::new(&source(Sound::Music("m".to_owned())), &mut library, &mut wanted);
        library.loaded("m", Some((0..100).collect::<Vec<i16>>().into()));
        let (sound, ended) = run(&mut playing, &mut library, 10);
        assert!(ended.is_none() && sound.iter().enumerate().all(|(n, sample)| *sample == (n % 100) as i16));
        let mut missing = Playing::new(&source(Sound::Music("x".to_owned())), &mut library, &mut wanted);
        library.loaded("x", None);
        assert_eq!(run(&mut missing, &mut library, 3).1, Some(0));
    }

    #[test]
    fn ringback_is_one_second_in_five() {
        let (mut library, mut wanted) = (Library::default(), Vec::new());
        let mut playing = Playing::new(&source(Sound::Ringback), &mut library, &mut wanted);
        let (sound, _) = run(&mut playing, &mut library, 300);
        assert!(sound[100..7900].iter().any(|s| *s > 6000) && sound[8000..40_000].iter().all(|s| *s == 0));
        assert!(sound[40_100..47_900].iter().any(|s| *s > 6000));
    }
}
