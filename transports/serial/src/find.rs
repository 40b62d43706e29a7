//! Which serial ports there are, and which of them is the one that is wanted.
//!
//! ```text
//! /sys/class/tty -> candidates, each with a verdict -> the one wanted -> its path, for now
//! ```
//!
//! A path is good for one opening: a board that is plugged in again may come back under another, so
//! whoever opens a port finds it anew each time. Nothing is opened or written to here.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serialport::SerialPortInfo;

use crate::candidate::Candidate;

/// Where the kernel lists terminals.
const TERMINALS: &str = "/sys/class/tty";

/// Where udev keeps lasting names of serial ports.
const BY_ID: &str = "/dev/serial/by-id";

/// The serial ports of this machine, in the order of their paths. Pseudo-terminals are none.
///
/// # Errors
///
/// When the kernel does not tell, as in a container without `/sys`.
pub fn candidates() -> io::Result<Vec<Candidate>> {
    // serialport would panic.
    if !Path::new(TERMINALS).is_dir() {
        let text = format!("{TERMINALS} is not there, so serial ports cannot be found");
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    let ports = serialport::available_ports()?;
    Ok(candidates_among(ports, Path::new(BY_ID)))
}

/// The same for ports that are known already, with lasting names from the folder `by_id`.
#[must_use]
pub fn candidates_among(ports: Vec<SerialPortInfo>, by_id: &Path) -> Vec<Candidate> {
    let links = links_in(by_id);
    let judge = |port| Candidate::judge(port, &links);
    let mut candidates: Vec<_> = ports.into_iter().map(judge).collect();
    candidates.sort_by(|a, b| a.path.cmp(&b.path));
    candidates
}

/// Every link of a folder with what it leads to; none when there is no such folder.
fn links_in(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let links = entries.filter_map(|entry| {
        let link = entry.path();
        let target = link.canonicalize().ok()?;
        Some((link, target))
    });
    links.collect()
}

/// The port that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one at this path, which may be a link.
    Path(PathBuf),
    /// A board on USB.
    Usb(WantedUsb),
}

/// A board on USB: the only one, or the one of which all that is given here is true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedUsb {
    /// With this serial number. A device that has it need not have the ids of a known board.
    pub serial: Option<String>,
    /// With this product's name.
    pub product: Option<String>,
}

/// Why there is no port to be opened.
#[derive(Debug)]
pub enum Unfound {
    /// It is not plugged in. If a board is there that does not tell its number, since its bootloader
    /// runs, it may be that one.
    Absent {
        /// What is wanted.
        wanted: WantedUsb,
        /// What it may be.
        perhaps: Option<Box<Candidate>>,
    },
    /// It is there, and its bootloader runs.
    Bootloader(Box<Candidate>),
    /// More than one would do.
    Several(Vec<Candidate>),
    /// The ports could not be listed.
    Unlisted(io::Error),
}

impl Wanted {
    /// The path to open now, of the ports that `list` gives.
    ///
    /// # Errors
    ///
    /// [`Unfound`]. A path that leads nowhere is no such error: opening it says more.
    pub fn find(
        &self,
        list: impl FnOnce() -> io::Result<Vec<Candidate>>,
    ) -> Result<PathBuf, Unfound> {
        match self {
            Self::Path(path) => {
                let target = path.canonicalize().unwrap_or_default();
                // Without a list, nothing is known against the path.
                let listed = list().unwrap_or_default();
                let same = listed.into_iter().find(|port| port.path == target);
                refuse_bootloader(same)?;
                Ok(path.clone())
            }
            Self::Usb(wanted) => wanted.find(list().map_err(Unfound::Unlisted)?),
        }
    }
}

impl WantedUsb {
    fn find(&self, mut listed: Vec<Candidate>) -> Result<PathBuf, Unfound> {
        listed.retain(|port| self.fits(port));
        let bootloader = listed.iter().position(Candidate::is_bootloader);
        let bootloader = bootloader.map(|at| listed.remove(at));
        listed.retain(|port| !port.is_bootloader());
        if listed.len() > 1 {
            return Err(Unfound::Several(listed));
        }
        match listed.pop() {
            Some(port) => Ok(port.path),
            None => Err(self.absent(bootloader)),
        }
    }

    fn absent(&self, bootloader: Option<Candidate>) -> Unfound {
        match bootloader.map(Box::new) {
            Some(port) if self.serial.is_none() || port.serial().is_some() => {
                Unfound::Bootloader(port)
            }
            perhaps => Unfound::Absent {
                wanted: self.clone(),
                perhaps,
            },
        }
    }

    fn fits(&self, port: &Candidate) -> bool {
        let Some(usb) = &port.usb else {
            return false;
        };
        let serial = match (&self.serial, &usb.serial) {
            (None, _) => port.is_board() || port.is_bootloader(),
            (Some(wanted), Some(found)) => wanted.eq_ignore_ascii_case(found),
            // Old bootloaders have no serial number.
            (Some(_), None) => port.is_bootloader(),
        };
        let product = self.product.as_ref();
        serial && product.is_none_or(|product| Some(product) == usb.product.as_ref())
    }
}

fn refuse_bootloader(port: Option<Candidate>) -> Result<(), Unfound> {
    match port.filter(Candidate::is_bootloader) {
        Some(port) => Err(Unfound::Bootloader(Box::new(port))),
        None => Ok(()),
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Usb(usb) => write!(f, "{usb}"),
        }
    }
}

impl fmt::Display for WantedUsb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("board on USB")?;
        if let Some(serial) = &self.serial {
            write!(f, " with serial number {serial}")?;
        }
        if let Some(product) = &self.product {
            write!(f, " called {product}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Unfound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { wanted, perhaps } => {
                write!(f, "no {wanted} is plugged in")?;
                match perhaps {
                    Some(port) => write!(f, ", unless it is {}", explained(port)),
                    None => Ok(()),
                }
            }
            Self::Bootloader(port) => f.write_str(&explained(port)),
            Self::Several(ports) => {
                write!(f, "{} boards are plugged in:", ports.len())?;
                let mut between = " ";
                for port in ports {
                    write!(f, "{between}{port}")?;
                    between = ", ";
                }
                Ok(())
            }
            Self::Unlisted(error) => write!(f, "serial ports cannot be listed: {error}"),
        }
    }
}

fn explained(port: &Candidate) -> String {
    format!("{}: {}", port.path.display(), port.verdict)
}

impl core::error::Error for Unfound {}
