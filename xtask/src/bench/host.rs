//! The machine that a table was measured on, and what else it did meanwhile: without it no figure means anything.

use anyhow::Context;
use std::fs;
use std::time::Duration;

/// How long the machine is watched before anything of ours runs.
const WATCH: Duration = Duration::from_secs(3);

/// The machine.
#[derive(Debug)]
pub struct Host {
    model: String,
    cores: usize,
    memory_gb: f64,
    kernel: String,
    /// Share of the processors that others took before we began.
    busy: f64,
    load: String,
}

impl Host {
    /// Looks at `/proc`, and for three seconds at what else runs.
    ///
    /// # Errors
    /// When there is none: the bench wants Linux.
    pub fn look() -> anyhow::Result<Self> {
        let read =
            |path: &str| fs::read_to_string(path).with_context(|| format!("the bench reads {path}: it wants Linux"));
        let processors = read("/proc/cpuinfo")?;
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            line.split_once(':').map(|(_, value)| value.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo")?, "MemTotal").unwrap_or_default();
        let kilobytes: f64 = memory.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0.0);
        let before = jiffies(&read("/proc/stat")?);
        std::thread::sleep(WATCH);
        let after = jiffies(&read("/proc/stat")?);
        let (idle, all) = (after.0 - before.0, after.1 - before.1);
        Ok(Self {
            model: field(&processors, "model name").unwrap_or_else(|| "unknown processor".to_owned()),
            cores: std::thread::available_parallelism()?.get(),
            memory_gb: kilobytes * 1024.0 / 1e9,
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            busy: if all > 0.0 { 1.0 - idle / all } else { 0.0 },
            load: read("/proc/loadavg")?.split_whitespace().take(3).collect::<Vec<_>>().join(" "),
        })
    }

    /// As one line.
    pub fn line(&self) -> String {
        format!(
            "{}, {} cores, {:.0} GB, Linux {}; before the run others took {:.0} % of the processors (load average {})",
            self.model,
            self.cores,
            self.memory_gb,
            self.kernel,
            self.busy * 100.0,
            self.load
        )
    }
}

/// Idle (and waiting for disks) and all jiffies of all processors: the first line of `/proc/stat`.
fn jiffies(stat: &str) -> (f64, f64) {
    let first = stat.lines().next().unwrap_or_default();
    let numbers: Vec<f64> = first.split_whitespace().skip(1).filter_map(|number| number.parse().ok()).collect();
    (numbers.iter().skip(3).take(2).sum(), numbers.iter().take(8).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_is_told_from_busy() {
        assert_eq!(jiffies("cpu  10 0 20 60 10 0 0 0 0 0\ncpu0 1 2 3"), (70.0, 100.0));
    }
}
