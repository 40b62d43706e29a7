//! A serial port of this machine, and whether it may be an HSM.

use core::fmt;
use std::path::{Path, PathBuf};

use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};

use crate::board::{Board, Running};

/// A serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its path as the kernel named it, which can be another after the next plugging in.
    pub path: PathBuf,
    /// Its lasting name, where udev gives it one.
    pub by_id: Option<PathBuf>,
    /// What USB tells, when it is on USB.
    pub usb: Option<Usb>,
    /// What it is taken for.
    pub verdict: Verdict,
}

/// What a USB device says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usb {
    /// Vendor id.
    pub vendor: u16,
    /// Product id.
    pub product_id: u16,
    /// Serial number; for the known boards 32 hex digits that no other board has.
    pub serial: Option<String>,
    /// Manufacturer's name.
    pub manufacturer: Option<String>,
    /// Product's name.
    pub product: Option<String>,
}

/// What a port is taken for, by its USB ids alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A board on which a sketch runs.
    Board(Board),
    /// A board whose bootloader runs: it cannot sign.
    Bootloader(Board),
    /// A USB device with other ids.
    OtherUsb,
    /// Not on USB.
    NotUsb,
}

impl Candidate {
    /// Judges a port; `links` are lasting names and the paths that they lead to.
    pub(crate) fn judge(port: SerialPortInfo, links: &[(PathBuf, PathBuf)]) -> Self {
        let path = PathBuf::from(port.port_name);
        let usb = match port.port_type {
            SerialPortType::UsbPort(usb) => Some(Usb::from(usb)),
            SerialPortType::PciPort | SerialPortType::BluetoothPort | SerialPortType::Unknown => {
                None
            }
        };
        Self {
            by_id: link_to(&path, links),
            verdict: Verdict::of(usb.as_ref()),
            usb,
            path,
        }
    }

    /// Whether a board is there on which a sketch runs.
    #[must_use]
    pub const fn is_board(&self) -> bool {
        matches!(self.verdict, Verdict::Board(_))
    }

    /// Whether a bootloader is there.
    #[must_use]
    pub const fn is_bootloader(&self) -> bool {
        matches!(self.verdict, Verdict::Bootloader(_))
    }

    /// Its USB serial number.
    #[must_use]
    pub fn serial(&self) -> Option<&str> {
        self.usb.as_ref()?.serial.as_deref()
    }
}

fn link_to(path: &Path, links: &[(PathBuf, PathBuf)]) -> Option<PathBuf> {
    let link = links.iter().find(|(_, target)| target == path);
    link.map(|(link, _)| link.clone())
}

impl From<UsbPortInfo> for Usb {
    fn from(usb: UsbPortInfo) -> Self {
        Self {
            vendor: usb.vid,
            product_id: usb.pid,
            serial: usb.serial_number,
            manufacturer: usb.manufacturer,
            product: usb.product,
        }
    }
}

impl Verdict {
    fn of(usb: Option<&Usb>) -> Self {
        let Some(usb) = usb else {
            return Self::NotUsb;
        };
        match Board::with_ids(usb.vendor, usb.product_id) {
            Some((board, Running::Sketch)) => Self::Board(board),
            Some((board, Running::Bootloader)) => Self::Bootloader(board),
            None => Self::OtherUsb,
        }
    }
}

impl fmt::Display for Verdict {
    /// What it is and, if it is no HSM, why not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Board(board) => write!(f, "{board}"),
            Self::Bootloader(board) => write!(
                f,
                "{board} in its bootloader, where no sketch runs: after two presses of its reset \
                 button, an upload that was not finished, or an open at 1200 baud. Press reset once; \
                 if that does not help, its sketch is gone: upload it again"
            ),
            Self::OtherUsb => f.write_str("USB device with other ids than the Tezio boards"),
            Self::NotUsb => f.write_str("not on USB"),
        }
    }
}

impl fmt::Display for Candidate {
    /// Path, board and serial number, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Verdict::Board(board) | Verdict::Bootloader(board) = self.verdict {
            write!(f, " {board}")?;
        }
        match self.serial() {
            Some(serial) => write!(f, " serial {serial}"),
            None => Ok(()),
        }
    }
}
