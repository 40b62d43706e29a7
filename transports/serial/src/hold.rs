//! Settings and exclusivity of the terminal behind a serial port.

use std::fs::{File, TryLockError};
use std::io::{self, IsTerminal};
use std::path::Path;

use serialport::{DataBits, ErrorKind, FlowControl, Parity, StopBits, TTYPort};

/// The rate the Tezio sketch asks for (Tezio library 0.2.0, github.com/prof-groff/tezio at bc67eef).
const BAUD: u32 = 57_600;

/// Sets the terminal up and takes it for this process alone, for as long as the result lives.
///
/// `file` is the same terminal, opened before.
///
/// # Errors
///
/// `InvalidInput` if it is no terminal or the path is not UTF-8, `ResourceBusy` if another owner
/// has it, otherwise what the system says of its settings.
pub(crate) fn hold(path: &Path, file: &File) -> io::Result<TTYPort> {
    if !file.is_terminal() {
        return Err(invalid("not a serial port"));
    }
    let name = path
        .to_str()
        .ok_or_else(|| invalid("the path of the serial port is not UTF-8"))?;
    ensure_free(file)?;
    serialport::new(name, BAUD)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(FlowControl::None)
        .exclusive(true)
        .open_native()
        .map_err(as_io)
}

/// Looks before `serialport` leaps: its failed attempt on a locked port would, on its way out, lift
/// the kernel's exclusivity from the owner (only root gets as far as that).
fn ensure_free(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => file.unlock(),
        Err(TryLockError::WouldBlock) => Err(busy("another program holds the serial port")),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The device is there, since it has been opened; what `serialport` calls absent is held by others.
fn as_io(error: serialport::Error) -> io::Error {
    match error.kind {
        ErrorKind::NoDevice => busy(&error.description),
        ErrorKind::InvalidInput | ErrorKind::Unknown | ErrorKind::Io(_) => error.into(),
    }
}

fn busy(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, text)
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
