//! The daemon: builds the parts, runs them on one thread, and takes them down in order.
//!
//! ```text
//! config -> state directory -> marks -> signer -> listeners, port, journal thread -> signal -> end
//! ```
//!
//! On SIGHUP it reads certificates and the configuration again. On SIGINT or SIGTERM it stops accepting,
//! finishes what is in flight, and closes the port and the journal. A second signal ends it at once.

#[cfg(test)]
mod allocations;

use core::time::Duration;
use std::rc::Rc;
use std::thread::JoinHandle;

use anyhow::{Context as _, Result, anyhow, bail};
use smol::channel::{Receiver, Sender};
use smol::future::FutureExt as _;
use smol::{LocalExecutor, Timer};
use tezio_core::policy::HsmId;
use tezio_core::signer::{Input, Signer};
use tezio_crypto::Verifier;
use tezio_soft_hsm_pty::SoftHsm;
use tezio_transport_serial::Wanted;

use crate::audit;
use crate::config::{self, Config, NamedHsm};
use crate::control;
use crate::driver::Driver;
use crate::front::{self, Hall, Listener, Strangers};
use crate::handed::Handed;
use crate::hsm::Hsm;
use crate::hsm_port;
use crate::journal::{Journal, Report};
use crate::metrics::Metrics;
use crate::monitor::{self, Watched};
use crate::pid_file::PidFile;
use crate::reload::{Reload, open_doors};
use crate::service_manager;
use crate::shadow::Shadow;
use crate::signals::{Signal, Signals};
use crate::signer::DaemonSigner;
use crate::state::{Marks, StateDirectory};

/// How long the end may take beyond the time that a request may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the daemon until a signal ends it. `ready` is told where it listens.
///
/// # Errors
///
/// What kept it from starting, or from ending well.
pub(crate) fn run(
    config: Config,
    ready: impl FnOnce(&[String]) -> Result<()> + 'static,
) -> Result<()> {
    let signals = Signals::listen().context("cannot listen for signals")?;
    let journal = open_journal(&config)?;
    let executor = Rc::new(LocalExecutor::new());
    // A task like all others: what stands beside the executor would be polled at each of its turns, and
    // look at three signals for every byte that comes.
    let served = serve(Rc::clone(&executor), config, journal, signals, ready);
    let served = executor.spawn(served);
    smol::block_on(executor.run(served))
}

/// Opens the journal and sees that it may be signed from.
fn open_journal(config: &Config) -> Result<Journal> {
    let mut journal = match config.marks() {
        Marks::Board => open_board_journal(config)?,
        Marks::Simulated => open_simulated_journal(config)?,
    };
    let directory = journal.directory();
    if !config.policy.switches.high_water_mark_check {
        directory.note_unguarded()?;
    } else if directory.was_unguarded()? {
        bail!(
            "this state was used with high_water_mark_check off: the marks do not know what was \
             signed then. Set high_water_marks in the configuration above all of that and run: \
             tezio-signer watermarks init --config FILE"
        );
    }
    raise(&mut journal, config)?;
    Ok(journal)
}

/// A board's keys may have signed before: their marks are made by hand alone.
fn open_board_journal(config: &Config) -> Result<Journal> {
    let state = config.state.display();
    let there = config.state.try_exists();
    if !there.with_context(|| format!("cannot see the state directory {state}"))? {
        bail!("there is no state directory {state}. {NO_MARKS_ADVICE}");
    }
    let directory = StateDirectory::open(&config.state, Marks::Board)?;
    if !directory.has_journal()? {
        bail!("{state} holds no marks. {NO_MARKS_ADVICE}");
    }
    Journal::open(directory)
}

/// Test keys have nothing to lose: their marks are made when there are none.
fn open_simulated_journal(config: &Config) -> Result<Journal> {
    let directory = StateDirectory::create(&config.state, Marks::Simulated)?;
    if directory.has_journal()? {
        Journal::open(directory)
    } else {
        Journal::create(directory)
    }
}

/// Raises the marks to those of the configuration. For a board no mark is made that was not there.
fn raise(journal: &mut Journal, config: &Config) -> Result<()> {
    let simulated = config.marks() == Marks::Simulated;
    let (known, new): (Vec<_>, Vec<_>) = config
        .starting_marks
        .iter()
        .partition(|(watermark, _)| simulated || journal.of(watermark).is_some());
    for (watermark, _) in new {
        tracing::warn!(
            "no mark for {watermark}: it is not signed. If high_water_marks in the configuration \
             is right for it, stop the signer and run: tezio-signer watermarks init --config FILE"
        );
    }
    let raised = journal.raise(&known)?;
    if raised > 0 {
        tracing::info!(
            raised,
            "marks raised to the configuration's high_water_marks"
        );
    }
    Ok(())
}

const NO_MARKS_ADVICE: &str = "Without the marks of what was signed before nothing can be signed safely. On first use, set \
     high_water_marks in the configuration and run: tezio-signer watermarks init --config FILE. If \
     this signer has run before, find its state directory first";

async fn serve(
    executor: Rc<LocalExecutor<'static>>,
    config: Config,
    mut journal: Journal,
    mut signals: Signals,
    ready: impl FnOnce(&[String]) -> Result<()> + 'static,
) -> Result<()> {
    let patience = Duration::from_millis(u64::from(config.times.request_ms)) + FAREWELL;
    let mut handed = Handed::take_over(&config.listen);
    let listeners = config
        .listen
        .iter()
        .map(|listen| Listener::bind(listen, config.limits, &mut handed).map(Rc::new))
        .collect::<Result<Vec<_>>>()?;
    let urls = listeners
        .iter()
        .map(|listener| listener.url())
        .collect::<std::io::Result<Vec<_>>>()?;
    let monitor = config.monitor.map(monitor::bind).transpose()?;
    let metrics = Metrics::new(&config)?;
    let connections = metrics.connections();
    let mut orders_in = Vec::new();
    let mut ports = Vec::new();
    for (number, NamedHsm { name, hsm }) in (0..).map(HsmId).zip(&config.hsms) {
        let (order, orders) = smol::channel::unbounded();
        orders_in.push(Hsm {
            name: name.clone(),
            wanted: hsm.to_string(),
            port: order,
        });
        let wanted = wanted(&executor, hsm)?;
        ports.push((number, name.clone(), wanted, orders, metrics.port(number)));
    }
    let (records_in, records) = std::sync::mpsc::channel();
    let (reports_in, reports) = smol::channel::unbounded();
    let signer = signer(&config, &journal)?;
    let stores = metrics.journal();
    let folder = audit::Folder::of(&config.state);
    let start = journal.directory().next_start(audit::last_start(&folder));
    let (audit, audit_writer) = audit::start(&config.state, config.audit)?;
    let started = audit::started(start, &config, &journal);
    let thread = std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || {
            journal.run(&records, &reports_in, &stores);
            journal
        })?;
    let driver = Driver::new(start, signer, orders_in, records_in, metrics, audit);
    driver.note(started);
    driver.set_shadow(Shadow::of(&config)?);
    driver.set_open_doors(open_doors(&config));
    let certificates = Listener::certificates(&listeners);
    let reload = Rc::new(Reload::new(&config, certificates.clone()));
    driver.set_certificates(certificates);
    let _pid_file = PidFile::write(&config.state)?;

    let clock = Rc::clone(&driver);
    executor
        .spawn(async move { clock.keep_time().await })
        .detach();
    let books = Rc::clone(&driver);
    executor
        .spawn(async move { books.keep_books().await })
        .detach();
    executor
        .spawn(take_reports(Rc::clone(&driver), reports))
        .detach();
    for (number, name, wanted, orders, metrics) in ports {
        let driver = Rc::clone(&driver);
        let kept = hsm_port::keep_open(driver, number, name, wanted, orders, metrics);
        executor.spawn(kept).detach();
    }

    let (stop, stopped) = smol::channel::bounded(1);
    let (alive, ended) = smol::channel::bounded(1);
    if let Some(listener) = monitor {
        tracing::info!(monitor = %listener.local_addr()?, "metrics and health");
        let names = config.monitor_names;
        let watched = Watched::new(Rc::clone(&driver), names, &listeners, connections.clone());
        let watch = monitor::watch(Rc::clone(&executor), watched, listener, stopped.clone());
        executor.spawn(watch).detach();
    }
    // What cannot be asked can still sign.
    match control::bind(&config.control) {
        Ok(listener) => executor
            .spawn(control::serve(
                Rc::clone(&executor),
                (Rc::clone(&driver), Rc::clone(&reload)),
                (listener, config.control.group),
                stopped.clone(),
            ))
            .detach(),
        Err(error) => tracing::error!(
            %error,
            "no control socket: \"tezio-signer status\" cannot be answered. control in the \
             configuration says where it is"
        ),
    }
    let hall = Rc::new(Hall {
        executor: Rc::clone(&executor),
        driver: Rc::clone(&driver),
        http_prefix: config.http_prefix,
        idle: config.limits.idle,
        stop: stopped,
        alive,
        strangers: Strangers::default(),
        connections,
    });
    let listening = listeners.clone();
    for listener in listeners {
        executor
            .spawn(front::listen(Rc::clone(&hall), listener))
            .detach();
    }
    drop(hall);
    for url in &urls {
        tracing::info!(%url, "accepting requests");
    }
    ready(&urls)?;
    listening.iter().try_for_each(|listener| listener.keep())?;
    service_manager::tell_ready();
    executor
        .spawn(service_manager::keep_watchdog_quiet(Rc::clone(&driver)))
        .detach();

    let signal = loop {
        match signals.next().await {
            Signal::Hangup => drop(reload.again(&driver)),
            Signal::End(name) => break name,
        }
    };
    tracing::info!(signal, "ending: finishing what is in flight");
    service_manager::tell_stopping();
    farewell(stop, &ended, patience, &mut signals).await;
    let settled = driver.is_settled();
    driver.close_audit(audit::Event::Ended {
        start,
        signal,
        settled,
    });
    finish(driver, thread, audit_writer)
}

/// Which port it is: that of the board, or that of a software HSM started here.
fn wanted(executor: &LocalExecutor<'static>, hsm: &config::Hsm) -> Result<Wanted> {
    match hsm {
        config::Hsm::Board(wanted) => Ok(wanted.clone()),
        config::Hsm::Simulated(profile) => {
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
            Ok(Wanted::Path(path))
        }
    }
}

fn signer(config: &Config, journal: &Journal) -> Result<Box<DaemonSigner>> {
    let mut ledger = journal.ledger();
    if let Some(guard) = config.jumps {
        ledger = ledger.guarding_jumps(guard);
    }
    let signer =
        Signer::new(config.policy.clone(), config.times, Verifier, ledger).map_err(|key| {
            anyhow!("authorized key {key} is no sound public key: not a point of its group")
        })?;
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
    // The journal's thread has ended, well or badly: nothing can be stored any more.
    driver.handle(Input::StoreFailed);
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
        signals.end().await;
        tracing::warn!("second signal: not waiting any longer");
    };
    all_ended.or(too_long).or(hurried).await;
}

/// Waits for the journal's last sync: no more records can come once the driver's way to it is shut.
fn finish(driver: Rc<Driver>, thread: JoinHandle<Journal>, audit: audit::Writer) -> Result<()> {
    driver.close_journal();
    // The journal keeps the state directory locked until here.
    let journal = thread
        .join()
        .map_err(|_| anyhow!("the journal's thread ended badly"))?;
    if !driver.is_settled() {
        tracing::warn!("ended with requests unanswered");
    }
    if !audit.finish() {
        tracing::error!("the end of the audit log is not on the disk, which does not answer");
        // The lock stays until the thread's last write has ended with the process.
        core::mem::forget(journal);
    }
    Ok(())
}
