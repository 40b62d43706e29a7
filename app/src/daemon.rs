//! The daemon: builds the parts, runs them on one thread, and takes them down in order.
//!
//! ```text
//! config -> state directory -> marks -> signer -> listeners, port, journal thread -> signal -> end
//! ```
//!
//! On SIGINT or SIGTERM it stops accepting, finishes what is in flight, and closes the port and the
//! journal. A second signal ends it at once.

use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;
use std::rc::Rc;
use std::thread::JoinHandle;

use anyhow::{Context as _, Result, anyhow, bail};
use smol::channel::{Receiver, Sender};
use smol::future::FutureExt as _;
use smol::{LocalExecutor, Timer};
use tezio_core::signer::{Input, Signer};
use tezio_crypto::Verifier;
use tezio_soft_hsm_pty::SoftHsm;
use tezio_transport_tcp::{Limits as ListenLimits, Listener};

use crate::config::{Config, HSM, Hsm};
use crate::driver::{DaemonSigner, Driver};
use crate::front;
use crate::hsm_port;
use crate::journal::{Journal, Report};
use crate::signals::Signals;
use crate::state::StateDirectory;

/// How long the end may take beyond the time that a request may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the daemon until a signal ends it. `ready` is told the addresses once it listens.
///
/// # Errors
///
/// What kept it from starting, or from ending well.
pub(crate) fn run(config: Config, ready: impl FnOnce(&[SocketAddr]) -> Result<()>) -> Result<()> {
    let signals = Signals::listen().context("cannot listen for signals")?;
    let journal = open_journal(&config)?;
    let executor = Rc::new(LocalExecutor::new());
    smol::block_on(executor.run(serve(Rc::clone(&executor), config, journal, signals, ready)))
}

/// Opens the journal, and raises its marks to those of the configuration.
fn open_journal(config: &Config) -> Result<Journal> {
    let directory = match config.hsm {
        // Test keys have nothing to lose: their state is made when there is none.
        Hsm::Simulated(_) => StateDirectory::create(&config.state)?,
        Hsm::Serial(_) => StateDirectory::open(&config.state).with_context(no_marks_advice)?,
    };
    let mut journal = match (directory.has_journal(), &config.hsm) {
        (true, _) => Journal::open(directory)?,
        (false, Hsm::Simulated(_)) => Journal::create(directory)?,
        (false, Hsm::Serial(_)) => {
            let state = config.state.display();
            bail!("{state} holds no marks. {}", no_marks_advice())
        }
    };
    let raised = journal.raise(&config.starting_marks)?;
    if raised > 0 {
        tracing::info!(
            raised,
            "marks raised to the configuration's high_water_marks"
        );
    }
    Ok(journal)
}

fn no_marks_advice() -> String {
    "Without the marks of what was signed before nothing can be signed safely. On first use, set \
     high_water_marks in the configuration and run: tezio-signer watermarks init --config FILE. If \
     this signer has run before, find its state directory first"
        .to_owned()
}

async fn serve(
    executor: Rc<LocalExecutor<'static>>,
    config: Config,
    journal: Journal,
    mut signals: Signals,
    ready: impl FnOnce(&[SocketAddr]) -> Result<()>,
) -> Result<()> {
    let patience = Duration::from_millis(u64::from(config.times.request_ms)) + FAREWELL;
    let listeners = bind(&config)?;
    let addresses = listeners
        .iter()
        .map(Listener::local_addr)
        .collect::<std::io::Result<Vec<_>>>()?;
    let port = hsm_path(&executor, &config.hsm)?;

    let (orders_in, orders) = smol::channel::unbounded();
    let (records_in, records) = std::sync::mpsc::channel();
    let (reports_in, reports) = smol::channel::unbounded();
    let signer = signer(&config, &journal)?;
    let thread = std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || journal.run(&records, &reports_in))?;
    let driver = Driver::new(signer, orders_in, records_in);

    let clock = Rc::clone(&driver);
    executor
        .spawn(async move { clock.keep_time().await })
        .detach();
    executor
        .spawn(take_reports(Rc::clone(&driver), reports))
        .detach();
    executor
        .spawn(hsm_port::keep_open(Rc::clone(&driver), HSM, port, orders))
        .detach();

    let (stop, stopped) = smol::channel::bounded(1);
    let (alive, ended) = smol::channel::bounded(1);
    for listener in listeners {
        let listen = front::http::listen(
            Rc::clone(&executor),
            Rc::clone(&driver),
            listener,
            config.limits.idle,
            stopped.clone(),
            alive.clone(),
        );
        executor.spawn(listen).detach();
    }
    drop(alive);
    for address in &addresses {
        tracing::info!(%address, "accepting HTTP requests");
    }
    ready(&addresses)?;

    let signal = signals.next().await;
    tracing::info!(signal, "ending: finishing what is in flight");
    farewell(stop, &ended, patience, &mut signals).await;
    finish(driver, thread)
}

/// Where the port is: that of the board, or that of a software HSM started here.
fn hsm_path(executor: &LocalExecutor<'static>, hsm: &Hsm) -> Result<PathBuf> {
    match hsm {
        Hsm::Serial(path) => Ok(path.clone()),
        Hsm::Simulated(profile) => {
            let soft = SoftHsm::open(profile).context("cannot start a software HSM")?;
            let path = soft.path().to_owned();
            tracing::warn!("the HSM is simulated: its keys are public, use them for tests alone");
            executor
                .spawn(async move {
                    if let Err(error) = soft.run().await {
                        tracing::error!(%error, "the software HSM ended");
                    }
                })
                .detach();
            Ok(path)
        }
    }
}

fn bind(config: &Config) -> Result<Vec<Listener>> {
    let limits = ListenLimits {
        connections: config.limits.connections,
        per_address: config.limits.connections_per_address,
    };
    config
        .listen
        .iter()
        .map(|address| {
            Listener::bind(*address, limits).with_context(|| {
                format!(
                    "cannot listen on {address}: is another signer running there? Give another \
                     address in listen"
                )
            })
        })
        .collect()
}

fn signer(config: &Config, journal: &Journal) -> Result<Box<DaemonSigner>> {
    let ledger = journal.ledger()?;
    let signer = Signer::new(config.policy.clone(), config.times, Verifier, ledger)
        .map_err(|key| anyhow!("authorized key {key} is not a point on its curve"))?;
    Ok(Box::new(signer))
}

/// Passes on what the journal's thread says.
async fn take_reports(driver: Rc<Driver>, reports: Receiver<Report>) {
    while let Ok(report) = reports.recv().await {
        match report {
            Report::Stored(sequence) => driver.handle(Input::Stored(sequence)),
            Report::Failed(error) => {
                tracing::error!(
                    %error,
                    "marks could not be stored: consensus messages are refused from now on. Mend \
                     the disk and restart the signer"
                );
                driver.handle(Input::StoreFailed);
            }
        }
    }
}

/// Waits for the connections to end, within reason.
async fn farewell(
    stop: Sender<()>,
    ended: &Receiver<()>,
    patience: Duration,
    signals: &mut Signals,
) {
    drop(stop);
    let all_ended = async {
        let _ = ended.recv().await;
    };
    let too_long = async {
        Timer::after(patience).await;
        tracing::warn!("some connections did not end in time");
    };
    let hurried = async {
        signals.next().await;
        tracing::warn!("second signal: not waiting any longer");
    };
    all_ended.or(too_long).or(hurried).await;
}

/// Waits for the journal's last sync: no more records can come once the driver's way to it is shut.
fn finish(driver: Rc<Driver>, thread: JoinHandle<()>) -> Result<()> {
    driver.close_journal();
    thread
        .join()
        .map_err(|_| anyhow!("the journal's thread ended badly"))?;
    if !driver.is_settled() {
        tracing::warn!("ended with requests unanswered");
    }
    Ok(())
}
