//! The query of a signing request: authentication and version, each once, others ignored.

use hex_literal::hex;
use tezio_core::malformed::Malformed;
use tezio_core::octez::{Authentication, Request};
use tezio_core::tezos::{BlsSignature, SignatureText};

use crate::{KEY, SIGNATURE, data, read, signing};

/// Octez' signature of 03deadbeef with a tz4 key.
const BLS_SIGNATURE: &str = "BLsigB6n3rJuMpxmp4A4SnDXDEYbmV62DocMQdZU4rPjsMpWW8tBDHsyZaR4jtmwwpK7oAeBnVzFTkpcEWFP3deaRmA8TPyhh1vATiLZeScmcNVCM1Wu7sjtiap7J1Lx3kfX3qpqHesMGt";

fn query(query: &str) -> Result<Vec<u8>, Malformed> {
    data(&signing(&format!("/keys/{KEY}?{query}"), b"\"03\""))
}

fn authentication(query: &str) -> Option<Authentication> {
    let target = format!("/keys/{KEY}?{query}");
    let mut scratch = [0; 8];
    let Request::Sign { authentication, .. } = read(&signing(&target, b"\"03\""), &mut scratch)
    else {
        panic!("{query}");
    };
    authentication
}

#[test]
fn an_authentication_is_read_wherever_it_stands() {
    let text = SignatureText::from_base58(SIGNATURE).unwrap();
    let expected = Some(Authentication::Known(text));
    for text in [
        format!("authentication={SIGNATURE}"),
        format!("authentication={SIGNATURE}&version=3"),
        format!("version=3&authentication={SIGNATURE}"),
        format!("&&authentication={SIGNATURE}&"),
    ] {
        assert_eq!(authentication(&text), expected, "{text}");
    }
}

#[test]
fn a_signature_of_a_tz4_key_is_read_in_full() {
    let bytes = hex!(
        "a9056674a76809fe662cdf1bdc6ee851076bccb4831cbafec6cf1c56082ce20f5286b4eb00271d2d
         fd694a68c1a6f7a810d56364267ac024afbb3eb89a0a1d08d203502db1187ff1de2c454c94d665ca
         8b7632c0fba3d2de567fa5780b2a6db9"
    );
    let read = authentication(&format!("version=3&authentication={BLS_SIGNATURE}"));
    assert_eq!(read, Some(Authentication::Bls(BlsSignature(bytes))));
    let mistyped = BLS_SIGNATURE.replace("BLsigB6", "BLsigB7");
    for value in [&BLS_SIGNATURE[..141], &mistyped, "BLsig", "BLsig1"] {
        let refused = Err(Malformed::Authentication);
        assert_eq!(query(&format!("authentication={value}")), refused);
    }
}

/// Sound, by a kind of key that nobody has here: whether it matters, the policy says.
#[test]
fn a_signature_of_a_tz5_key_is_foreign() {
    let read = authentication("authentication=mdsig1");
    assert_eq!(read, Some(Authentication::Foreign));
}

#[test]
fn without_an_authentication_there_is_none() {
    for text in [
        "",
        "version=3",
        "authentication",
        "Authentication=x",
        "xauthentication=x",
    ] {
        assert_eq!(authentication(text), None, "{text}");
    }
}

#[test]
fn what_is_no_signature_is_no_authentication() {
    let mistyped = SIGNATURE.replace("edsigtm", "edsigtn");
    for value in ["", "x", KEY, &SIGNATURE[..98], &mistyped, "a=b"] {
        let refused = Err(Malformed::Authentication);
        assert_eq!(
            query(&format!("authentication={value}")),
            refused,
            "{value}"
        );
    }
}

#[test]
fn versions_that_exist_are_taken_and_others_refused() {
    for version in ["0", "1", "2", "3"] {
        assert_eq!(query(&format!("version={version}")), Ok(vec![3]));
    }
    for version in ["", "4", "-1", "03", "1 ", "x", "1=1", "%31"] {
        let refused = Err(Malformed::Version);
        assert_eq!(query(&format!("version={version}")), refused, "{version}");
    }
}

#[test]
fn parameters_that_decide_may_be_given_once() {
    let twice = format!("authentication={SIGNATURE}&authentication={SIGNATURE}");
    assert_eq!(query(&twice), Err(Malformed::Twice("authentication")));
    assert_eq!(
        query("version=1&version=1"),
        Err(Malformed::Twice("version"))
    );
    assert_eq!(
        query("version=1&version="),
        Err(Malformed::Twice("version"))
    );
}

#[test]
fn unknown_parameters_are_ignored_however_often_they_come() {
    assert_eq!(query("a=1&a=2&&b&=c&version=3"), Ok(vec![3]));
}
