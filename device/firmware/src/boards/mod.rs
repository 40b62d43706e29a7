//! Where a board's author plugs in: the parts of the boards that Tezio HSMs are, on the traits of
//! embedded-hal, so that any hardware crate for the SAMD21 fits.
//!
//! ```text
//! USB serial (embedded-io), milliseconds  -> SerialBoard -> Board
//! I2C, delays (embedded-hal)              -> Atecc608    -> SecureElement, aliases 0 and 3
//! flash (embedded-storage)                -> FlashMarks  -> Keeper
//! ```
//!
//! ```
//! # use embedded_hal::{delay::DelayNs, i2c::I2c};
//! # use embedded_storage::nor_flash::NorFlash;
//! # use tezio_firmware::boards::{Atecc608, SerialBoard};
//! # use tezio_firmware::{Extended, FlashMarks, Line, Unkept};
//! # use tezio_soft_hsm::{Holes, Hsm, Latency, Profile};
//! fn run<S, B, D, F>(usb: S, millis: fn() -> u64, bus: B, delay: D, flash: F) -> Result<(), Unkept>
//! where
//!     S: embedded_io::Read + embedded_io::ReadReady + embedded_io::Write,
//!     B: I2c,
//!     D: DelayNs,
//!     F: NorFlash,
//! {
//!     let profile = Profile {
//!         latency: Latency::Instant,
//!         holes: Holes::Closed,
//!         ..Profile::default()
//!     };
//!     let hsm = Hsm::around(Atecc608::new(bus, delay), &profile);
//!     let operations = Extended::new(hsm, FlashMarks::new(flash), *b"SAMD21 unique id")?;
//!     Line::new(SerialBoard::new(usb, millis), operations).serve()
//! }
//! ```
//!
//! Tested against a chip of paper (`tests/atecc608.rs`), on a host; no board has run it.

mod atecc608;
mod serial_board;

pub use atecc608::Atecc608;
pub use serial_board::SerialBoard;
