//! espeak-ng: speaks Mandarin and English on every Debian machine, offline. Clear rather than beautiful; recorded prompts
//! come first.

use super::{Synthesiser, mandarin};
use hark_shared::wire::rest::Language;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// The program.
const PROGRAM: &str = "espeak-ng";

/// See the module.
pub struct EspeakNg(());

impl EspeakNg {
    /// The program, if the machine has it.
    #[must_use]
    pub fn find() -> Option<Self> {
        let version = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success()).then_some(Self(()))
    }
}

impl Synthesiser for EspeakNg {
    fn speak(&self, language: Language, text: &str, to: &Path) -> io::Result<()> {
        // The voices and speeds of the recorded prompts, so that both sound like one house.
        let (voice, words_per_minute, text) = match language {
            Language::Zh => ("cmn-latn-pinyin+f3", "190", mandarin::pinyin(text)),
            Language::En => ("en-us+f3", "155", text.to_owned()),
        };
        let mut command = Command::new(PROGRAM);
        // The text goes last, after `--`: it may begin with a dash.
        command.args(["-v", voice, "-s", words_per_minute, "-w"]).arg(to).arg("--").arg(text).stdin(Stdio::null());
        let output = command.output()?;
        if output.status.success() && to.exists() {
            return Ok(());
        }
        Err(io::Error::other(format!("{PROGRAM}: {}", String::from_utf8_lossy(&output.stderr).trim())))
    }
}
