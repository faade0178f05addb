//! What the kernel says about this process.

/// Seconds of processor time that the threads of this name have used.
pub fn processor(name: &str) -> f64 {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        if std::fs::read_to_string(task.path().join("comm")).unwrap_or_default().trim().starts_with(name) {
            let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap();
            nanoseconds += stat.split_whitespace().next().unwrap().parse::<f64>().unwrap();
        }
    }
    nanoseconds / 1e9
}

/// Resident memory in kB.
pub fn memory_kb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Open file descriptors.
pub fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
