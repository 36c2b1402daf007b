//! What the system knows of a process: CPU time and resident memory (Linux).

use std::fs;
use std::process::Command;
use std::time::Duration;

/// A process that is watched.
#[derive(Clone, Copy, Debug)]
pub struct Watched(u32);

impl Watched {
    /// By its id.
    pub fn new(id: u32) -> Self {
        Watched(id)
    }

    /// CPU time of all its threads that still live.
    pub fn cpu(self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0)).into_iter().flatten().flatten();
        let times = tasks.filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok());
        let ns = times.filter_map(|text| text.split_ascii_whitespace().next()?.parse::<u64>().ok()).sum();
        Duration::from_nanos(ns)
    }

    /// Resident memory now, in KiB.
    pub fn resident_kib(self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most resident memory since [`Watched::forget_peak`], in KiB.
    pub fn peak_kib(self) -> u64 {
        self.status("VmHWM:")
    }

    /// Lets the peak start again from what is resident now.
    pub fn forget_peak(self) {
        // Where it is not allowed, the peak stays that of the whole life: more, never less.
        let _ = fs::write(format!("/proc/{}/clear_refs", self.0), "5");
    }

    fn status(self, name: &str) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
    }
}

/// The CPUs that this process may use, in their order.
pub fn allowed_cpus() -> Vec<usize> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
    let ranges = list.trim().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?)
    });
    ranges.flatten().collect()
}

/// Binds this process, with the threads it will start, to one CPU. False if that cannot be done.
pub fn bind_to(cpu: usize) -> bool {
    let id = std::process::id().to_string();
    let bound = Command::new("taskset").args(["-c", "-p", &cpu.to_string(), &id]).output();
    bound.is_ok_and(|output| output.status.success())
}
