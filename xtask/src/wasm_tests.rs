//! The browser's tests: what `#[wasm_bindgen_test]` marks, run in the Chromium that the stories use.
//!
//! `wasm-bindgen-test-runner` does the same, but has to be installed in the version that matches, which takes minutes.
//! This module needs nothing that the bundles do not need: cargo compiles the tests, the bindings are generated here, a
//! page on a free port runs them, and posts what they printed. Microphone and speaker are Chromium's fake devices.

use crate::cargo;
use anyhow::{Context, bail, ensure};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{env, fs, thread};
use wasm_bindgen_cli_support::Bindgen;

/// Which tests: all of `frontend`, whose pure parts are tested here too, as they will run.
const TESTS: [&str; 14] = [
    "test",
    "--target",
    "wasm32-unknown-unknown",
    "--no-run",
    "--message-format=json-render-diagnostics",
    "-p",
    "hark-voice",
    "-p",
    "hark-desktop",
    "-p",
    "hark-widget",
    "--lib",
    "--bin=hark-widget",
    "--test=browser",
];
/// Where the browsers' profiles are: one each, since a browser's children write for a moment after it was killed.
const PROFILES: &str = "profiles";
/// The tests of one crate take seconds; a busy machine may take longer to start Chromium.
const LIMIT: Duration = Duration::from_secs(120);
/// A report longer than this is cut: thousands of lines more than a person reads.
const MOST_REPORTED: u64 = 1 << 20;
/// Runs what is exported under the prefix of `wasm-bindgen-test`'s macro and posts the words `true` or `false` before
/// what was printed.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><body><pre id="output"></pre><script type="module">
const output = document.getElementById("output");
let passed = false;
// What the runtime asks for to take a step of a test: a trap in it becomes an exception.
globalThis.__wbg_test_invoke = (step) => step();
try {
  const tests = await import("/tests.js");
  // What a test prints, a panic's message too, belongs into the report.
  for (const level of ["debug", "log", "info", "warn", "error"]) {
    const print = console[level].bind(console);
    console[level] = (...words) => (tests[`__wbgtest_console_${level}`]?.(words), print(...words));
  }
  const wasm = await tests.default({ module_or_path: "/tests_bg.wasm" });
  const names = Object.keys(wasm).filter((name) => name.startsWith("__wbgt_")).sort();
  passed = names.length > 0 && await new tests.WasmBindgenTestContext(false).run(names.map((name) => wasm[name]));
} catch (error) {
  output.textContent += `\n${error.stack ?? error}`;
}
await fetch("/report", { method: "POST", body: `${passed}\n${output.textContent}` });
</script>"#;

/// Compiles and runs them.
///
/// # Errors
/// When they do not compile, when Chromium does not start, or when a test fails.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    let programs = compile(root)?;
    let folder = root.join("target/wasm-tests");
    let profiles = folder.join(PROFILES);
    // As far as it goes: a browser that was just killed may still write.
    let _ = fs::remove_dir_all(&profiles);
    for program in programs {
        let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let profile = profiles.join(format!("{}-{name}", std::process::id()));
        if !one(&folder.join("served"), &profile, &program)? {
            failed.push(name);
        }
    }
    ensure!(failed.is_empty(), "tests in the browser failed: {}", failed.join(", "));
    Ok(())
}

/// The test programs, as cargo names them in its messages.
fn compile(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut child = cargo(root).args(TESTS).stdout(Stdio::piped()).spawn().context("cargo could not be started")?;
    let output = child.stdout.take().context("the output is piped")?;
    let mut programs = Vec::new();
    for line in BufReader::new(output).lines() {
        let message: serde_json::Value = serde_json::from_str(&line?)?;
        if let Some(program) = message["executable"].as_str() {
            programs.push(PathBuf::from(program));
        }
    }
    ensure!(child.wait()?.success(), "the browser's tests did not compile; see above");
    ensure!(!programs.is_empty(), "cargo named no test programs");
    Ok(programs)
}

/// Runs one program's tests, passes on what they print, and says whether all passed.
#[expect(clippy::print_stdout, reason = "a command's output")]
fn one(folder: &Path, profile: &Path, program: &Path) -> anyhow::Result<bool> {
    // What an earlier program left must not be served as this one's.
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Bindgen::new()
        .input_path(program)
        .out_name("tests")
        .web(true)?
        .typescript(false)
        // A test program's `main` is the native harness, which has nowhere to print.
        .emit_start(false)
        .generate(folder)
        .with_context(|| format!("the bindings of {} could not be generated", program.display()))?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port is free")?;
    let page = format!("http://127.0.0.1:{}/", listener.local_addr()?.port());
    let (tell, told) = mpsc::channel();
    let files = collect(folder)?;
    // Ends with the process: one thread a test program.
    thread::spawn(move || serve(&listener, &files, &tell));
    let mut browser = browser(profile, &page)?;
    let report = told.recv_timeout(LIMIT);
    browser.kill().context("Chromium could not be ended")?;
    browser.wait()?;
    let report = match report {
        Ok(report) => report,
        Err(RecvTimeoutError::Timeout) => {
            bail!("no report after {LIMIT:?}: a test waits for ever, or Chromium crashed")
        }
        Err(RecvTimeoutError::Disconnected) => bail!("the page's server ended"),
    };
    let (passed, printed) = report.split_once('\n').context("a report begins with its verdict")?;
    println!("{}", printed.trim());
    Ok(passed == "true")
}

/// A browser that asks nobody for the microphone and has none: it makes one up, and speakers too.
fn browser(profile: &Path, page: &str) -> anyhow::Result<Child> {
    let program = env::var_os("CHROMIUM").unwrap_or_else(|| "chromium".into());
    let mut command = Command::new(program);
    command
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"])
        .args(["--autoplay-policy=no-user-gesture-required", "--disable-component-update", "--disable-sync"])
        // Without it ICE waits for names of the local network that a container does not resolve.
        .arg("--disable-features=WebRtcHideLocalIpsWithMdns")
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(page)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().context("chromium could not be started; `cargo xtask test` installs it")
}

/// What the page asks for, by path.
fn collect(folder: &Path) -> anyhow::Result<HashMap<String, (&'static str, Vec<u8>)>> {
    let mut files = HashMap::from([("/".to_owned(), ("text/html; charset=utf-8", PAGE.as_bytes().to_vec()))]);
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("cannot read {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let kind = match path.extension().and_then(|extension| extension.to_str()) {
                Some("js") => "text/javascript",
                Some("wasm") => "application/wasm",
                _ => continue,
            };
            let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
            files.insert(format!("/{name}"), (kind, fs::read(&path)?));
        }
    }
    Ok(files)
}

/// Serves until a report comes.
fn serve(listener: &TcpListener, files: &HashMap<String, (&'static str, Vec<u8>)>, tell: &mpsc::Sender<String>) {
    for stream in listener.incoming().flatten() {
        // A browser that hangs up early costs its own request only.
        if let Ok(Some(report)) = answer(stream, files) {
            // Whoever waited may have given up.
            let _ = tell.send(report);
            return;
        }
    }
}

/// Answers one request; gives the report when it was one.
fn answer(mut stream: TcpStream, files: &HashMap<String, (&'static str, Vec<u8>)>) -> anyhow::Result<Option<String>> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut request, mut length) = (String::new(), 0);
    reader.read_line(&mut request)?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? <= 2 {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let none: (&str, Vec<u8>) = ("text/plain", Vec::new());
    let found = files.get(path);
    let (status, (kind, body)) = (if found.is_some() { "200 OK" } else { "404 Not Found" }, found.unwrap_or(&none));
    let mut report = None;
    if path == "/report" {
        let mut text = Vec::new();
        reader.take(length.min(MOST_REPORTED)).read_to_end(&mut text)?;
        report = Some(String::from_utf8_lossy(&text).into_owned());
    }
    let size = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(body)?;
    Ok(report)
}
