//! Octez' requests on sockets: what is read can be written again, byte for byte, and is nothing else when
//! it is cut or goes on.
//!
//! Input: a payload.

#![no_main]

use tezio_core::octez::{Request, socket};
use tezio_fuzz::{refused, socket as other};

/// Where the signing version of a request for a tz4 key stands.
const VERSION_AT: usize = 23;

libfuzzer_sys::fuzz_target!(|payload: &[u8]| {
    let request = socket::read(payload);
    if let Request::Malformed(malformed) = request {
        return refused::check(malformed);
    }
    let version = payload.get(VERSION_AT).copied().unwrap_or(0);
    if let Some(written) = other::payload(&request, version) {
        assert_eq!(written, payload);
    }
    check_cuts(payload, &request);
    let longer = [payload, &[0]].concat();
    assert_ne!(socket::read(&longer), request);
});

/// A payload that is cut is no request, unless what is cut off is a signature over it or a part of one.
fn check_cuts(payload: &[u8], request: &Request<'_>) {
    let cuts = (0..payload.len())
        .rev()
        .take(300)
        .chain(0..payload.len().min(60));
    for cut in cuts {
        let same = match (socket::read(&payload[..cut]), request) {
            (Request::Malformed(_), _) => true,
            (
                Request::Sign { key, data, .. },
                Request::Sign {
                    key: whole_key,
                    data: whole_data,
                    authentication: Some(_),
                },
            ) => key == *whole_key && data == *whole_data,
            (
                Request::DeterministicNonce { key },
                Request::DeterministicNonce { key: whole_key },
            ) => key == *whole_key,
            _ => false,
        };
        assert!(same, "cut to {cut}");
    }
}
