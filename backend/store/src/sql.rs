//! One statement for two databases: the `sql!` macro and what it runs on.
//!
//! A statement is one text with `$1`, `$2`… that both databases read, or a pair `{ lite: "…", pg: "…" }` where they
//! must differ. Rows are tuples or structs with `#[derive(FromRow)]`, which is generic over the database.

use crate::error::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};
use std::time::Duration;

/// How long one statement may take before the database counts as away; above PostgreSQL's own limit of 10 s, so this
/// one is met only when the network swallows answers.
const STATEMENT: Duration = Duration::from_secs(12);

/// A connection outside a transaction.
pub(crate) enum Link {
    Lite(PoolConnection<Sqlite>),
    Pg(PoolConnection<Postgres>),
}

/// A transaction; dropped without [`Tx::commit`] it is rolled back.
pub(crate) enum Tx {
    Lite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

/// What a statement runs on.
pub(crate) enum Conn<'a> {
    Lite(&'a mut SqliteConnection),
    Pg(&'a mut PgConnection),
}

impl Conn<'_> {
    /// The same again: so that `sql!` takes a connection as it takes a link or a transaction.
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Lite(conn) => Conn::Lite(conn),
            Self::Pg(conn) => Conn::Pg(conn),
        }
    }
}

impl Link {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Lite(link) => Conn::Lite(link),
            Self::Pg(link) => Conn::Pg(link),
        }
    }
}

impl Tx {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Lite(tx) => Conn::Lite(tx),
            Self::Pg(tx) => Conn::Pg(tx),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Lite(tx) => timed(tx.commit()).await,
            Self::Pg(tx) => timed(tx.commit()).await,
        }
    }
}

/// Runs a statement within its time.
pub(crate) async fn timed<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match tokio::time::timeout(STATEMENT, statement).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(StoreError::Unavailable(format!("no answer within {STATEMENT:?}"))),
    }
}

/// `sql!(all: Row, on, "SELECT …", binds…)`, `sql!(one: Row, …)` (at most one) or `sql!(run, …)` (rows affected).
macro_rules! sql {
    (all: $row:ty, $on:expr, $text:tt $(, $bind:expr)* $(,)?) => {
        match $on.conn() {
            $crate::sql::Conn::Lite(conn) => $crate::sql::timed(
                sqlx::query_as::<sqlx::Sqlite, $row>($crate::sql::text!(lite $text))$(.bind($bind))*.fetch_all(conn)
            ).await,
            $crate::sql::Conn::Pg(conn) => $crate::sql::timed(
                sqlx::query_as::<sqlx::Postgres, $row>($crate::sql::text!(pg $text))$(.bind($bind))*.fetch_all(conn)
            ).await,
        }
    };
    (one: $row:ty, $on:expr, $text:tt $(, $bind:expr)* $(,)?) => {
        match $on.conn() {
            $crate::sql::Conn::Lite(conn) => $crate::sql::timed(
                sqlx::query_as::<sqlx::Sqlite, $row>($crate::sql::text!(lite $text))$(.bind($bind))*.fetch_optional(conn)
            ).await,
            $crate::sql::Conn::Pg(conn) => $crate::sql::timed(
                sqlx::query_as::<sqlx::Postgres, $row>($crate::sql::text!(pg $text))$(.bind($bind))*.fetch_optional(conn)
            ).await,
        }
    };
    (run, $on:expr, $text:tt $(, $bind:expr)* $(,)?) => {
        match $on.conn() {
            $crate::sql::Conn::Lite(conn) => $crate::sql::timed(
                sqlx::query::<sqlx::Sqlite>($crate::sql::text!(lite $text))$(.bind($bind))*.execute(conn)
            ).await.map(|done| done.rows_affected()),
            $crate::sql::Conn::Pg(conn) => $crate::sql::timed(
                sqlx::query::<sqlx::Postgres>($crate::sql::text!(pg $text))$(.bind($bind))*.execute(conn)
            ).await.map(|done| done.rows_affected()),
        }
    };
}

/// Picks a database's text out of a pair; a single text is both's.
macro_rules! text {
    (lite { lite: $lite:expr, pg: $pg:expr }) => {
        $lite
    };
    (pg { lite: $lite:expr, pg: $pg:expr }) => {
        $pg
    };
    ($which:ident ($text:expr)) => {
        $text
    };
    ($which:ident $text:expr) => {
        $text
    };
}

pub(crate) use {sql, text};

/// A value as JSON text for a column.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("wire types have no map with other keys than text, so they are always JSON")
}

/// A column's JSON text as a value.
pub(crate) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::unreadable(column, why))
}

/// A unit variant's name for a column, as serde writes it.
pub(crate) fn to_word<T: Serialize>(value: &T) -> String {
    to_json(value).trim_matches('"').to_owned()
}

/// A column's word as a unit variant.
pub(crate) fn from_word<T: DeserializeOwned>(column: &str, word: &str) -> Result<T, StoreError> {
    from_json(column, &format!("\"{word}\""))
}

/// Text that came from outside, as both databases take it: PostgreSQL refuses NUL.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
