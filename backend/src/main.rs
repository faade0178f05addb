//! The binary `hark`: reads the configuration, starts the server, prints what a person needs to know.

use anyhow::Context;
use clap::{Parser, Subcommand};
use hark_backend::{app, config::Config};
use hark_edge::config::LOG_LIMITS;
use std::path::PathBuf;
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
    },
}

fn main() -> anyhow::Result<()> {
    let Command::Serve { config, data } = Cli::parse().command;
    let filter = EnvFilter::try_from_env("HARK_LOG").unwrap_or_else(|_| EnvFilter::new(format!("info,{LOG_LIMITS}")));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let mut config = Config::load(config.as_deref())?;
    if let Some(data) = data {
        config.data = data;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(serve(config))
}

#[expect(clippy::print_stdout, reason = "what a person or a script that started us waits for")]
async fn serve(config: Config) -> anyhow::Result<()> {
    let app = app::start(&config).await?;
    if let Some(key) = &app.setup_key {
        println!("setup http://{}/setup?key={key}", app.http);
    }
    println!("ready http={} sip={} webrtc={}", app.http, app.ports.sip, app.ports.webrtc);
    app.serve(stop_asked()).await
}

/// Returns at SIGTERM or Ctrl-C.
async fn stop_asked() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be heard: stop with Ctrl-C");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
