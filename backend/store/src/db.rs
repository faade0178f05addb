//! Opening a database and handing out connections: a writer and readers on SQLite, one pool on PostgreSQL.

use crate::error::StoreError;
use crate::seal::MasterKey;
use crate::sql::{Link, Tx};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::str::FromStr;
use std::time::Duration;

/// How long a caller waits for a connection: longer than any statement of ours under load, shorter than a person's
/// patience; past it the database counts as away.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long SQLite waits for another process's lock (a backup, a shell); our own writers queue before it.
const BUSY: Duration = Duration::from_secs(5);
/// Connections that read SQLite: it is local and quick, more than the cores of a small machine bring nothing.
const LITE_READERS: u32 = 4;
/// Connections to PostgreSQL: a node's share of its default hundred.
const PG_CONNECTIONS: u32 = 16;

/// A database with the schema of this version; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    pub(crate) master: MasterKey,
}

#[derive(Clone)]
enum Pools {
    /// SQLite lets one connection write at a time; its pool of one is the queue, so that nobody meets a lock.
    Lite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Pg(PgPool),
}

impl Db {
    /// Opens the database at `url` and brings its schema up to date.
    ///
    /// `sqlite:/path/to/file` (made when absent) or `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached, [`StoreError::Broken`] when the address is not valid or
    /// its schema is of another version.
    pub async fn open(url: &str, master: MasterKey) -> Result<Self, StoreError> {
        let pools = if url.starts_with("sqlite:") {
            Pools::lite(url).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Pools::pg(url).await?
        } else {
            return Err(StoreError::Broken("the address begins neither with sqlite: nor with postgres:".to_owned()));
        };
        Ok(Self { pools, master })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut link = self.read().await?;
        crate::sql::sql!(all: (i64,), link, { lite: "SELECT 1", pg: "SELECT 1::BIGINT" })?;
        Ok(())
    }

    /// Closes every connection; calls that come later fail as unavailable.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Lite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Pg(pool) => pool.close().await,
        }
    }

    /// A connection to read with, statement by statement.
    pub(crate) async fn read(&self) -> Result<Link, StoreError> {
        Ok(match &self.pools {
            Pools::Lite { readers, .. } => Link::Lite(readers.acquire().await?),
            Pools::Pg(pool) => Link::Pg(pool.acquire().await?),
        })
    }

    /// A transaction that reads one moment's state.
    pub(crate) async fn snapshot(&self) -> Result<Tx, StoreError> {
        Ok(match &self.pools {
            Pools::Lite { readers, .. } => Tx::Lite(readers.begin().await?),
            Pools::Pg(pool) => Tx::Pg(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?),
        })
    }

    /// A transaction that writes; rolled back unless committed.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match &self.pools {
            // IMMEDIATE takes the lock at once: a deferred one that reads first could not be upgraded.
            Pools::Lite { writer, .. } => Tx::Lite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Pg(pool) => Tx::Pg(pool.begin().await?),
        })
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.pools {
            Pools::Lite { .. } => "Db(SQLite)",
            Pools::Pg(_) => "Db(PostgreSQL)",
        })
    }
}

impl Pools {
    async fn lite(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|why| StoreError::unreadable("the database's address", why))?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY);
        // A file does not hang up: asking each connection for a sign of life first would be a statement before each.
        let pool = |connections| {
            SqlitePoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE).test_before_acquire(false)
        };
        let writer = pool(1).connect_with(options.clone()).await?;
        sqlx::migrate!("migrations/sqlite").run(&writer).await?;
        let readers = pool(LITE_READERS).connect_with(options.read_only(true)).await?;
        Ok(Self::Lite { writer, readers })
    }

    async fn pg(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|why| StoreError::unreadable("the database's address", why))?
            .application_name("hark")
            .options([("statement_timeout", "10s")]);
        let pool =
            PgPoolOptions::new().max_connections(PG_CONNECTIONS).acquire_timeout(ACQUIRE).connect_with(options).await?;
        sqlx::migrate!("migrations/postgres").run(&pool).await?;
        Ok(Self::Pg(pool))
    }
}
