//! The HTTP front end: connections to exchanges, exchanges to requests, replies to answers.

use core::time::Duration;
use std::rc::Rc;

use smol::Timer;
use smol::future::FutureExt as _;
use smol::io::{AsyncRead, AsyncWrite};
use tezio_core::limits::HTTP_BODY;
use tezio_core::octez::http as octez;
use tezio_transport_http::{Answer, Body, Exchange, Limits, StatusCode, serve};

use super::guest::STRANGERS_TIME;
use super::{Guest, Hall};
use crate::asked::Client;

/// Serves one connection to its end.
pub(super) async fn converse<S>(hall: Rc<Hall>, connection: S, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let peer = client.peer;
    let guest = Guest::receive(&hall, client.front, &peer);
    let handler = |exchange| answer(Rc::clone(&hall), client, exchange);
    let served = match guest {
        Guest::OneTooMany => return,
        Guest::Welcome => serve(connection, limits(hall.idle), handler, hall.stopped()).await,
        Guest::Stranger(_) => {
            let enough = async {
                Timer::after(STRANGERS_TIME).await;
            };
            let stop = enough.or(hall.stopped());
            serve(connection, limits_of_strangers(), handler, stop).await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

fn limits(idle: Duration) -> Limits {
    Limits {
        body_bytes: HTTP_BODY,
        header_timeout: idle,
        ..Limits::default()
    }
}

fn limits_of_strangers() -> Limits {
    Limits {
        body_timeout: STRANGERS_TIME,
        write_timeout: STRANGERS_TIME,
        ..limits(STRANGERS_TIME)
    }
}

async fn answer(hall: Rc<Hall>, client: Client, exchange: Exchange) -> Answer {
    let body = match &exchange.body {
        Body::Complete(bytes) => Some(bytes.as_slice()),
        Body::TooLong { .. } => None,
    };
    let mut scratch = vec![0; body.map_or(0, <[u8]>::len) / 2];
    let request = octez::read(
        &octez::Exchange {
            method: exchange.method.as_str(),
            target: behind(&hall.http_prefix, &exchange.target),
            from_web_page: is_from_web_page(&exchange),
            content_type: exchange.header("content-type"),
            body,
        },
        &mut scratch,
    );
    let waiting = hall.driver.ask(client, request).await;
    into_http(&octez::write(&waiting.await))
}

/// The target behind the prefix, if it has it; a proxy may have taken it off.
fn behind<'t>(prefix: &str, target: &'t str) -> &'t str {
    match target.strip_prefix(prefix) {
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) | None => target,
    }
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
