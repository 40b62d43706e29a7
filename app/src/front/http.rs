//! The HTTP front end: connections to exchanges, exchanges to requests, replies to answers.

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
    let accept = async {
        loop {
            match listener.accept().await {
                Ok(connection) => {
                    let served = converse(Rc::clone(&driver), connection, limits, stop.clone());
                    let alive = alive.clone();
                    executor
                        .spawn(async move {
                            served.await;
                            drop(alive);
                        })
                        .detach();
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

/// Serves one connection to its end.
async fn converse(driver: Rc<Driver>, connection: Connection, limits: Limits, stop: Receiver<()>) {
    let peer = connection.peer();
    let handler = |exchange| answer(Rc::clone(&driver), Peer::Address(peer.ip()), exchange);
    if let Err(error) = serve(connection, limits, handler, stopped(&stop)).await {
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
            content_type: exchange.header("content-type"),
            body,
        },
        &mut scratch,
    );
    let waiting = driver.ask(peer, request);
    into_http(&octez::write(&waiting.await))
}

fn into_http(answer: &octez::Answer) -> Answer {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer {
        allow: answer.allow,
        ..Answer::new(status, answer.content_type, answer.body.as_bytes())
    }
}
