//! The binary `hark`: reads the configuration, starts the server, prints what a person needs to know.

use anyhow::Context;
use clap::{Parser, Subcommand};
use hark_backend::demo::{PASSWORD, USERS};
use hark_backend::{app, config::Config};
use hark_edge::config::LOG_LIMITS;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

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
        /// The configuration file; `hark.toml` when it is not given.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Where recordings, journal and database live; overrides the configuration.
        #[arg(long)]
        data: Option<PathBuf>,
        /// Seed a tenant to try, with a small carrier that rings it; in a data folder of its own.
        #[arg(long)]
        demo: bool,
        /// Serve HTTPS: `CERTIFICATE,KEY` as PEM files, or `self-signed`; overrides the configuration.
        #[arg(long)]
        tls: Option<String>,
    },
}

fn main() -> anyhow::Result<()> {
    let Command::Serve { config, data, demo, tls } = Cli::parse().command;
    let filter = EnvFilter::try_from_env("HARK_LOG").unwrap_or_else(|_| EnvFilter::new(format!("info,{LOG_LIMITS}")));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let mut config = Config::load(config.as_deref())?;
    if let Some(data) = data {
        config.data = data;
    } else if demo {
        config.data = config.data.join("demo");
    }
    if let Some(tls) = tls {
        config.http.tls = tls;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(serve(config, demo))
}

#[expect(clippy::print_stdout, reason = "what a person or a script that started us waits for")]
async fn serve(config: Config, demo: bool) -> anyhow::Result<()> {
    // Heard from now on: whoever reads *ready* below may stop us at once.
    let stop = stop_asked().context("signals cannot be heard")?;
    let mut app = app::start(&config).await?;
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
    println!("ready http={} sip={} webrtc={}", app.http, app.ports.sip, app.ports.webrtc);
    app.serve(stop).await
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
