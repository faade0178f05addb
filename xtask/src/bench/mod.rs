//! `cargo xtask bench`: measures every figure that the project promises and prints one table. Nothing fails on speed.
//!
//! Each source is a program of its own that prints lines `figure = value unit`, one for each run: the load
//! (`bench/`), the media thread alone (`backend/edge/benches/bridge.rs`), routing and a whole day (`shared/benches/`). What
//! they must reach is written in [`rows`] and nowhere else.

mod host;
mod rows;
mod sizes;
mod table;

use crate::{bundle, cargo, machine, succeed};
use anyhow::{Context, bail, ensure};
use clap::Args;
use rows::{ROWS, Row, Source};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use table::Measured;

/// The page that holds the table.
const PAGE: &str = "docs/performance.md";

/// What one can ask for.
#[derive(Args)]
pub struct Options {
    /// Only figures whose name contains this, like `routing` or `queue.offer`.
    #[arg(long)]
    only: Option<String>,
    /// Put the table into docs/performance.md.
    #[arg(long)]
    write: bool,
    /// Measure the development build: quicker to try, and no figure of it counts.
    #[arg(long)]
    dev: bool,
}

/// Builds what is measured, measures, prints the table.
///
/// # Errors
/// When something does not build, a measured call fails, or nothing is called `only`.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let wanted = |row: &&Row| options.only.as_ref().is_none_or(|only| row.figure.contains(only.as_str()));
    let rows: Vec<&Row> = ROWS.iter().filter(wanted).collect();
    if rows.is_empty() {
        let names: Vec<&str> = ROWS.iter().map(|row| row.figure).collect();
        bail!("no figure has this in its name; there are:\n  {}", names.join("\n  "));
    }
    ensure!(!options.write || rows.len() == ROWS.len(), "--write needs the whole table: leave --only out");
    build(root, options.dev, &rows)?;
    let host = host::Host::look()?;
    let figures = measure(root, options.dev, &rows)?;
    let text = table::render(&rows, &figures, &host, options.dev);
    print(&text);
    if options.write {
        let page = root.join(PAGE);
        let old = std::fs::read_to_string(&page).with_context(|| format!("cannot read {PAGE}"))?;
        std::fs::write(&page, table::put(&old, &text)?).with_context(|| format!("cannot write {PAGE}"))?;
        eprintln!("written into {PAGE}");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what was asked for")]
fn print(text: &str) {
    println!("{text}");
}

/// Before anything is measured, so that no compiler runs beside it.
fn build(root: &Path, dev: bool, rows: &[&Row]) -> anyhow::Result<()> {
    let has = |wanted: fn(&Source) -> bool| rows.iter().any(|row| wanted(&row.source));
    let loads = has(|source| matches!(source, Source::Load(_)));
    if loads || has(|source| matches!(source, Source::Sizes)) {
        machine::wasm_target(root)?;
        bundle::build(root, if dev { bundle::Profile::Dev } else { bundle::Profile::Bundle })?;
    }
    if loads {
        let mut build = cargo(root);
        build.args(["build", "--bin", "hark", "--bin", "hark-bench"]).args((!dev).then_some("--release"));
        succeed(&mut build, "the server or its load did not compile; see above")?;
    }
    for (package, name) in [("hark-edge", "bridge"), ("hark-shared", "routing"), ("hark-shared", "day")] {
        if rows.iter().any(|row| row.source == Source::Bench(package, name)) {
            let mut build = bench(root, dev, package, name);
            succeed(build.arg("--no-run"), "a bench did not compile; see above")?;
        }
    }
    Ok(())
}

/// `cargo bench` of one program; with the profile of a release unless `dev`.
fn bench(root: &Path, dev: bool, package: &str, name: &str) -> Command {
    let mut bench = cargo(root);
    bench.args(["bench", "-p", package, "--bench", name]);
    if dev {
        bench.args(["--profile", "dev"]);
    }
    bench
}

/// Every run's value of every figure.
fn measure(root: &Path, dev: bool, rows: &[&Row]) -> anyhow::Result<Measured> {
    let mut sources: Vec<Source> = Vec::new();
    for row in rows {
        if !sources.contains(&row.source) {
            sources.push(row.source);
        }
    }
    let mut figures = BTreeMap::new();
    let profile = root.join("target").join(if dev { "debug" } else { "release" });
    let mut load = Command::new(profile.join("hark-bench"));
    load.arg("--binary").arg(profile.join("hark"));
    let mut loads = false;
    for source in sources {
        match source {
            Source::Sizes => sizes::measure(&root.join("target/site"), &mut figures)?,
            Source::Bench(package, name) => {
                eprintln!("── {package}: {name}");
                listen(&mut bench(root, dev, package, name), &mut figures)?;
            }
            Source::Load(part) => {
                load.args(["--part", part]);
                loads = true;
            }
        }
    }
    if loads {
        eprintln!("── callers and agents against the server");
        listen(&mut load, &mut figures)?;
    }
    Ok(figures)
}

/// Runs a program and takes its figures; whatever else it prints is shown.
fn listen(command: &mut Command, figures: &mut Measured) -> anyhow::Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("start {command:?}"))?;
    let stdout = child.stdout.take().context("its output is piped")?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        eprintln!("   {line}");
        if let Some((figure, value)) = table::read(&line) {
            figures.entry(figure.to_owned()).or_default().push(value);
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "{command:?}: {status}; what it measured is above");
    Ok(())
}
