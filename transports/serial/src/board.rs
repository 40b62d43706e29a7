//! The boards that a Tezio HSM is made of, and how USB tells them.
//!
//! A board has two identities on USB: that of the sketch that runs on it, any sketch, and that of its
//! bootloader, which waits for a new one. So an id says which board is there, never that a Tezio
//! sketch runs on it; what it is, is told by its keys.
//!
//! Ids: Arduino SAMD core, `boards.txt`.

use core::fmt;

/// The USB vendor id of Arduino.
const ARDUINO: u16 = 0x2341;

/// A board that the Tezio sketch is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Board {
    /// Arduino MKR `WiFi` 1010.
    MkrWifi1010,
    /// Arduino Nano 33 `IoT`.
    Nano33Iot,
}

/// What runs on a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// A sketch: a Tezio HSM, if it is the right one.
    Sketch,
    /// The bootloader: no sketch runs.
    Bootloader,
}

impl Board {
    /// The board with these USB ids, and what runs on it.
    #[must_use]
    pub const fn with_ids(vendor: u16, product: u16) -> Option<(Self, Running)> {
        if vendor != ARDUINO {
            return None;
        }
        match product {
            0x8054 => Some((Self::MkrWifi1010, Running::Sketch)),
            0x0054 => Some((Self::MkrWifi1010, Running::Bootloader)),
            0x8057 => Some((Self::Nano33Iot, Running::Sketch)),
            0x0057 => Some((Self::Nano33Iot, Running::Bootloader)),
            _ => None,
        }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MkrWifi1010 => "Arduino MKR WiFi 1010",
            Self::Nano33Iot => "Arduino Nano 33 IoT",
        })
    }
}
