//! The monitor: a listener of its own, where whoever watches the signer looks. It asks for nothing
//! and changes nothing.
//!
//! ```text
//! GET /healthz       200 while the program's one thread turns
//! GET /readyz        200 when every key can be signed with; 503 and what is in the way
//! GET /metrics       for Prometheus
//! GET /status.json   what is going on
//! ```

mod page;

use core::net::SocketAddr;
use core::time::Duration;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use smol::channel::Receiver;
use smol::future::{FutureExt as _, yield_now};
use smol::{LocalExecutor, Timer};
use tezio_transport_http::{Answer, Exchange, Limits, Method, StatusCode, serve};
use tezio_transport_tcp as tcp;

use crate::driver::Driver;

/// Prometheus, a dashboard, a load balancer, and somebody with curl.
const CONNECTIONS: usize = 16;

const PLAIN: &str = "text/plain; charset=utf-8";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

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
    driver: Rc<Driver>,
    (listener, names): (tcp::Listener, Rc<[String]>),
    stop: Receiver<()>,
) {
    let receive = async {
        loop {
            match listener.accept().await {
                Ok(connection) => {
                    let (driver, names) = (Rc::clone(&driver), Rc::clone(&names));
                    let served = converse(driver, names, connection, stop.clone());
                    executor.spawn(served).detach();
                }
                Err(error) => {
                    tracing::error!(%error, "the monitor cannot accept connections");
                    Timer::after(Duration::from_secs(1)).await;
                }
            }
            yield_now().await;
        }
    };
    receive.or(ended(&stop)).await;
}

async fn converse(
    driver: Rc<Driver>,
    names: Rc<[String]>,
    connection: tcp::Connection,
    stop: Receiver<()>,
) {
    let handler = |exchange: Exchange| {
        let (driver, names) = (Rc::clone(&driver), Rc::clone(&names));
        async move {
            let answer = answer(&driver, &names, &exchange);
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

fn answer(driver: &Driver, names: &[String], exchange: &Exchange) -> Answer {
    if !matches!(exchange.method, Method::GET | Method::HEAD) {
        return Answer {
            allow: Some("GET, HEAD"),
            ..Answer::empty(StatusCode::METHOD_NOT_ALLOWED)
        };
    }
    let path = exchange.target.as_str();
    if let Some(answer) = page::answer(driver, (exchange.header("host"), names), path) {
        return answer;
    }
    match path {
        "/healthz" => Answer::new(StatusCode::OK, PLAIN, "alive\n"),
        "/readyz" => readiness(driver),
        "/metrics" => metrics(driver),
        _ => Answer::new(
            StatusCode::NOT_FOUND,
            PLAIN,
            "there is /status.json, /healthz, /readyz and /metrics\n",
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

fn metrics(driver: &Driver) -> Answer {
    match driver.metrics() {
        Ok(text) => Answer::new(StatusCode::OK, METRICS, text),
        Err(error) => {
            tracing::error!(%error, "no metrics");
            Answer::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
