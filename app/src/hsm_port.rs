//! The task at the HSM's serial port: keeps it open, and carries bytes both ways.
//!
//! ```text
//! find and open -> tell the driver -> bytes in, packets out -> (lost, or told to) close -> tell -> again
//! ```
//!
//! A port that goes away is looked for until it is back, under whatever name: see [`opening`].

pub(crate) mod opening;

use core::fmt::Display;
use core::time::Duration;
use std::io;
use std::rc::Rc;

use smol::channel::Receiver;
use smol::future::FutureExt as _;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tezio_core::policy::HsmId;
use tezio_core::signer::Input;
use tezio_transport_serial::{Port, Wanted, candidates};

use crate::driver::Driver;
use crate::hsm::PortOrder;
use crate::metrics::{PortEnd, PortMetrics};
use crate::status::PortState;

/// A whole request fits the buffers of any serial driver many times over: a device that does not
/// take it in this time takes nothing.
const WRITE_PATIENCE: Duration = Duration::from_secs(2);

/// Keeps the port that is `wanted` open for `hsm`, which the log calls `name`, for ever.
pub(crate) async fn keep_open(
    driver: Rc<Driver>,
    hsm: HsmId,
    name: String,
    wanted: Wanted,
    orders: Receiver<PortOrder>,
    metrics: PortMetrics,
) {
    loop {
        let missing = |why: &str| driver.set_port(hsm, PortState::Missing(why.to_owned()));
        let (path, port) = opening::open(&name, &wanted, candidates, missing).await;
        driver.set_port(hsm, PortState::Open(path.clone()));
        tracing::info!(hsm = name, port = %path.display(), "HSM port opened");
        metrics.opened();
        let (end, text) = carry(&driver, hsm, port, &orders).await;
        metrics.closed(end);
        driver.set_port(hsm, PortState::Closed);
        tracing::warn!(hsm = name, port = %path.display(), "{text}");
        // A port that is lost as soon as it is opened shall not keep the daemon busy.
        smol::Timer::after(opening::RETRY).await;
    }
}

/// Carries bytes until the port is lost or shall be opened again; says why.
async fn carry(
    driver: &Driver,
    hsm: HsmId,
    port: Port,
    orders: &Receiver<PortOrder>,
) -> (PortEnd, String) {
    while orders.try_recv().is_ok() {}
    if let Err(error) = port.discard_input() {
        return lost(&error);
    }
    driver.handle(Input::HsmOpened(hsm));
    let (input, output) = smol::io::split(port);
    // A packet that waits is written before the port is looked at again.
    let end = write_all(output, orders)
        .or(read_all(driver, hsm, input))
        .await;
    driver.handle(Input::HsmClosed(hsm));
    end
}

async fn read_all(driver: &Driver, hsm: HsmId, mut input: ReadHalf<Port>) -> (PortEnd, String) {
    let mut bytes = [0; 256];
    loop {
        match input.read(&mut bytes).await {
            Ok(0) => return lost(&"was it unplugged?"),
            Ok(length) => driver.handle(Input::FromHsm(hsm, &bytes[..length])),
            Err(error) => return lost(&error),
        }
    }
}

fn lost(why: &dyn Display) -> (PortEnd, String) {
    (PortEnd::Lost, format!("HSM port lost: {why}"))
}

async fn write_all(mut output: WriteHalf<Port>, orders: &Receiver<PortOrder>) -> (PortEnd, String) {
    loop {
        match orders.recv().await {
            Ok(PortOrder::Write(packet)) => {
                if let Err(error) = write_packet(&mut output, &packet).await {
                    let text = format!("HSM port lost while writing: {error}");
                    return (PortEnd::Unwritable, text);
                }
            }
            Ok(PortOrder::Reopen) => {
                let text = "HSM answers nothing sensible: opening its port again";
                return (PortEnd::OutOfStep, text.to_owned());
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
