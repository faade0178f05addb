//! `cargo xtask run`: build and start with a demo tenant.

use crate::{bundle, cargo, machine, succeed};
use anyhow::Context;
use std::path::Path;
use std::process::Command;

/// Builds the browser's bundles and the server, then becomes the server until it is stopped.
///
/// # Errors
/// When something does not build, or the server ends with an error, which it has said.
pub fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    machine::wasm_target(root)?;
    eprintln!("building the browser's side …");
    bundle::build(root, bundle::Profile::Dev)?;
    eprintln!("building the server …");
    // All default members, so that features are unified as in the tests and nothing is built twice.
    succeed(cargo(root).args(["build", "--bin", "hark"]), "the server did not compile; see above")?;
    let status = Command::new(root.join("target/debug/hark"))
        .current_dir(root)
        .args(["serve", "--demo"])
        .args(arguments)
        .status()
        .context("the server could not be started")?;
    std::process::exit(status.code().unwrap_or(1));
}
