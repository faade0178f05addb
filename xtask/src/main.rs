//! The project's commands: `cargo xtask <command>`.

mod bench;
mod bundle;
mod machine;
mod run;
mod split;
mod test;
mod wasm_tests;

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand};
use std::env;
use std::path::Path;
use std::process::Command;

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
    /// Build everything and start it with a demo tenant on http://localhost:8080.
    Run {
        /// Passed on to `hark serve`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run every check and test, installing what they need.
    Test,
    /// The quick loop: format, lints, unit tests.
    Check,
    /// Run the browser's own tests in Chromium.
    TestBrowser,
    /// Measure every figure of docs/performance.md and print the table; takes ten minutes after building.
    Bench(bench::Options),
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
        Task::Run { arguments } => run::run(root, &arguments),
        Task::Test => test::everything(root),
        Task::Check => test::quick(root),
        Task::TestBrowser => wasm_tests::run(root),
        Task::Bench(options) => bench::run(root, &options),
        Task::Bundle { small } => {
            machine::wasm_target(root)?;
            bundle::build(root, if small { bundle::Profile::Bundle } else { bundle::Profile::Dev })
        }
    }
}

/// The cargo that runs us.
fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Runs a command that says on the terminal what is wrong.
fn succeed(command: &mut Command, otherwise: &str) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?} could not be started"))?;
    ensure!(status.success(), "{otherwise}");
    Ok(())
}
