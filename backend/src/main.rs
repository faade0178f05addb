//! The binary `hark`: reads the configuration, starts the server, prints what a person needs to know.

use anyhow::Context;
use clap::{Parser, Subcommand};
use hark_backend::app::{self, Place, Role};
use hark_backend::config::Config;
use hark_backend::demo::{PASSWORD, USERS};
use hark_edge::config::LOG_LIMITS;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// The C library's allocator keeps a heap for each thread that it never gives back: after thousands of calls a third
/// more than after hundreds.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A contact center that lives in the browser.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in one process.
    Serve {
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        web: WebArgs,
        /// Seed a tenant to try, with a small carrier that rings it; in a data folder of its own.
        #[arg(long)]
        demo: bool,
    },
    /// Run everything but sound and signalling; `hark edge` connects to it, and keeps calls alive when it dies.
    Core {
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        web: WebArgs,
    },
    /// Run sound and signalling only, for a `hark core`.
    Edge {
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// Where things are; the same for every role.
#[derive(clap::Args)]
struct PlaceArgs {
    /// The configuration file; `hark.toml` when it is not given.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where recordings, journal, keys and database live; overrides the configuration.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// For the roles that serve pages.
#[derive(clap::Args)]
struct WebArgs {
    /// Serve HTTPS: `CERTIFICATE,KEY` as PEM files, or `self-signed`; overrides the configuration.
    #[arg(long)]
    tls: Option<String>,
}

impl WebArgs {
    fn apply(self, mut config: Config) -> Config {
        config.http.tls = self.tls.unwrap_or(config.http.tls);
        config
    }
}

impl PlaceArgs {
    fn load(self) -> anyhow::Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(data) = self.data {
            config.data = data;
        }
        Ok(config)
    }
}

fn main() -> anyhow::Result<()> {
    let command = Cli::parse().command;
    let filter = EnvFilter::try_from_env("HARK_LOG").unwrap_or_else(|_| EnvFilter::new(format!("info,{LOG_LIMITS}")));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    match command {
        Command::Serve { place, web, demo } => {
            let given = place.data.is_some();
            let mut config = place.load()?;
            if demo && !given {
                config.data = config.data.join("demo");
            }
            runtime.block_on(serve(web.apply(config), Role::Serve, demo))
        }
        Command::Core { place, web } => runtime.block_on(serve(web.apply(place.load()?), Role::Core, false)),
        Command::Edge { place } => runtime.block_on(edge(place.load()?)),
    }
}

#[expect(clippy::print_stdout, reason = "what a person or a script that started us waits for")]
async fn serve(config: Config, role: Role, demo: bool) -> anyhow::Result<()> {
    // Heard from now on: whoever reads *ready* below may stop us at once.
    let stop = stop_asked().context("signals cannot be heard")?;
    let mut app = app::start(&config, role).await?;
    if demo {
        app.add_demo().await?;
        println!("open  {0}://localhost:{1}/ and {0}://localhost:{1}/demo", app.scheme(), app.http.port());
        println!(
            "users {} with password {PASSWORD}",
            USERS.map(|(login, role)| format!("{login} ({role})")).join(", ")
        );
    } else if let Some(key) = &app.setup_key {
        println!("setup {}://{}/setup?key={key}", app.scheme(), app.http);
    }
    match &app.place {
        Place::Here(ports, _) => println!("ready http={} sip={} webrtc={}", app.http, ports.sip, ports.webrtc),
        Place::Apart(link) => println!("ready http={} link={link}", app.http),
    }
    app.serve(stop).await
}

#[expect(clippy::print_stdout, reason = "what a person or a script that started us waits for")]
async fn edge(config: Config) -> anyhow::Result<()> {
    let stop = stop_asked().context("signals cannot be heard")?;
    let edge = app::edge::start(&config).await?;
    let watch = edge.watch.map_or_else(String::new, |at| format!(" watch={at}"));
    println!("ready sip={} webrtc={}{watch}", edge.ports.sip, edge.ports.webrtc);
    edge.serve(stop).await;
    Ok(())
}

/// Ends at SIGTERM or Ctrl-C, which are caught from the call on.
fn stop_asked() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
