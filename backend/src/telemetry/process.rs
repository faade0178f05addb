//! This process as Linux tells it (proc(5)), under the names that every Prometheus client uses. What cannot be read is
//! left out.

use super::Page;
use std::path::Path;

/// Clock ticks a second in `/proc/…/stat`: the kernel's `USER_HZ`, 100 on every architecture that we build for.
const TICKS: f64 = 100.0;

/// What is known of a process.
#[derive(Debug, Default, PartialEq)]
struct Process {
    resident_bytes: Option<f64>,
    cpu_seconds: Option<f64>,
    threads: Option<f64>,
    open_fds: Option<f64>,
    max_fds: Option<f64>,
}

/// Writes this process' figures. Reads some small files of the kernel's: no disk is waited for.
pub fn write_process(page: &mut Page) {
    let process = read(Path::new("/proc/self"));
    let mut gauge = |name, help, value: Option<f64>| page.gauge(name, help, value.map(|value| (vec![], value)));
    gauge("process_resident_memory_bytes", "Memory in RAM.", process.resident_bytes);
    gauge("process_open_fds", "Open file descriptors: sockets, files.", process.open_fds);
    gauge("process_max_fds", "File descriptors that may be open.", process.max_fds);
    gauge("process_threads", "Threads.", process.threads);
    let cpu = process.cpu_seconds.map(|value| (vec![], value));
    page.counter("process_cpu_seconds_total", "Processor time, user and system.", cpu);
}

fn read(folder: &Path) -> Process {
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let (status, stat, limits) = (text("status"), text("stat"), text("limits"));
    Process {
        resident_bytes: after(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024.0),
        cpu_seconds: cpu(&stat),
        threads: after(&status, "Threads:"),
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 descriptors")]
        open_fds: std::fs::read_dir(folder.join("fd")).ok().map(|entries| entries.count() as f64),
        max_fds: after(&limits, "Max open files"),
    }
}

/// The first number behind `name` at a line's beginning.
fn after(text: &str, name: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// `utime` and `stime`, the 14th and 15th field. The second field is the program's name in brackets and may hold blanks.
fn cpu(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        assert_eq!(after("Name:\thark\nVmRSS:\t   1234 kB\nThreads:\t7\n", "VmRSS:"), Some(1234.0));
        assert_eq!(
            after("Max open files            1024                 4096                 files", "Max open files"),
            Some(1024.0)
        );
        assert_eq!(cpu("7 (a b) c) S 1 7 7 0 -1 4 1 0 0 0 150 50 0 0 20 0 9"), Some(2.0));
        assert_eq!(cpu("garbage"), None);
        assert_eq!(read(Path::new("/nowhere")), Process::default());
        let own = read(Path::new("/proc/self"));
        assert!(own.resident_bytes.is_some_and(|bytes| bytes > 1e6) && own.open_fds.is_some_and(|fds| fds >= 3.0));
    }
}
