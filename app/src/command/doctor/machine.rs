//! This machine: its clock, the user, and the one program that likes to talk to modems.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::report::Section;

/// 2026-01-01: a clock before that is not set.
const EARLIEST: u64 = 1_767_225_600;

/// Writes to every modem that is plugged in, and takes USB serial ports for modems.
const MODEM_MANAGER: &str = "ModemManager";

/// Where a rule for udev may be installed, and what ours is called.
const RULES: [&str; 3] = [
    "/etc/udev/rules.d",
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
];
const RULE: &str = "60-tezio.rules";

pub(super) fn examine() -> Section {
    let mut section = Section::new("This machine");
    judge_clock(&mut section, seconds());
    let ruled = RULES
        .iter()
        .any(|folder| Path::new(folder).join(RULE).exists());
    judge_modem_manager(&mut section, runs(Path::new("/proc"), MODEM_MANAGER), ruled);
    section
}

fn seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn judge_clock(section: &mut Section, seconds: u64) {
    if seconds < EARLIEST {
        section.fail(
            format!("the clock is not set: it is {seconds} seconds after 1970"),
            "timedatectl set-ntp true. The guard against levels of the future goes by the clock",
        );
    } else {
        section.ok("the clock is set");
    }
}

fn judge_modem_manager(section: &mut Section, runs: bool, ruled: bool) {
    match (runs, ruled) {
        (false, _) => section.ok("no ModemManager runs"),
        (true, true) => section.ok(format!("ModemManager runs, and {RULE} keeps it away")),
        (true, false) => section.warn(
            "ModemManager runs: it may hold the port of a board that is plugged in, and write to it",
            format!("install {RULE}, see docs/hsm.md, or: systemctl disable --now ModemManager"),
        ),
    }
}

/// Whether a process of this name runs, by the folder `proc`.
fn runs(proc: &Path, name: &str) -> bool {
    let processes = std::fs::read_dir(proc).into_iter().flatten().flatten();
    processes
        .filter_map(|process| std::fs::read_to_string(process.path().join("comm")).ok())
        .any(|comm| comm.trim_end() == name)
}

#[cfg(test)]
mod tests {
    use tezio_transport_serial::Board;

    use super::*;
    use crate::command::doctor::report::{Grade, Report};

    fn count(section: Section, grade: Grade) -> usize {
        Report(vec![section]).count(grade)
    }

    #[test]
    fn a_clock_that_was_never_set_must_be_mended() {
        for (seconds, fails) in [(0, 1), (EARLIEST - 1, 1), (EARLIEST, 0)] {
            let mut section = Section::new("");
            judge_clock(&mut section, seconds);
            assert_eq!(count(section, Grade::Fail), fails, "{seconds}");
        }
    }

    #[test]
    fn a_modem_manager_is_seen_among_other_processes() {
        let proc = tempfile::tempdir().unwrap();
        for (id, name) in [("1", "init\n"), ("812", "ModemManage\n")] {
            std::fs::create_dir(proc.path().join(id)).unwrap();
            std::fs::write(proc.path().join(id).join("comm"), name).unwrap();
        }
        std::fs::create_dir(proc.path().join("net")).unwrap();
        assert!(!runs(proc.path(), MODEM_MANAGER));
        std::fs::write(proc.path().join("1/comm"), "ModemManager\n").unwrap();
        assert!(runs(proc.path(), MODEM_MANAGER));
    }

    #[test]
    fn a_modem_manager_without_our_rule_is_warned_of() {
        for (runs, ruled, warnings) in [
            (true, false, 1),
            (true, true, 0),
            (false, false, 0),
            (false, true, 0),
        ] {
            let mut section = Section::new("");
            judge_modem_manager(&mut section, runs, ruled);
            assert_eq!(count(section, Grade::Warn), warnings, "{runs} {ruled}");
        }
    }

    #[test]
    fn our_rule_knows_every_board_and_bootloader() {
        let rule = include_str!("../../../dist/udev/60-tezio.rules");
        let known = (0..=u16::MAX).filter(|id| Board::with_ids(0x2341, *id).is_some());
        let known: Vec<String> = known.map(|id| format!("{id:04x}")).collect();
        assert_eq!(known.len(), 4);
        let ignored = rule
            .lines()
            .filter(|line| line.contains("ID_MM_DEVICE_IGNORE"));
        let lines: Vec<_> = ignored.collect();
        assert_eq!(lines.len(), 2, "device and port");
        for (line, id) in lines
            .iter()
            .flat_map(|line| known.iter().map(move |id| (line, id)))
        {
            assert!(line.contains(id.as_str()), "{id}: {line}");
        }
    }
}
