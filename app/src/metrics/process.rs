//! The process, as the system sees it: read from `/proc` at a look, and nothing in between.
//!
//! The names are those that other programs have for the same, so that dashboards find them. Where `/proc`
//! is not to be seen, they stay at zero.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use prometheus::{Counter, IntGauge};

use super::family::Families;

/// Ticks in which the system tells processor time, per second: `USER_HZ`, 100 on every architecture
/// that this runs on.
const TICKS: f64 = 100.0;

/// The gauges.
#[derive(Clone, Debug)]
pub(super) struct Process {
    processor: Counter,
    resident: IntGauge,
    threads: IntGauge,
    files: IntGauge,
    most_files: IntGauge,
}

impl Process {
    pub(super) fn new(families: &Families<'_>) -> Result<Self> {
        let started =
            families.moment("process_start_time_seconds", "When the daemon was started")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        started.set(now.unwrap_or_default().as_secs_f64());
        Ok(Self {
            processor: families.sum(
                "process_cpu_seconds_total",
                "Processor time used, in the program and in the system for it",
            )?,
            resident: families.gauge("process_resident_memory_bytes", "Memory in use")?,
            threads: families.gauge("process_threads", "Threads")?,
            files: families.gauge("process_open_fds", "Open files, sockets and ports")?,
            most_files: families.gauge("process_max_fds", "The most that may be open")?,
        })
    }

    /// Reads what the system says now.
    pub(super) fn look(&self) {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        set(
            &self.resident,
            number(&status, "VmRSS:").map(|kib| kib * 1_024),
        );
        set(&self.threads, number(&status, "Threads:"));
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        set(&self.most_files, number(&limits, "Max open files"));
        // The folder that is read is one of them.
        let files =
            fs::read_dir("/proc/self/fd").map_or(0, |files| files.count().saturating_sub(1));
        self.files.set(i64::try_from(files).unwrap_or(i64::MAX));
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let used = ticks(&stat).map_or(0.0, |ticks| ticks / TICKS);
        self.processor
            .inc_by((used - self.processor.get()).max(0.0));
    }
}

fn set(gauge: &IntGauge, value: Option<i64>) {
    if let Some(value) = value {
        gauge.set(value);
    }
}

/// The first number behind `name` at the beginning of a line.
fn number(text: &str, name: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Ticks in the program and in the system, from a line such as `812 (name) S 1 …`. The name may hold
/// anything; behind its last bracket they are the 12th and 13th word.
fn ticks(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace().skip(11);
    let program: f64 = words.next()?.parse().ok()?;
    let system: f64 = words.next()?.parse().ok()?;
    Some(program + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_behind_their_names() {
        let status = "Name:\ttezio-signer\nVmRSS:\t   11264 kB\nThreads:\t7\n";
        assert_eq!(number(status, "VmRSS:"), Some(11_264));
        assert_eq!(number(status, "Threads:"), Some(7));
        assert_eq!(number(status, "VmSwap:"), None);
        let limits = "Limit   Soft Limit   Hard Limit   Units\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(number(limits, "Max open files"), Some(1_024));
        assert_eq!(number("Max open files  unlimited", "Max open files"), None);
    }

    #[test]
    fn ticks_are_counted_behind_a_name_with_brackets_and_spaces() {
        let stat = "812 (a) b (c) S 1 812 812 0 -1 4194560 1000 0 3 0 151 49 0 0 20 0 7 0 99 0";
        assert_eq!(ticks(stat), Some(200.0));
        assert_eq!(ticks("812 (cut"), None);
    }

    #[test]
    fn this_very_process_is_seen() {
        let registry = prometheus::Registry::new();
        let process = Process::new(&Families::new(&registry)).unwrap();
        process.look();
        assert!(process.resident.get() > 1 << 20);
        assert!(process.threads.get() > 0);
        assert!((2..process.most_files.get()).contains(&process.files.get()));
    }
}
