//! `cargo xtask test` and its quick sister `check`.

use crate::{bundle, cargo, machine, succeed, wasm_tests};
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

const WASM: [&str; 4] = ["--target", "wasm32-unknown-unknown", "-p", "hark-desktop"];

/// Everything: format, lints, unit tests, simulations, both databases, stories in a browser.
///
/// # Errors
/// At the first check that fails, or at the end when tests failed.
pub fn everything(root: &Path) -> anyhow::Result<()> {
    step("tools", || {
        machine::wasm_target(root)?;
        machine::test_tools()
    })?;
    format(root)?;
    step("bundles", || bundle::build(root, bundle::Profile::Dev))?;
    lints(root)?;
    step("tests in a browser", || wasm_tests::run(root))?;
    // One build for all of it; the stories start the binary that this builds.
    step("tests", || count(root, &["test", "--no-fail-fast"]))
}

/// The developer's loop: no browser, no servers.
///
/// # Errors
/// At the first check that fails.
pub fn quick(root: &Path) -> anyhow::Result<()> {
    format(root)?;
    lints(root)?;
    step("unit tests", || count(root, &["test", "--lib", "--test", "tidy"]))
}

fn format(root: &Path) -> anyhow::Result<()> {
    step("format", || succeed(cargo(root).args(["fmt", "--all", "--check"]), "run `cargo fmt --all`"))
}

fn lints(root: &Path) -> anyhow::Result<()> {
    let denied = ["--", "-D", "warnings"];
    step("lints", || {
        succeed(cargo(root).args(["clippy", "--all-targets"]).args(denied), "clippy found something; see above")
    })?;
    step("lints of the browser's side", || {
        let mut clippy = cargo(root);
        clippy.arg("clippy").args(WASM).args(["-p", "hark-widget", "-p", "hark-voice"]).args(denied);
        succeed(&mut clippy, "clippy found something; see above")
    })
}

fn step(name: &str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    eprintln!("── {name}");
    let began = Instant::now();
    work().with_context(|| name.to_owned())?;
    eprintln!("   {name}: {:.0} s", began.elapsed().as_secs_f32());
    Ok(())
}

/// Runs tests, passes on what they print, and ends with the sum of all runners' counts.
#[expect(clippy::print_stdout, reason = "a command's output")]
fn count(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut child = cargo(root).args(arguments).stdout(Stdio::piped()).spawn().context("cargo could not be started")?;
    let output = child.stdout.take().context("the output is piped")?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        if let Some(counts) = line.strip_prefix("test result: ") {
            passed += number_before(counts, " passed");
            failed += number_before(counts, " failed");
            skipped += number_before(counts, " ignored");
        }
    }
    let status = child.wait()?;
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if !status.success() {
        bail!("tests failed");
    }
    Ok(())
}

/// The number that stands before `word` in a runner's last line.
fn number_before(counts: &str, word: &str) -> u32 {
    let number = counts.split(word).next().and_then(|before| before.rsplit([' ', ';']).next());
    number.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}
