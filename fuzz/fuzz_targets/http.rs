//! Requests over HTTP: path, parameters and body. What is read is what the socket's format says of the
//! same request, what `serde_json` reads of the same body, and what base58 says of the same texts.
//!
//! Input: `<method> <target>\n<content type, or nothing>\n<body>`.

#![no_main]

use tezio_core::limits::HTTP_BODY;
use tezio_core::malformed::Malformed;
use tezio_core::octez::http::{Exchange, read};
use tezio_core::octez::{Authentication, Request, socket};
use tezio_core::tezos::Curve;
use tezio_fuzz::{refused, socket as other, text};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(exchange) = exchange(data) {
        check(&exchange);
    }
});

fn exchange(data: &[u8]) -> Option<Exchange<'_>> {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let (method, target) = core::str::from_utf8(lines.next()?).ok()?.split_once(' ')?;
    let content_type = core::str::from_utf8(lines.next()?).ok()?;
    Some(Exchange {
        method,
        target,
        from_web_page: false,
        content_type: (!content_type.is_empty()).then_some(content_type),
        body: Some(lines.next()?),
    })
}

fn check(exchange: &Exchange<'_>) {
    let body = exchange.body.unwrap_or_default();
    let mut scratch = vec![0; body.len() / 2];
    let request = read(exchange, &mut scratch);
    check_otherwise(exchange, &request);
    match request {
        Request::Malformed(malformed) => refused::check(malformed),
        Request::Sign {
            data,
            authentication,
            ..
        } => {
            check_body(body, data);
            check_authentication(exchange.target, authentication);
        }
        Request::PublicKey { key } | Request::ProvePossession { key } => {
            assert!(exchange.target.contains(key.to_base58().as_str()));
        }
        Request::Hello | Request::AuthorizedKeys | Request::KnownKeys => {}
        Request::DeterministicNonce { .. } | Request::SupportsDeterministicNonces { .. } => {
            panic!("HTTP has no such request");
        }
    }
    check_socket(&request);
}

/// Other circumstances: a web page, a body that was too long, more room, more slashes.
fn check_otherwise(exchange: &Exchange<'_>, request: &Request<'_>) {
    let mut room = vec![0; HTTP_BODY];
    let page = Exchange {
        from_web_page: true,
        ..*exchange
    };
    assert_eq!(
        read(&page, &mut room),
        Request::Malformed(Malformed::WebPage)
    );
    let too_long = Exchange {
        body: None,
        ..*exchange
    };
    assert!(!matches!(read(&too_long, &mut room), Request::Sign { .. }));
    assert_eq!(read(exchange, &mut room), *request);
    let (path, query) = exchange
        .target
        .split_once('?')
        .unwrap_or((exchange.target, ""));
    let target = format!("/{}?{query}", path.replace('/', "//"));
    let slashes = Exchange {
        target: &target,
        ..*exchange
    };
    assert_eq!(read(&slashes, &mut room), *request);
}

fn check_body(body: &[u8], data: &[u8]) {
    let string: String = serde_json::from_slice(body).expect("a JSON string");
    let digits = data.iter().map(|byte| format!("{byte:02x}"));
    assert_eq!(string.to_ascii_lowercase(), digits.collect::<String>());
}

fn check_authentication(target: &str, authentication: Option<Authentication>) {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let mut values = query
        .split('&')
        .filter_map(|item| item.strip_prefix("authentication="));
    let value = values.next();
    assert_eq!(values.next(), None);
    match (value, authentication) {
        (None, None) | (Some(_), Some(Authentication::Foreign)) => {}
        (Some(text), Some(Authentication::Known(read))) => {
            let value = text::parse(text).expect("base58check");
            assert!(value.ends_with(&read.signature.0));
        }
        (Some(text), Some(Authentication::Bls(signature))) => {
            let value = text::parse(text).expect("base58check");
            assert!(value.ends_with(&signature.0));
        }
        other => panic!("{other:?}"),
    }
}

/// The same request in a frame, as far as frames can have it.
fn check_socket(request: &Request<'_>) {
    let Some(payload) = other::payload(request, 0) else {
        return;
    };
    let read = socket::read(&payload);
    match (read, request) {
        (
            Request::Sign {
                key,
                data,
                authentication,
            },
            Request::Sign {
                key: expected_key,
                data: expected_data,
                authentication: expected,
            },
        ) => {
            assert_eq!((key, data), (*expected_key, *expected_data));
            let without_curve = |one: &Authentication| match one {
                Authentication::Known(text) => Authentication::of_any_curve(text.signature),
                Authentication::Bls(_) | Authentication::Foreign => *one,
            };
            assert_eq!(authentication, expected.as_ref().map(without_curve));
            assert!(key.curve() != Curve::Bls12381 || payload[1] == 3);
        }
        (read, expected) => assert_eq!(read, *expected),
    }
}
