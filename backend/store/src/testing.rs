//! Databases for tests: a SQLite file in a temporary folder, or a schema of its own in a private PostgreSQL cluster.

mod cluster;

pub use cluster::{Cluster, ClusterError};

use crate::db::Db;
use crate::seal::MasterKey;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQLite.
    Lite,
    /// PostgreSQL.
    Pg,
}

/// An empty database of a test's own; gone when dropped.
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// Its address, to open it again.
    pub url: String,
    _lives: Lives,
}

/// What must live as long as the database.
enum Lives {
    Folder { _folder: TempFolder },
    Cluster { _cluster: Cluster },
}

/// The master key of test databases.
#[must_use]
pub fn master() -> MasterKey {
    MasterKey::new(&[42; 32])
}

impl TestDb {
    /// Opens an empty database.
    ///
    /// # Panics
    /// With one line that says what to do, when it cannot.
    pub async fn open(kind: Kind) -> Self {
        let (url, lives) = match kind {
            Kind::Lite => {
                let folder = TempFolder::new();
                let url = format!("sqlite:{}", folder.path().join("test.db").display());
                (url, Lives::Folder { _folder: folder })
            }
            Kind::Pg => {
                let cluster = Cluster::shared().unwrap_or_else(|why| panic!("{why}"));
                let schema = unique("t");
                cluster.sql(&format!("CREATE SCHEMA {schema}")).unwrap_or_else(|why| panic!("{why}"));
                (cluster.url(Some(&schema)), Lives::Cluster { _cluster: cluster })
            }
        };
        let db = Db::open(&url, master()).await.unwrap_or_else(|why| panic!("the test database does not open: {why}"));
        Self { db, url, _lives: lives }
    }
}

/// Instantiates async tests on both databases: `on_both!(name, name, …)` over `async fn name(test: TestDb)`.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::testing::TestDb::open($crate::testing::Kind::Lite).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::testing::TestDb::open($crate::testing::Kind::Pg).await).await;
            })+
        }
    };
}

/// A folder in the system's temporary one, removed when dropped.
pub struct TempFolder(PathBuf);

impl TempFolder {
    /// A new, empty folder.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "making a folder is no default")]
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(unique("hark-test"));
        std::fs::create_dir_all(&path).unwrap_or_else(|why| panic!("cannot make {}: {why}", path.display()));
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A name that no other test, process or earlier run uses: a process id may return, a start time does not.
fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{prefix}_{}_{}_{count}", std::process::id(), since.as_nanos())
}
