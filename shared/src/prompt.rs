//! Prompts of a tenant's own: recorded, uploaded or spoken by the synthesiser, and played in the place of the house's by
//! the same name.

use crate::flow::speech;
use crate::ids::PromptId;
use crate::time::Millis;
use crate::wire::rest::Language;
use serde::{Deserialize, Serialize};

/// The folder of the files' names, see [`Prompt::file`].
pub const OWN: &str = "own";

/// The folder of music's names.
pub const MUSIC: &str = "music";

/// The longest name, in characters: file-like and short, as people pick it from a list.
pub const MAX_NAME: usize = 40;

/// `GET|POST|PUT /api/prompts`: a prompt. Its sound is uploaded, or spoken, by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Prompt {
    /// The id, drawn by the client when it creates.
    pub id: PromptId,
    /// The name by which flows and queues play it: lower-case letters, digits and dashes.
    pub name: String,
    /// The language that is spoken in it; `None` is music.
    pub language: Option<Language>,
    /// What is said, for those who read.
    #[serde(default)]
    pub words: String,
    /// The name of its file, made of what is in it: `own/…`.
    pub file: String,
    /// How long it plays.
    pub length: Millis,
}

impl Prompt {
    /// The sound's name, like `zh/welcome` or `music/waltz`; unique in the tenant.
    #[must_use]
    pub fn sound(&self) -> String {
        match self.language {
            Some(language) => speech::sound(language, &self.name),
            None => format!("{MUSIC}/{}", self.name),
        }
    }

    /// Whether the name can be one.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain)
    }
}

/// `POST /api/prompts/speak`: a prompt that the synthesiser shall speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpokenPrompt {
    /// The id, drawn by the client when it creates.
    pub id: PromptId,
    /// See [`Prompt::name`].
    pub name: String,
    /// In which language.
    pub language: Language,
    /// What to say.
    pub words: String,
}
