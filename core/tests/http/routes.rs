//! Paths and methods.

use tezio_core::malformed::Malformed;
use tezio_core::octez::Request;
use tezio_core::octez::http::Exchange;

use crate::{KEY, data, getting, key, read, signing};

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get",
];

fn read_target(method: &str, target: &str) -> Request<'static> {
    let exchange = Exchange {
        method,
        ..getting(target)
    };
    read(&exchange, &mut [])
}

#[test]
fn every_route_is_read() {
    let key = key();
    for (target, request) in [
        ("/", Request::Hello),
        ("", Request::Hello),
        ("/?a=b", Request::Hello),
        ("/authorized_keys", Request::AuthorizedKeys),
        ("/authorized_keys/", Request::AuthorizedKeys),
        ("/known_keys", Request::KnownKeys),
        ("/known_keys?a=b", Request::KnownKeys),
        (
            &format!("/bls_prove_possession/{KEY}"),
            Request::ProvePossession { key },
        ),
        (
            &format!("/bls_prove_possession/{KEY}?override_pk=x"),
            Request::ProvePossession { key },
        ),
        (&format!("/keys/{KEY}"), Request::PublicKey { key }),
        (&format!("//keys/{KEY}"), Request::PublicKey { key }),
        (&format!("/keys//{KEY}/"), Request::PublicKey { key }),
        (
            &format!("/keys/{KEY}?version=7"),
            Request::PublicKey { key },
        ),
    ] {
        for method in ["GET", "HEAD"] {
            assert_eq!(read_target(method, target), request, "{method} {target}");
        }
    }
}

#[test]
fn other_paths_are_refused() {
    for target in [
        "/keys",
        "/keys/",
        &format!("/keys/{KEY}/more"),
        "/known_keys/more",
        "/authorized_keys/more",
        "/bls_prove_possession",
        &format!("/bls_prove_possession/{KEY}/more"),
        &format!("/Keys/{KEY}"),
        &format!("http://signer/keys/{KEY}"),
        "*",
        "/../keys",
    ] {
        let request = read_target("GET", target);
        assert_eq!(request, Request::Malformed(Malformed::Path), "{target}");
    }
}

#[test]
fn other_methods_are_told_which_there_are() {
    for method in METHODS {
        for (target, allow) in [
            ("/", "GET, HEAD"),
            ("/authorized_keys", "GET, HEAD"),
            ("/known_keys", "GET, HEAD"),
            (&format!("/bls_prove_possession/{KEY}"), "GET, HEAD"),
            (&format!("/keys/{KEY}"), "GET, HEAD, POST"),
            ("/keys/nonsense", "GET, HEAD, POST"),
        ] {
            if allow.split(", ").all(|allowed| allowed != method) {
                let request = read_target(method, target);
                let refused = Malformed::Method { allow };
                assert_eq!(request, Request::Malformed(refused), "{method} {target}");
            }
        }
    }
}

#[test]
fn a_path_whose_last_part_is_no_address_is_refused() {
    let mistyped = KEY.replace("So", "Sp");
    for part in [
        "nonsense",
        "tz1",
        &mistyped,
        &KEY[..35],
        "sr1Ghq66tYK9y3r8CC1Tf8i8m5nxh8nTvZEf",
        "tz1SodoUsWVe1Yey9eMFbqRUtNpBWfir5NR%72",
    ] {
        let target = format!("/keys/{part}");
        let refused = Request::Malformed(Malformed::KeyHash);
        assert_eq!(read_target("GET", &target), refused, "{part}");
        assert_eq!(data(&signing(&target, b"\"03\"")), Err(Malformed::KeyHash));
        let target = format!("/bls_prove_possession/{part}");
        assert_eq!(read_target("GET", &target), refused, "{part}");
    }
}

#[test]
fn content_types_other_than_json_are_refused() {
    let target = format!("/keys/{KEY}");
    let typed = |content_type| Exchange {
        content_type,
        ..signing(&target, b"\"03\"")
    };
    for json in [
        None,
        Some("application/json"),
        Some("Application/JSON"),
        Some("application/json; charset=utf-8"),
        Some(" application/json ;"),
    ] {
        assert_eq!(data(&typed(json)), Ok(vec![3]), "{json:?}");
    }
    for other in [
        "",
        "text/plain",
        "application/bson",
        "application/jsonp",
        "json",
        ";",
    ] {
        let refused = Err(Malformed::ContentType);
        assert_eq!(data(&typed(Some(other))), refused, "{other}");
    }
}
