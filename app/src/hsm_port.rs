//! The task at the HSM's serial port: keeps it open, and carries bytes both ways.
//!
//! ```text
//! open -> tell the driver -> bytes in, packets out -> (lost, or told to) close -> tell -> again
//! ```
//!
//! A port that is not there or goes away is tried again, twice a second, for ever. The reason is
//! logged when it changes, not at every try.

use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use smol::channel::Receiver;
use smol::future::FutureExt as _;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tezio_core::policy::HsmId;
use tezio_core::signer::Input;
use tezio_transport_serial::Port;

use crate::driver::{Driver, PortOrder};

const RETRY: Duration = Duration::from_millis(500);

/// A whole request fits the buffers of any serial driver many times over: a device that does not
/// take it in this time takes nothing.
const WRITE_PATIENCE: Duration = Duration::from_secs(2);

/// Keeps the port at `path` open for `hsm`, which the log calls `name`, for ever.
pub(crate) async fn keep_open(
    driver: Rc<Driver>,
    hsm: HsmId,
    name: String,
    path: PathBuf,
    orders: Receiver<PortOrder>,
) {
    let mut last = None;
    loop {
        let trouble = match Port::open(&path) {
            Ok(port) => {
                tracing::info!(hsm = name, port = %path.display(), "HSM port opened");
                carry(&driver, hsm, port, &orders).await
            }
            Err(error) => advice(&error),
        };
        if last.as_ref() != Some(&trouble) {
            tracing::warn!(hsm = name, port = %path.display(), "{trouble}");
            last = Some(trouble);
        }
        smol::Timer::after(RETRY).await;
    }
}

/// Carries bytes until the port is lost or shall be opened again; says why.
async fn carry(driver: &Driver, hsm: HsmId, port: Port, orders: &Receiver<PortOrder>) -> String {
    while orders.try_recv().is_ok() {}
    if let Err(error) = port.discard_input() {
        return format!("HSM port lost: {error}");
    }
    driver.handle(Input::HsmOpened(hsm));
    let (input, output) = smol::io::split(port);
    let end = read_all(driver, hsm, input)
        .or(write_all(output, orders))
        .await;
    driver.handle(Input::HsmClosed(hsm));
    end
}

async fn read_all(driver: &Driver, hsm: HsmId, mut input: ReadHalf<Port>) -> String {
    let mut bytes = [0; 256];
    loop {
        match input.read(&mut bytes).await {
            Ok(0) => return "HSM port lost: was it unplugged?".to_owned(),
            Ok(length) => driver.handle(Input::FromHsm(hsm, &bytes[..length])),
            Err(error) => return format!("HSM port lost: {error}"),
        }
    }
}

async fn write_all(mut output: WriteHalf<Port>, orders: &Receiver<PortOrder>) -> String {
    loop {
        match orders.recv().await {
            Ok(PortOrder::Write(packet)) => {
                if let Err(error) = write_packet(&mut output, &packet).await {
                    return format!("HSM port lost while writing: {error}");
                }
            }
            Ok(PortOrder::Reopen) => {
                return "HSM answers nothing sensible: opening its port again".to_owned();
            }
            // The driver is gone, and the program with it.
            Err(_) => core::future::pending().await,
        }
    }
}

async fn write_packet(output: &mut WriteHalf<Port>, packet: &[u8]) -> io::Result<()> {
    let late = async {
        smol::Timer::after(WRITE_PATIENCE).await;
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the device takes no bytes",
        ))
    };
    output.write_all(packet).or(late).await
}

/// What an operator can do about a port that does not open.
fn advice(error: &io::Error) -> String {
    use io::ErrorKind::{NotFound, PermissionDenied, ResourceBusy, WouldBlock};
    let kind = error.kind();
    let advice = if kind == NotFound {
        "there is no such device: is the HSM plugged in, and does port in the configuration name it? \
         ls /dev/serial/by-id shows what there is"
    } else if kind == PermissionDenied {
        "may not be opened by this user: add the user to the group dialout and log in again"
    } else if matches!(kind, ResourceBusy | WouldBlock) {
        "is held by another program (a serial monitor, ModemManager, another signer): end it"
    } else {
        "cannot be opened"
    };
    format!("HSM port: {advice} ({error})")
}
