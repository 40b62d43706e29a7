//! The monitor: a listener of its own, where whoever watches the signer looks. It asks for nothing
//! and changes nothing.
//!
//! ```text
//! GET /healthz       200 while the program's one thread turns
//! GET /readyz        200 when every key can be signed with; 503 and what is in the way
//! GET /metrics       for Prometheus
//! GET /              what is going on, for browsers; see [`page`]
//! ```

mod page;

use core::net::SocketAddr;
use core::time::Duration;
use std::rc::{Rc, Weak};
use std::time::Instant;

use anyhow::{Context as _, Result};
use prometheus::Histogram;
use smol::channel::Receiver;
use smol::future::{FutureExt as _, yield_now};
use smol::{LocalExecutor, Timer};
use tezio_transport_http::{Answer, Exchange, Limits, Method, StatusCode, serve};
use tezio_transport_tcp as tcp;

use crate::driver::Driver;
use crate::front::{self, Listener};
use crate::metrics::Connections;
use page::Page;

/// Prometheus, a dashboard, a load balancer, and somebody with curl.
const CONNECTIONS: usize = 16;

const PLAIN: &str = "text/plain; charset=utf-8";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How often it is looked how late the thread is.
const LOOK: Duration = Duration::from_secs(1);

/// What is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    driver: Rc<Driver>,
    page: Page,
    listeners: Vec<Weak<Listener>>,
    connections: Connections,
    /// Held while metrics are turned into text: one after the other, however many ask.
    writing: smol::lock::Mutex<()>,
}

impl Watched {
    pub(crate) fn new(
        driver: Rc<Driver>,
        names: Vec<String>,
        listeners: &[Rc<Listener>],
        connections: Connections,
    ) -> Rc<Self> {
        Rc::new(Self {
            page: Page::new(Rc::clone(&driver), names),
            driver,
            listeners: listeners.iter().map(Rc::downgrade).collect(),
            connections,
            writing: smol::lock::Mutex::new(()),
        })
    }
}

/// Takes the place where the monitor listens.
///
/// # Errors
///
/// When that cannot be done, and what to do about it.
pub(crate) fn bind(address: SocketAddr) -> Result<tcp::Listener> {
    let limits = tcp::Limits {
        connections: CONNECTIONS,
        per_address: CONNECTIONS,
    };
    tcp::Listener::bind(address, limits).with_context(|| {
        format!("the monitor cannot listen on {address}: give another address in monitor")
    })
}

/// Answers until the daemon ends.
pub(crate) async fn watch(
    executor: Rc<LocalExecutor<'static>>,
    watched: Rc<Watched>,
    listener: tcp::Listener,
    stop: Receiver<()>,
) {
    let late = watched.driver.thread_late();
    let receive = async {
        loop {
            match listener.accept().await {
                Ok(connection) => {
                    let (watched, stop) = (Rc::clone(&watched), stop.clone());
                    executor.spawn(converse(watched, connection, stop)).detach();
                }
                Err(error) => {
                    tracing::error!(%error, "the monitor cannot accept connections");
                    Timer::after(Duration::from_secs(1)).await;
                }
            }
            yield_now().await;
        }
    };
    receive.or(feel(late)).or(ended(&stop)).await;
}

/// Measures how late the thread comes to a timer, for ever.
async fn feel(late: Histogram) {
    loop {
        let due = Instant::now() + LOOK;
        Timer::at(due).await;
        late.observe(due.elapsed().as_secs_f64());
    }
}

async fn converse(watched: Rc<Watched>, connection: tcp::Connection, stop: Receiver<()>) {
    let handler = |exchange: Exchange| {
        let watched = Rc::clone(&watched);
        async move {
            let answer = answer(&watched, &exchange).await;
            // Whoever asks without end must not keep the thread from those who want signatures.
            yield_now().await;
            answer
        }
    };
    let limits = Limits {
        body_bytes: 0,
        ..Limits::default()
    };
    if let Err(error) = serve(connection, limits, handler, ended(&stop)).await {
        tracing::debug!(%error, "a connection to the monitor ended");
    }
}

async fn ended(stop: &Receiver<()>) {
    let _ = stop.recv().await;
}

async fn answer(watched: &Watched, exchange: &Exchange) -> Answer {
    if !matches!(exchange.method, Method::GET | Method::HEAD) {
        return Answer {
            allow: Some("GET, HEAD"),
            ..Answer::empty(StatusCode::METHOD_NOT_ALLOWED)
        };
    }
    let path = exchange.target.as_str();
    if let Some(answer) = watched.page.answer(exchange.header("host"), path) {
        return answer;
    }
    match path {
        "/healthz" => Answer::new(StatusCode::OK, PLAIN, "alive\n"),
        "/readyz" => readiness(&watched.driver),
        "/metrics" => metrics(watched).await,
        _ => Answer::new(
            StatusCode::NOT_FOUND,
            PLAIN,
            "there is /, /healthz, /readyz and /metrics\n",
        ),
    }
}

fn readiness(driver: &Driver) -> Answer {
    let readiness = driver.readiness();
    let status = if readiness.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Answer::new(status, PLAIN, readiness.to_string())
}

/// What takes long of it is done on another thread, so that no signature waits for it.
async fn metrics(watched: &Watched) -> Answer {
    let _turn = watched.writing.lock().await;
    front::see(&watched.listeners, &watched.connections);
    let snapshot = watched.driver.metrics();
    match smol::unblock(move || snapshot.text()).await {
        Ok(text) => Answer::new(StatusCode::OK, METRICS, text),
        Err(error) => {
            tracing::error!(%error, "no metrics");
            Answer::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
