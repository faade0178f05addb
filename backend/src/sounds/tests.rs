//! Sentences are spoken once, kept, and found again; uploads are looked at; nobody gets at other files by a name.

use super::*;
use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Writes the words instead of speaking them, and counts.
#[derive(Default)]
struct Scribe(AtomicUsize);

impl Synthesiser for Scribe {
    fn speak(&self, _: Language, text: &str, to: &Path) -> io::Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        if text.contains("unspeakable") {
            return Err(io::Error::other("no"));
        }
        std::fs::write(to, text)
    }
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("hark-sounds-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn library(folder: &Folder) -> (Library, Arc<Scribe>) {
    let scribe = Arc::new(Scribe::default());
    (Library::new(&folder.0, Some(scribe.clone())), scribe)
}

/// A WAV file of silence.
fn silence(bits: u16, rate: u32, samples: u32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: bits,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    (0..samples).for_each(|_| writer.write_sample(0_i16).unwrap());
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn a_sentence_is_spoken_once_and_found_by_its_name() {
    let folder = Folder::new("once");
    let (library, scribe) = library(&folder);
    let name = library.ensure(Language::En, "Power is out.").unwrap();
    assert_eq!(library.ensure(Language::En, "Power is out.").unwrap(), name);
    assert_eq!(scribe.0.load(Ordering::Relaxed), 1);
    assert_eq!(library.wav(&name).as_deref(), Some(b"Power is out.".as_slice()));
    assert_ne!(library.ensure(Language::Zh, "Power is out.").unwrap(), name);
    let silent = Library::new(&folder.0, None);
    assert_eq!(silent.ensure(Language::En, "Power is out.").unwrap(), name, "what was spoken stays");
    assert!(silent.ensure(Language::En, "Something else.").is_err());
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let folder = Folder::new("failure");
    let (library, _) = library(&folder);
    assert!(library.ensure(Language::En, "unspeakable").is_err());
    assert_eq!(std::fs::read_dir(folder.0.join("said/en")).unwrap().count(), 0);
}

#[test]
fn only_kept_sounds_are_reached_by_name() {
    let folder = Folder::new("reach");
    std::fs::write(folder.0.join("secret.wav"), "x").unwrap();
    let (library, _) = library(&folder);
    for name in ["said/../secret", "own/../secret", "own/..", "said/en", "own/", "said//secret", "said/en/a.b", "own/A"]
    {
        assert_eq!(library.wav(name), None, "{name}");
    }
    assert!(library.wav("zh/welcome").is_some(), "what comes with the house");
}

#[test]
fn an_upload_is_kept_by_what_is_in_it() {
    let folder = Folder::new("upload");
    let (library, _) = library(&folder);
    let sound = silence(16, 16_000, 24_000);
    let (name, length) = library.keep(&sound).unwrap();
    assert_eq!(length, Millis(1500));
    assert_eq!(library.wav(&name), Some(sound.clone()));
    assert_eq!(library.keep(&sound).unwrap().0, name);
    assert_ne!(library.keep(&silence(16, 16_000, 8_000)).unwrap().0, name);
}

#[test]
fn what_cannot_be_played_is_refused_in_words() {
    let folder = Folder::new("refuse");
    let (library, _) = library(&folder);
    assert!(matches!(library.keep(b"ID3 this is an MP3"), Err(BadSound::Broken(_))));
    assert!(matches!(library.keep(&silence(16, 96_000, 96_000)), Err(BadSound::Format { .. })));
    assert!(matches!(library.keep(&silence(16, 8_000, 0)), Err(BadSound::Length(_))));
    let mut short = silence(16, 8_000, 8_000);
    short.truncate(9_000);
    assert!(matches!(library.keep(&short), Err(BadSound::Broken(_))), "the header says more than there is");
}
