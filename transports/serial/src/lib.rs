//! The USB serial port of a Tezio HSM: found by what USB tells, opened, raw bytes both ways.
//!
//! ```text
//! Wanted -> path -> Port { exclusive, 57600 8N1, raw } -> AsyncRead + AsyncWrite
//! ```
//!
//! Promises:
//! - One owner: a port that is held, by this process or another, is not opened a second time, and
//!   programs that do not ask for a lock are kept out by the kernel (unless they run as root).
//! - 57600 baud, 8 data bits, no parity, 1 stop bit, no flow control, no line editing. The rate means
//!   nothing to a USB board, except one: at 1200 baud an Arduino erases its program when the port is
//!   closed (Arduino SAMD core). So no rate can be asked for.
//! - Reading and writing wait for readiness and block no thread.
//! - When the board is unplugged, a waiting read ends at once, with no bytes.
//! - Looking for ports opens none. A board whose bootloader runs is never taken for an HSM: what it
//!   would read are commands that write its memory.
//!
//! Left to others: what the bytes mean, time limits, opening again.
//!
//! # Why the port is opened twice
//!
//! `serialport` sets and locks a port, but lends its descriptor only as a number, and turning a
//! number back into something to wait on takes `unsafe`. So the same device is opened once as a
//! plain file, for the bytes, and once by `serialport`, for settings and the lock; both belong to
//! [`Port`] and end with it. The file comes first, because the lock then keeps further opens out.

mod board;
mod candidate;
mod find;
mod hold;
mod port;

pub use board::{Board, Running};
pub use candidate::{Candidate, Usb, Verdict};
pub use find::{Unfound, Wanted, WantedUsb, candidates, candidates_among};
pub use port::Port;
