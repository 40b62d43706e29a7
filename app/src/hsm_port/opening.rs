//! Finding and opening a port that may not be there.
//!
//! ```text
//! wanted -> the ports there are -> a path -> opened, or why not -> (a pause) -> again, for ever
//! ```
//!
//! The port is found anew at each try, since a board that comes back may have another name, and tried
//! often enough to be open within a quarter of a second of its return. What stands in the way is
//! logged once it has lasted for a few tries: while a board is being plugged in, udev still has its
//! permissions to set.

use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};

use tezio_transport_serial::{Candidate, Port, Unfound, Wanted};

/// The pause between two tries.
pub(crate) const RETRY: Duration = Duration::from_millis(200);

/// Tries that must fail for the same reason before it is logged.
const LASTING: u32 = 3;

/// What stands in the way, and for how many tries it has.
#[derive(Debug, Default)]
struct Trouble {
    text: String,
    tries: u32,
}

impl Trouble {
    /// Another try failed, for the reason `text`. Whether that is to be said now.
    fn add(&mut self, text: String) -> bool {
        if self.text != text {
            *self = Self { text, tries: 0 };
        }
        self.tries = self.tries.saturating_add(1);
        self.tries == LASTING
    }
}

/// Opens the port that is `wanted`, of those that `list` gives, as soon as that can be done. What is in
/// the way goes to the log and to `tell`.
pub(crate) async fn open(
    name: &str,
    wanted: &Wanted,
    list: impl Fn() -> io::Result<Vec<Candidate>> + Clone + Send + 'static,
    tell: impl Fn(&str),
) -> (PathBuf, Port) {
    let mut trouble = Trouble::default();
    loop {
        let (wanted, list) = (wanted.clone(), list.clone());
        let text = match smol::unblock(move || try_once(&wanted, list)).await {
            Ok(opened) => return opened,
            Err(text) => text,
        };
        if trouble.add(text) {
            tracing::warn!(hsm = name, "waiting for the HSM port: {}", trouble.text);
            tell(&trouble.text);
        }
        smol::Timer::after(RETRY).await;
    }
}

/// On a thread of its own: a board that hangs can keep whoever opens its port waiting for seconds.
fn try_once(
    wanted: &Wanted,
    list: impl Fn() -> io::Result<Vec<Candidate>>,
) -> Result<(PathBuf, Port), String> {
    let path = wanted
        .find(list)
        .map_err(|unfound| unfound_advice(&unfound))?;
    let port = Port::open(&path).map_err(|error| advice(&path, &error))?;
    Ok((path, port))
}

/// What an operator can do when there is no port to be opened.
pub(crate) fn unfound_advice(unfound: &Unfound) -> String {
    match unfound {
        Unfound::Absent { .. } => {
            format!("{unfound}. \"tezio-signer hsm list\" shows what is")
        }
        Unfound::Several(_) => {
            format!(
                "{unfound}. Say in the configuration which one, as in Usb(serial: \"…\"), or list \
                 all of them under hsms"
            )
        }
        Unfound::Bootloader(_) | Unfound::Unlisted(_) => unfound.to_string(),
    }
}

/// What an operator can do about a port that does not open.
pub(crate) fn advice(path: &Path, error: &io::Error) -> String {
    use io::ErrorKind::{NotFound, PermissionDenied, ResourceBusy, WouldBlock};
    let kind = error.kind();
    let advice = if kind == NotFound {
        "there is no such device: is the HSM plugged in, and does the configuration name it? \
         \"tezio-signer hsm list\" shows what there is"
    } else if kind == PermissionDenied {
        "may not be opened by this user: add the user to the group dialout and log in again"
    } else if matches!(kind, ResourceBusy | WouldBlock) {
        "is held by another program (a serial monitor, ModemManager, another signer): end it"
    } else {
        "cannot be opened"
    };
    format!("{}: {advice} ({error})", path.display())
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::path::Path;
    use std::sync::Arc;

    use tezio_soft_hsm_pty::{Profile, SoftHsm};
    use tezio_transport_serial::{Board, Usb, Verdict, WantedUsb};

    use super::*;

    const SERIAL: &str = "5D01A6BC50304A48502E3120FF09161B";

    fn board_at(path: &Path) -> Candidate {
        Candidate {
            path: path.to_owned(),
            by_id: None,
            usb: Some(Usb {
                serial: Some(SERIAL.to_owned()),
                ..Usb::default()
            }),
            verdict: Verdict::Board(Board::Nano33Iot),
        }
    }

    fn wanted() -> Wanted {
        Wanted::Usb(WantedUsb {
            serial: Some(SERIAL.to_owned()),
            product: None,
        })
    }

    /// Absent first, then there, then under another name: what udev and the kernel make of a replug.
    #[test]
    fn a_board_is_waited_for_and_opened_under_each_name_that_it_comes_back_with() {
        smol::block_on(async {
            let boards = [(); 2].map(|()| SoftHsm::open(&Profile::default()).unwrap());
            for board in &boards {
                let looks = Arc::new(AtomicU32::new(0));
                let (counted, at) = (Arc::clone(&looks), board.path().to_owned());
                let list = move || {
                    let back = counted.fetch_add(1, Ordering::Relaxed) >= LASTING;
                    Ok(back.then(|| board_at(&at)).into_iter().collect())
                };
                let (path, port) = open("hsm", &wanted(), list, |_| {}).await;
                assert_eq!(path, board.path());
                assert!(looks.load(Ordering::Relaxed) > LASTING);
                drop(port);
            }
        });
    }

    /// Looking must not end because it failed once.
    #[test]
    fn ports_that_cannot_be_listed_for_a_while_do_not_end_the_waiting() {
        smol::block_on(async {
            let board = SoftHsm::open(&Profile::default()).unwrap();
            let (failed, at) = (Arc::new(AtomicBool::new(false)), board.path().to_owned());
            let list = move || {
                if failed.swap(true, Ordering::Relaxed) {
                    Ok(vec![board_at(&at)])
                } else {
                    Err(io::Error::other("not now"))
                }
            };
            assert_eq!(open("hsm", &wanted(), list, |_| {}).await.0, board.path());
        });
    }

    #[test]
    fn what_lasts_is_said_once_and_what_passes_is_not() {
        let mut trouble = Trouble::default();
        let mut said = |text: &str| trouble.add(text.to_owned());
        assert!(!said("no permission yet"));
        let absent: Vec<bool> = (0..6).map(|_| said("absent")).collect();
        assert_eq!(absent, [false, false, true, false, false, false]);
        assert!(!said("held"));
        assert!(!said("held"));
        assert!(said("held"));
    }
}
