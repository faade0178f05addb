//! Makes `static/sounds`: prompts spoken by espeak-ng, music and tones rendered here. See the README beside them.
//!
//! `cargo run -p hark-e2e --bin make_sounds` writes them all anew. The same program gives the same files, as far as
//! the same version of espeak-ng does.

mod meetings;
mod music;
mod signal;
mod speech;
mod words;

use anyhow::{Context, Result};
use std::path::Path;

/// What telephones carry; the product plays any rate, and this one needs no conversion.
const RATE: u32 = 8000;

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/sounds");
    let mut files = 0;
    for prompt in speech::PROMPTS.iter().chain(meetings::PROMPTS) {
        for (language, text) in [("zh", prompt.pinyin), ("en", prompt.en)] {
            write(&folder, &format!("{language}/{}", prompt.name), &speech::say(language, text)?)?;
            files += 1;
        }
    }
    for (language, name, text) in words::WORDS {
        write(&folder, &format!("{language}/{name}"), &speech::say(language, text)?)?;
        files += 1;
    }
    write(&folder, "demo/caller-zh", &speech::call("zh", speech::CALLER_ZH)?)?;
    write(&folder, "demo/caller-en", &speech::call("en", speech::CALLER_EN)?)?;
    write(&folder, "music/calm", &music::calm())?;
    write(&folder, "tones/beep", &music::beep())?;
    write(&folder, "tones/joined", &meetings::joined())?;
    write(&folder, "tones/left", &meetings::left())?;
    eprintln!("{} files in {}", files + 6, folder.display());
    Ok(())
}

/// Writes 16-bit mono.
fn write(folder: &Path, name: &str, samples: &[f64]) -> Result<()> {
    let path = folder.join(format!("{name}.wav"));
    std::fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(&path, spec).with_context(|| path.display().to_string())?;
    for sample in samples {
        file.write_sample((sample * 32767.0).round().clamp(-32768.0, 32767.0) as i16)?;
    }
    file.finalize()?;
    Ok(())
}
