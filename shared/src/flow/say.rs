//! What a flow says: recorded prompts, sentences that are synthesised, and values spoken as people say them.

use super::vars::VarName;
use serde::{Deserialize, Serialize};

/// One piece of what is said; a node says a list of them without a pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Phrase {
    /// A recorded prompt, by its name without the language's folder: `welcome` is `zh/welcome` or `en/welcome`. A name
    /// with a folder, like `tones/beep`, is the same in every language.
    Prompt {
        /// The name.
        name: String,
    },
    /// A sentence that is synthesised when the flow is published, in every language that the flow speaks. It may
    /// not contain values: those are phrases of their own.
    Text {
        /// In Mandarin.
        #[serde(default)]
        zh: String,
        /// In English.
        #[serde(default)]
        en: String,
    },
    /// A variable's value; an empty one, or one that is not of the kind, is skipped.
    Value {
        /// Which.
        name: VarName,
        /// How it is read out.
        read: ReadAs,
    },
}

/// How a value is read out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReadAs {
    /// Digit by digit: an account, a telephone number.
    Digits,
    /// A whole or decimal number.
    Number,
    /// An amount in yuan with at most two decimals: yuan, jiao and fen in Chinese, yuan and cents in English.
    Money,
    /// A date `YYYY-MM-DD`.
    Date,
}

impl ReadAs {
    /// All, in the order in which a form lists them.
    pub const ALL: [Self; 4] = [Self::Digits, Self::Number, Self::Money, Self::Date];
}
