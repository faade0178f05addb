//! The load behind `cargo xtask bench`: a carrier that calls and agents who answer, against the real binary.
//!
//! One process plays everybody, so that every time is read from one clock. It prints lines `figure = value unit`, one
//! for each run, and nothing else on standard output; `xtask` makes the table of them. Nothing here judges: there are
//! no targets in this program, and slowness is no error. A call that fails is one.
//!
//! Left to others: building (`xtask`), the media thread alone (`backend/edge/benches`), routing (`shared/benches`).

mod agent;
mod browser;
mod carrier;
mod center;
mod figures;
mod hark;
mod parts;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// What one can ask for.
#[derive(Parser)]
struct Cli {
    /// The binary to load.
    #[arg(long)]
    binary: PathBuf,
    /// A part to measure; all of them when none is named. May be repeated.
    #[arg(long)]
    part: Vec<Part>,
    /// Agents who sign in.
    #[arg(long, default_value_t = 200)]
    agents: usize,
    /// Calls after which memory is compared with that after the first tenth.
    #[arg(long, default_value_t = 5000)]
    calls: usize,
    /// Calls that talk at once.
    #[arg(long, default_value_t = 100)]
    bridged: usize,
}

/// A group of figures that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// How long the server takes to be ready.
    Start,
    /// What a signed-in agent costs.
    Agents,
    /// Calls through the queue: offer, answer, processor time.
    Queue,
    /// What thousands of calls leave behind.
    Soak,
    /// Calls that talk.
    Bridge,
    /// Keys that are answered by a prompt.
    Keys,
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    let wanted = |part| cli.part.is_empty() || cli.part.contains(&part);
    let mut center = center::Center::set_up(&cli.binary, cli.agents.max(cli.bridged)).await?;
    if wanted(Part::Start) {
        parts::start(&mut center).await?;
    }
    if [Part::Agents, Part::Queue, Part::Soak].into_iter().any(wanted) {
        parts::queue(&mut center, cli.agents, cli.calls, wanted).await?;
    }
    if wanted(Part::Bridge) {
        parts::bridge(&mut center, cli.bridged).await?;
    }
    if wanted(Part::Keys) {
        parts::keys(&mut center).await?;
    }
    Ok(())
}
