//! A private PostgreSQL cluster: made by `initdb` in a temporary folder, reached by a Unix socket only, fsync off.
//!
//! [`Cluster::shared`] is one for every test process at once, since a test runner may give each test a process of its
//! own: the first makes it, each holds a shared lock on a file, and a small reaper process takes it down once nobody
//! has held the lock for a few seconds. [`Cluster::private`] is for tests that stop and start their database.

use std::fs::File;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The user that owns the cluster; `initdb` refuses root, so root runs it as this one.
const OWNER: &str = "postgres";
/// Only a name for the socket file: the cluster does not listen on TCP.
const PORT: u16 = 5432;

/// Takes the shared cluster down once nobody holds `users`; `start` keeps newcomers out meanwhile.
const REAPER: &str = r#"
while sleep 5; do
  exec 8>"$1/start"; flock -x 8
  exec 9>"$1/users"
  if flock -xn 9; then shift; "$@"; exit; fi
  exec 9>&- 8>&-
done"#;

/// A running cluster, and a hold on it.
pub struct Cluster {
    folder: PathBuf,
    tools: Tools,
    hold: Hold,
}

enum Hold {
    /// A shared lock on the `users` file; given back by the operating system whatever becomes of the process.
    Shared { _users: File },
    /// Stopped and removed on drop.
    Private,
}

/// Why there is no cluster; one line for whoever runs the tests.
#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL tests need a private cluster: {0}")]
pub struct ClusterError(String);

impl Cluster {
    /// The cluster that all test processes of this user share, made if it does not run.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn shared() -> Result<Self, ClusterError> {
        let tools = Tools::find()?;
        let folder = std::env::temp_dir().join(format!("hark-test-pg-{}", tools.user_name()?));
        tools.make_folder(&folder)?;
        let start = lock_file(&folder, "start")?;
        start.lock().map_err(|why| failed("the lock on its start", &why))?;
        let users = lock_file(&folder, "users")?;
        users.lock_shared().map_err(|why| failed("the lock on its users", &why))?;
        let cluster = Self { folder, tools, hold: Hold::Shared { _users: users } };
        if !cluster.is_up() {
            cluster.make()?;
            cluster.start()?;
            cluster.spawn_reaper()?;
        }
        Ok(cluster)
    }

    /// A cluster of the caller's own.
    ///
    /// # Errors
    /// As [`shared`](Self::shared).
    pub fn private() -> Result<Self, ClusterError> {
        let tools = Tools::find()?;
        let folder = std::env::temp_dir().join(super::unique("hark-pg"));
        tools.make_folder(&folder)?;
        let cluster = Self { folder, tools, hold: Hold::Private };
        cluster.make()?;
        cluster.start()?;
        Ok(cluster)
    }

    /// The address of the database `postgres`, in `schema` if one is given.
    #[must_use]
    pub fn url(&self, schema: Option<&str>) -> String {
        let path = schema.map(|schema| format!("&options[search_path]={schema}")).unwrap_or_default();
        format!("postgres://hark@localhost:{PORT}/postgres?host={}{path}", self.folder.display())
    }

    /// Runs a statement through `psql`.
    ///
    /// # Errors
    /// When it fails.
    pub fn sql(&self, statement: &str) -> Result<(), ClusterError> {
        let mut psql = Command::new(self.tools.bin.join("psql"));
        psql.arg("-h").arg(&self.folder).args(["-p", &PORT.to_string(), "-U", "hark", "-qXd", "postgres"]);
        run(psql.args(["-v", "ON_ERROR_STOP=1", "-c", statement])).map(|_| ())
    }

    /// Starts the cluster and waits until it answers.
    ///
    /// # Errors
    /// When it does not start; the line ends with its log.
    pub fn start(&self) -> Result<(), ClusterError> {
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c port={PORT} -c fsync=off \
             -c full_page_writes=off -c max_connections=200 -c shared_buffers=32MB",
            self.folder.display()
        );
        let log = self.folder.join("log");
        let mut pg_ctl = self.tools.command("pg_ctl");
        pg_ctl.arg("-D").arg(self.data()).arg("-l").arg(&log).args(["-w", "-t", "30", "-o", &options, "start"]);
        // A server that kept our output open would make the test runner wait for it.
        pg_ctl.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match pg_ctl.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(ClusterError(format!(
                "it does not start: {}",
                std::fs::read_to_string(log).unwrap_or_default().lines().last().unwrap_or("no log")
            ))),
            Err(why) => Err(failed("pg_ctl", &why)),
        }
    }

    /// Stops the cluster at once, as a power cut would; its data stays.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub fn stop(&self) -> Result<(), ClusterError> {
        run(self.tools.command("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"])).map(|_| ())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn is_up(&self) -> bool {
        self.sql("SELECT 1").is_ok()
    }

    fn make(&self) -> Result<(), ClusterError> {
        let _ = std::fs::remove_dir_all(self.data());
        let mut initdb = self.tools.command("initdb");
        initdb.arg("-D").arg(self.data()).args(["-U", "hark", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        run(initdb.args(["--no-sync", "--no-instructions"])).map(|_| ())
    }

    /// In a process group of its own, so that an interrupted test run still cleans up.
    fn spawn_reaper(&self) -> Result<(), ClusterError> {
        let mut reaper = Command::new("sh");
        reaper.args(["-c", REAPER, "reaper"]).arg(&self.folder);
        reaper.args(["sh", "-c", "\"$@\" && rm -rf \"$0/data\" \"$0/log\""]).arg(&self.folder);
        let stop = self.tools.command("pg_ctl");
        reaper.arg(stop.get_program()).args(stop.get_args());
        reaper.arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]);
        reaper.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        reaper.spawn().map(|_| ()).map_err(|why| failed("sh", &why))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if matches!(self.hold, Hold::Private) {
            let _ = self.stop();
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// PostgreSQL's programs and who runs them.
struct Tools {
    bin: PathBuf,
    as_root: bool,
}

impl Tools {
    fn find() -> Result<Self, ClusterError> {
        let as_root = run(Command::new("id").arg("-u"))?.stdout.trim_ascii() == b"0";
        let configured = Command::new("pg_config").arg("--bindir").output().ok().filter(|out| out.status.success());
        let configured = configured.and_then(|out| String::from_utf8(out.stdout).ok()).map(|dir| dir.trim().into());
        let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let debian = debian.map(|entry| entry.path().join("bin"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut candidates: Vec<PathBuf> = debian.chain(configured).chain(std::env::split_paths(&path)).collect();
        candidates.retain(|dir| ["initdb", "pg_ctl", "psql"].iter().all(|tool| dir.join(tool).exists()));
        let bin = candidates.into_iter().next();
        let bin = bin.ok_or_else(|| ClusterError("initdb was not found; install it: apt install postgresql".into()))?;
        Ok(Self { bin, as_root })
    }

    fn user_name(&self) -> Result<String, ClusterError> {
        let out = run(Command::new("id").arg("-un"))?;
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    /// A program of PostgreSQL's, run as a user that it accepts.
    fn command(&self, tool: &str) -> Command {
        let tool = self.bin.join(tool);
        let mut command = if self.as_root {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={OWNER}"), &format!("--regid={OWNER}"), "--init-groups"]).arg(tool);
            command
        } else {
            Command::new(tool)
        };
        // The caller's folder may be closed to that user.
        command.current_dir("/");
        command
    }

    /// Makes a folder that the cluster's user may write to.
    fn make_folder(&self, folder: &Path) -> Result<(), ClusterError> {
        let made = || -> io::Result<()> {
            std::fs::create_dir_all(folder)?;
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        };
        made().map_err(|why| failed(&folder.display().to_string(), &why))?;
        if self.as_root {
            let out = run(Command::new("id").args(["-u", OWNER]))?;
            let id = String::from_utf8_lossy(&out.stdout).trim().parse().ok();
            chown(folder, id, None).map_err(|why| failed(&folder.display().to_string(), &why))?;
        }
        Ok(())
    }
}

fn lock_file(folder: &Path, name: &str) -> Result<File, ClusterError> {
    let path = folder.join(name);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    file.map_err(|why| failed(&path.display().to_string(), &why))
}

fn run(command: &mut Command) -> Result<Output, ClusterError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out = command.stdin(Stdio::null()).output().map_err(|why| failed(&name, &why))?;
    if out.status.success() {
        return Ok(out);
    }
    let words = String::from_utf8_lossy(&out.stderr);
    Err(ClusterError(format!("{name}: {}", words.lines().last().unwrap_or("failed without a word"))))
}

fn failed(what: &str, why: &io::Error) -> ClusterError {
    ClusterError(format!("{what}: {why}"))
}
