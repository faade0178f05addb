//! What the machine must have: the wasm target, and for the tests some Debian packages.

use crate::succeed;
use anyhow::{Context, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// A program that the tests start, and the Debian package it comes in.
struct Tool {
    /// A file that shows it is there.
    file: &'static str,
    package: &'static str,
}

const TOOLS: [Tool; 7] = [
    Tool { file: "/usr/bin/chromium", package: "chromium" },
    Tool { file: "/usr/bin/chromedriver", package: "chromium-driver" },
    Tool { file: "/usr/bin/sipp", package: "sip-tester" },
    Tool { file: "/usr/sbin/kamailio", package: "kamailio" },
    Tool { file: "/usr/lib/postgresql", package: "postgresql" },
    Tool { file: "/usr/bin/espeak-ng", package: "espeak-ng" },
    Tool { file: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", package: "fonts-noto-cjk" },
];

/// Adds the wasm target when rustup has not done so by itself.
///
/// # Errors
/// When rustup is missing or cannot fetch it.
pub fn wasm_target(root: &Path) -> anyhow::Result<()> {
    let sysroot = Command::new("rustc").current_dir(root).args(["--print", "sysroot"]).output();
    let sysroot = sysroot.context("rustc could not be started: install Rust from https://rustup.rs")?;
    let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
    if Path::new(&sysroot).join("lib/rustlib/wasm32-unknown-unknown").exists() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.current_dir(root).args(["target", "add", "wasm32-unknown-unknown"]);
    succeed(&mut rustup, "the wasm target is missing: run `rustup target add wasm32-unknown-unknown`")
}

/// Installs what the tests start, through apt when it may.
///
/// # Errors
/// When something is missing and may not or cannot be installed: one line names it.
pub fn test_tools() -> anyhow::Result<()> {
    let missing: Vec<&str> =
        TOOLS.iter().filter(|tool| !Path::new(tool.file).exists()).map(|tool| tool.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !is_root() {
        bail!("the tests need these Debian packages: run `sudo apt-get install {names}`");
    }
    eprintln!("installing {names}");
    for arguments in [vec!["update"], [vec!["install", "-y", "--no-install-recommends"], missing].concat()] {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(&arguments).stdout(Stdio::null());
        succeed(&mut apt, &format!("apt-get failed: install these packages yourself: {names}"))?;
    }
    Ok(())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
