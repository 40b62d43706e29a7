//! Whether a serial port can be used now, and who holds it, found without disturbing it.
//!
//! ```text
//! path -> permissions -> locks of all processes -> (an open and close, where that is harmless) -> state
//! ```
//!
//! Opening one of the known boards does it nothing; other devices may restart, or dial. So a port is
//! opened for this by those alone who know that it is a board.

use core::fmt;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, access, major, minor};
use tezio_transport_serial::Port;

/// The locks of all processes, as proc(5) shows them.
const LOCKS: &str = "/proc/locks";

/// What can be said of a port.
#[derive(Debug)]
pub(crate) enum PortState {
    /// It can be opened.
    Free,
    /// A process holds it.
    Held(Holder),
    /// Somebody who cannot be seen holds it.
    HeldByOthers,
    /// This user may not open it.
    Denied,
    /// It was not opened, and nothing speaks against it.
    Untried,
    /// It cannot be opened.
    Broken(io::Error),
}

/// A process that holds a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) process: u32,
    /// What it calls itself; empty where that is not shown.
    pub(crate) name: String,
}

impl PortState {
    /// The state of the port at `path`; it is opened only if `may_open`.
    pub(crate) fn of(path: &Path, may_open: bool) -> Self {
        if access(path, Access::READ_OK | Access::WRITE_OK) == Err(rustix::io::Errno::ACCESS) {
            return Self::Denied;
        }
        if let Some(holder) = holder(path) {
            return Self::Held(holder);
        }
        if !may_open {
            return Self::Untried;
        }
        match Port::open(path) {
            Ok(_) => Self::Free,
            Err(error) => Self::refused(error),
        }
    }

    fn refused(error: io::Error) -> Self {
        use io::ErrorKind::{PermissionDenied, ResourceBusy, WouldBlock};
        let kind = error.kind();
        if kind == PermissionDenied {
            Self::Denied
        } else if matches!(kind, ResourceBusy | WouldBlock) {
            Self::HeldByOthers
        } else {
            Self::Broken(error)
        }
    }
}

/// Who has locked the file at `path`, if that can be seen.
pub(crate) fn holder(path: &Path) -> Option<Holder> {
    let metadata = std::fs::metadata(path).ok()?;
    let device = metadata.dev();
    let file = format!(
        "{:02x}:{:02x}:{}",
        major(device),
        minor(device),
        metadata.ino()
    );
    let locks = std::fs::read_to_string(LOCKS).ok()?;
    let process = holder_in(&locks, &file)?;
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    Some(Holder {
        process,
        name: name.trim_end().to_owned(),
    })
}

/// The process that holds `file`, written `<major>:<minor>:<inode>`, in lines such as
/// `1: FLOCK  ADVISORY  WRITE 812 00:06:345 0 EOF`. Those that wait for it stand behind an arrow.
fn holder_in(locks: &str, file: &str) -> Option<u32> {
    let mut lines = locks.lines().map(|line| line.split_whitespace());
    lines.find_map(|mut words| match words.nth(1)? {
        "FLOCK" => {
            let process = words.nth(2)?;
            (words.next()? == file).then(|| process.parse().ok())?
        }
        _ => None,
    })
}

impl fmt::Display for PortState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str("free"),
            Self::Held(holder) => write!(f, "held by {holder}"),
            Self::HeldByOthers => f.write_str("held by another program"),
            Self::Denied => {
                f.write_str("no permission: add this user to its group, and log in again")
            }
            Self::Untried => f.write_str("not tried"),
            Self::Broken(error) => write!(f, "cannot be opened: {error}"),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            write!(f, "process {}", self.process)
        } else {
            write!(f, "{} (process {})", self.name, self.process)
        }
    }
}

#[cfg(test)]
mod tests {
    use tezio_soft_hsm_pty::{Profile, SoftHsm};

    use super::*;

    const LOCKS: &str = "\
1: POSIX  ADVISORY  WRITE 77 00:06:345 0 EOF
2: FLOCK  ADVISORY  READ  812 00:06:344 0 EOF
3: FLOCK  ADVISORY  WRITE 813 00:06:345 0 EOF
3: -> FLOCK  ADVISORY  WRITE 814 00:06:346 0 EOF
";

    #[test]
    fn the_holder_s_line_is_the_one_of_the_file() {
        assert_eq!(holder_in(LOCKS, "00:06:345"), Some(813));
        assert_eq!(holder_in(LOCKS, "00:06:344"), Some(812));
        assert_eq!(holder_in(LOCKS, "00:06:346"), None, "it only waits");
        assert_eq!(holder_in(LOCKS, "00:06:34"), None);
        assert_eq!(holder_in("", "00:06:345"), None);
    }

    #[test]
    fn a_port_is_free_until_it_is_held_and_again_afterwards() {
        smol::block_on(async {
            let board = SoftHsm::open(&Profile::default()).unwrap();
            let path = board.path();
            assert!(matches!(PortState::of(path, true), PortState::Free));
            assert!(matches!(PortState::of(path, false), PortState::Untried));
            let port = Port::open(path).unwrap();
            let PortState::Held(holder) = PortState::of(path, false) else {
                panic!("it is held");
            };
            assert_eq!(holder.process, std::process::id());
            drop(port);
            assert!(matches!(PortState::of(path, true), PortState::Free));
        });
    }

    #[test]
    fn what_is_no_port_cannot_be_opened() {
        let missing = PortState::of(Path::new("/dev/no-such-port"), true);
        assert!(matches!(missing, PortState::Broken(_)), "{missing}");
    }
}
