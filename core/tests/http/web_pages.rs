//! A web page in a browser may ask for nothing, whatever it asks for and however.

use tezio_core::malformed::Malformed;
use tezio_core::octez::http::Exchange;
use tezio_core::octez::{Reply, Request};
use tezio_core::verdict::Refusal;

use crate::{KEY, SIGNATURE, read, signing, write};

#[test]
fn a_web_page_is_refused_on_every_route_with_every_method() {
    let key = format!("/keys/{KEY}");
    let authenticated = format!("{key}?authentication={SIGNATURE}");
    let possession = format!("/bls_prove_possession/{KEY}");
    for target in [
        "/",
        &key,
        &authenticated,
        "/keys/nonsense",
        "/authorized_keys",
        "/known_keys",
        &possession,
        "/nowhere",
    ] {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "DELETE"] {
            let exchange = Exchange {
                method,
                from_web_page: true,
                ..signing(target, b"\"03\"")
            };
            let mut scratch = [0; 8];
            let refused = Request::Malformed(Malformed::WebPage);
            assert_eq!(read(&exchange, &mut scratch), refused, "{method} {target}");
        }
    }
}

#[test]
fn a_web_page_is_told_that_it_is_forbidden_and_why() {
    let answer = write(&Reply::Refused(Refusal::Malformed(Malformed::WebPage)));
    assert_eq!((answer.status, answer.allow), (403, None));
    assert!(answer.body.contains("Origin"), "{}", answer.body);
}
