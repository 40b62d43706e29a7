//! The HTTP front end: connections to exchanges, exchanges to requests, replies to answers.

use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;

use smol::channel::{Receiver, Sender};
use smol::future::FutureExt as _;
use smol::{LocalExecutor, Timer};
use tezio_core::limits::HTTP_BODY;
use tezio_core::octez::http as octez;
use tezio_core::policy::Peer;
use tezio_transport_http::{Answer, Body, Exchange, Limits, StatusCode, serve};
use tezio_transport_tcp::{Connection, Listener};

use crate::driver::Driver;

/// Stands for a connection that is still served: the daemon ends when all are dropped.
pub(crate) type Alive = Sender<()>;

/// Serves everybody who connects, until `stop` is closed.
pub(crate) async fn listen(
    executor: Rc<LocalExecutor<'static>>,
    driver: Rc<Driver>,
    listener: Listener,
    idle: Duration,
    stop: Receiver<()>,
    alive: Alive,
) {
    let limits = Limits {
        body_bytes: HTTP_BODY,
        header_timeout: idle,
        ..Limits::default()
    };
    let strangers = Rc::new(Cell::new(0));
    let accept = async {
        loop {
            match listener.accept().await {
                Ok(connection) => {
                    let guest = Guest::new(&driver, &connection, &strangers);
                    let (driver, stop) = (Rc::clone(&driver), stop.clone());
                    let alive = alive.clone();
                    let served = async move {
                        converse(driver, connection, guest, limits, stop).await;
                        drop(alive);
                    };
                    executor.spawn(served).detach();
                }
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections");
                    Timer::after(Duration::from_secs(1)).await;
                }
            }
        }
    };
    accept.or(stopped(&stop)).await;
}

/// Connections from addresses that may not ask are told so, but only a few at a time and for a
/// moment each: the places are for those who may.
const STRANGERS: usize = 4;
const STRANGERS_TIME: Duration = Duration::from_secs(2);

/// How a connection is received.
enum Guest {
    Welcome,
    Stranger(Rc<Cell<usize>>),
    OneTooMany,
}

impl Guest {
    fn new(driver: &Driver, connection: &Connection, strangers: &Rc<Cell<usize>>) -> Self {
        if driver.admits(&Peer::Address(connection.peer().ip())) {
            Self::Welcome
        } else if strangers.get() < STRANGERS {
            strangers.set(strangers.get() + 1);
            Self::Stranger(Rc::clone(strangers))
        } else {
            Self::OneTooMany
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if let Self::Stranger(strangers) = self {
            strangers.set(strangers.get() - 1);
        }
    }
}

/// Serves one connection to its end.
async fn converse(
    driver: Rc<Driver>,
    connection: Connection,
    guest: Guest,
    limits: Limits,
    stop: Receiver<()>,
) {
    let peer = connection.peer();
    let handler = |exchange| answer(Rc::clone(&driver), Peer::Address(peer.ip()), exchange);
    let served = match guest {
        Guest::OneTooMany => return,
        Guest::Welcome => serve(connection, limits, handler, stopped(&stop)).await,
        Guest::Stranger(_) => {
            let enough = async {
                Timer::after(STRANGERS_TIME).await;
            };
            let limits = Limits {
                header_timeout: STRANGERS_TIME,
                body_timeout: STRANGERS_TIME,
                write_timeout: STRANGERS_TIME,
                ..limits
            };
            serve(connection, limits, handler, enough.or(stopped(&stop))).await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

async fn stopped(stop: &Receiver<()>) {
    let _ = stop.recv().await;
}

async fn answer(driver: Rc<Driver>, peer: Peer, exchange: Exchange) -> Answer {
    let body = match &exchange.body {
        Body::Complete(bytes) => Some(bytes.as_slice()),
        Body::TooLong { .. } => None,
    };
    let mut scratch = vec![0; body.map_or(0, <[u8]>::len) / 2];
    let request = octez::read(
        &octez::Exchange {
            method: exchange.method.as_str(),
            target: &exchange.target,
            from_web_page: is_from_web_page(&exchange),
            content_type: exchange.header("content-type"),
            body,
        },
        &mut scratch,
    );
    let waiting = driver.ask(peer, request);
    into_http(&octez::write(&waiting.await))
}

/// Browsers say where a page's requests come from; no client of a signer does.
fn is_from_web_page(exchange: &Exchange) -> bool {
    ["origin", "sec-fetch-site"]
        .iter()
        .any(|name| exchange.headers.contains_key(*name))
}

fn into_http(answer: &octez::Answer) -> Answer {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer {
        allow: answer.allow,
        ..Answer::new(status, answer.content_type, answer.body.as_bytes())
    }
}
