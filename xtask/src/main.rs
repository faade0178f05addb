//! The project's commands: `cargo xtask <command>`.

mod bundle;

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::path::Path;

/// What one can ask for.
#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, runs and tests Hark")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

/// The commands.
#[derive(Subcommand)]
enum Task {
    /// Build the browser's bundles and static files into target/site.
    Bundle {
        /// Optimise for size, as released.
        #[arg(long)]
        small: bool,
    },
}

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    match Cli::parse().command {
        Task::Bundle { small } => {
            bundle::build(root, if small { bundle::Profile::Bundle } else { bundle::Profile::Dev })
        }
    }
}
