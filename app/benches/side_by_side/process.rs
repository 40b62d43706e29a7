//! What a process uses, as proc(5) tells it.

use core::time::Duration;
use std::fs;
use std::io::{self, Read as _};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// Sums over all threads since the start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Context switches of its own will, for waiting, and against it.
    pub(crate) waits: u64,
    pub(crate) preempted: u64,
}

impl Usage {
    pub(crate) fn of(process: u32) -> io::Result<Self> {
        let mut usage = Self::default();
        for task in fs::read_dir(format!("/proc/{process}/task"))? {
            let task = task?.path();
            let schedule = fs::read_to_string(task.join("schedstat"))?;
            let nanos = schedule
                .split(' ')
                .next()
                .and_then(|word| word.parse().ok());
            usage.cpu += Duration::from_nanos(nanos.unwrap_or_default());
            let status = fs::read_to_string(task.join("status"))?;
            usage.waits += field(&status, "voluntary_ctxt_switches");
            usage.preempted += field(&status, "nonvoluntary_ctxt_switches");
        }
        Ok(usage)
    }
}

/// Resident memory in KiB: all of it, and what is not read from the program's file.
pub(crate) fn memory(process: u32) -> io::Result<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    Ok((field(&status, "VmRSS"), field(&status, "RssAnon")))
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found == name).then_some(value)
    });
    line.and_then(|value| value.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// How long perf may take to look at every thread.
const ATTACHING: Duration = Duration::from_millis(500);

/// How many system calls a process makes while `work` runs; `None` where perf is missing or may not
/// look. Counted by the kernel: a tracer that stops the process at each call would change what it does.
pub(crate) fn system_calls(
    process: u32,
    work: impl FnOnce() -> io::Result<()>,
) -> io::Result<Option<u64>> {
    let counter = Command::new("perf")
        .args(["stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-p"])
        .arg(process.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut counter) = counter else {
        return Ok(None);
    };
    std::thread::sleep(ATTACHING);
    work()?;
    // It has ended by itself where it may not look.
    let _ = kill_process(Pid::from_child(&counter), Signal::INT);
    let mut said = String::new();
    if let Some(mut stream) = counter.stderr.take() {
        stream.read_to_string(&mut said)?;
    }
    counter.wait()?;
    let counted = said.lines().find_map(|line| {
        let (count, rest) = line.split_once(',')?;
        rest.contains("sys_enter").then(|| count.parse().ok())?
    });
    Ok(counted)
}
