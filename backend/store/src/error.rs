//! Why the store could not do something, told apart by what the caller can do about it.

use sqlx::error::{DatabaseError, ErrorKind};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, overloaded or out of space: the same call may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A value that must be unique is taken; names the table and column, like `users_login`.
    #[error("taken already: {0}")]
    Conflict(String),
    /// The row refers to something that is not there, or is itself referred to.
    #[error("refers to something missing, or is referred to: {0}")]
    Dangling(String),
    /// The database or its content is not what this version expects; repeating does not help.
    #[error("the store is broken: {0}")]
    Broken(String),
}

impl StoreError {
    /// Content that cannot be read back.
    pub(crate) fn unreadable(what: &str, why: impl std::fmt::Display) -> Self {
        Self::Broken(format!("{what}: {why}"))
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error;
        if let Error::Database(error) = &error {
            return from_database(error.as_ref());
        }
        let away = matches!(
            error,
            Error::Io(_)
                | Error::Tls(_)
                | Error::PoolTimedOut
                | Error::PoolClosed
                | Error::WorkerCrashed
                | Error::BeginFailed
        );
        if away { Self::Unavailable(error.to_string()) } else { Self::Broken(error.to_string()) }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            error => Self::Broken(format!("migration: {error}")),
        }
    }
}

fn from_database(error: &dyn DatabaseError) -> StoreError {
    match error.kind() {
        ErrorKind::UniqueViolation => StoreError::Conflict(violated(error)),
        ErrorKind::ForeignKeyViolation => StoreError::Dangling(violated(error)),
        ErrorKind::NotNullViolation | ErrorKind::CheckViolation | ErrorKind::ExclusionViolation => {
            StoreError::Broken(error.to_string())
        }
        _ if is_temporary(error) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Broken(error.to_string()),
    }
}

/// The violated constraint as `table_column`, the same on both databases.
///
/// PostgreSQL names the index, which the migrations call so; SQLite lists columns: `UNIQUE constraint failed:
/// users.tenant, users.login`.
fn violated(error: &dyn DatabaseError) -> String {
    match error.constraint() {
        Some(name) => name.strip_suffix("_pkey").map_or_else(|| name.to_owned(), |table| format!("{table}_id")),
        None => error.message().rsplit([' ', ',']).next().unwrap_or_default().replace('.', "_"),
    }
}

/// Whether the database says that it cannot now, rather than that it cannot at all.
///
/// PostgreSQL: SQLSTATE classes 08 (connection), 53 (resources), 57P (shut down, starting) and 57014 (time-out),
/// 40 (serialisation, deadlock), 58 (I/O). SQLite's primary result codes: BUSY 5, LOCKED 6, IOERR 10, FULL 13,
/// CANTOPEN 14; the extended code holds them in its low byte.
fn is_temporary(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if code.len() == 5 {
        return ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class));
    }
    code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14))
}
