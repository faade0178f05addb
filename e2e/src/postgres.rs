//! A private PostgreSQL cluster: made for one story, stopped and started in it, removed with it.
//!
//! Its server refuses to run as root, so a story that runs as root (in a container) hands it to the system user
//! `postgres`.

use crate::ports;
use crate::process::run;
use crate::story::{Story, Witness};
use anyhow::{Context, Result, ensure};
use futures_util::future::BoxFuture;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Command;

/// The longest that `initdb` or `pg_ctl` may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A cluster; stopped and removed when the story ends.
#[derive(Debug)]
pub struct Postgres {
    cluster: Arc<Cluster>,
}

#[derive(Debug)]
struct Cluster {
    folder: PathBuf,
    tools: PathBuf,
    port: u16,
    as_root: bool,
}

impl Postgres {
    /// Makes and starts one on a free port, with an empty database `hark`.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub async fn start(story: &Story) -> Result<Self> {
        let as_root = run(command("id", &["-u"]), LIMIT).await?.trim() == "0";
        // Not in the story's folder: that one belongs to root.
        let unique = uuid::Uuid::now_v7().simple();
        let folder = std::env::temp_dir().join(format!("hark-postgres-{unique}"));
        std::fs::create_dir_all(&folder)?;
        if as_root {
            run(command("chown", &["postgres", &folder.to_string_lossy()]), LIMIT).await?;
        }
        let cluster = Arc::new(Cluster { folder, tools: tools()?, port: ports::free_tcp()?, as_root });
        story.witness(Arc::clone(&cluster) as Arc<dyn Witness>);
        let data = cluster.data();
        cluster.tool("initdb", &["--auth=trust", "--username=hark", "--encoding=UTF8", "-N", "-D", &data]).await?;
        let postgres = Self { cluster };
        postgres.resume().await?;
        let port = postgres.cluster.port.to_string();
        postgres.cluster.tool("createdb", &["-h", "127.0.0.1", "-p", &port, "-U", "hark", "hark"]).await?;
        Ok(postgres)
    }

    /// `postgres://…` of its database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://hark@127.0.0.1:{}/hark", self.cluster.port)
    }

    /// Stops it at once, open connections or not.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(&self) -> Result<()> {
        self.cluster.stop().await
    }

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn resume(&self) -> Result<()> {
        let cluster = &self.cluster;
        let log = cluster.folder.join("log");
        // Durability is not what a story about one process tests; connections over TCP only.
        let options =
            format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off", cluster.port);
        let arguments = ["start", "-w", "-D", &cluster.data(), "-l", &log.to_string_lossy(), "-o", &options];
        cluster.tool("pg_ctl", &arguments).await.map(drop)
    }

    /// What a query gives, one line a row.
    ///
    /// # Errors
    /// When the query is wrong.
    pub async fn query(&self, sql: &str) -> Result<String> {
        let port = self.cluster.port.to_string();
        self.cluster.tool("psql", &["-h", "127.0.0.1", "-p", &port, "-U", "hark", "-At", "-c", sql, "hark"]).await
    }
}

impl Cluster {
    fn data(&self) -> String {
        self.folder.join("data").to_string_lossy().into_owned()
    }

    async fn stop(&self) -> Result<()> {
        self.tool("pg_ctl", &["stop", "-w", "-m", "immediate", "-D", &self.data()]).await.map(drop)
    }

    async fn tool(&self, tool: &str, arguments: &[&str]) -> Result<String> {
        let path = self.tools.join(tool);
        let mut command = if self.as_root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.args(arguments).current_dir(&self.folder);
        // `pg_ctl start` leaves the server behind with its output: nobody would ever see the end of a pipe.
        if tool == "pg_ctl" {
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            let ran = tokio::time::timeout(LIMIT, command.status()).await;
            let status = ran.with_context(|| format!("pg_ctl: not done within {LIMIT:?}"))??;
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            ensure!(status.success(), "pg_ctl {arguments:?}: {status}\n{log}");
            return Ok(String::new());
        }
        run(command, LIMIT).await
    }
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Debian keeps the tools of each version in a folder of its own; the newest is taken.
fn tools() -> Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").context("PostgreSQL (Debian: postgresql)")?;
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.flatten().map(|entry| entry.path()).max_by_key(number);
    Ok(newest.context("PostgreSQL (Debian: postgresql)")?.join("bin"))
}

impl Witness for Cluster {
    fn name(&self) -> String {
        "postgresql".to_owned()
    }

    fn testify<'a>(&'a self, _folder: &'a Path) -> BoxFuture<'a, String> {
        Box::pin(async { std::fs::read_to_string(self.folder.join("log")).unwrap_or_default() })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            // Stopped already is as good.
            let _ = self.stop().await;
            let _ = std::fs::remove_dir_all(&self.folder);
        })
    }
}
