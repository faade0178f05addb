//! What crosses the network to browsers and other systems: the only serde types with a promise.
//!
//! `desk` and `visitor` travel on WebSockets as JSON text, `rest` (with `routing`, a queue's) over HTTP. Within one [`VERSION`] fields are only
//! added, with a default; a page of another version is told to reload.

pub mod callbacks;
pub mod control;
pub mod desk;
pub mod explanation;
pub mod flows;
pub mod meetings;
pub mod messages;
pub mod parties;
pub mod rest;
pub mod routing;
pub mod visitor;
pub mod waiting;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The protocol's version; sent in every hello.
pub const VERSION: u16 = 3;

/// In the OpenAPI document a type that crosses the network as text is a text, whatever it is inside.
macro_rules! text_schema {
    ($name:ident) => {
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                String::schema()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use text_schema;

/// An error that a person reads: a key of the locale files with the values its text names. Never a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WireError {
    /// Like `sign_in.locked` or `number.not_allowed`.
    pub key: String,
    /// Values for the text's placeholders.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl WireError {
    /// An error without values.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), values: BTreeMap::new() }
    }

    /// Adds a value for the placeholder `name`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }
}
