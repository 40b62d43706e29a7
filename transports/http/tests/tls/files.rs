//! Files that do not do, each with its own words; and one that does, but not for long.

use core::time::Duration;
use std::fs;
use std::io::{self, ErrorKind};
use std::time::SystemTime;

use rcgen::date_time_ymd;
use tezio_transport_http::tls::Acceptor;

use crate::authority::{Authority, Folder, Identity, named, server};

/// The kind and the text of what loading ends with; the text names the file.
fn fault(loaded: io::Result<Acceptor>, file: &str) -> (ErrorKind, String) {
    let error = loaded.expect_err("refused");
    let text = error.to_string();
    assert!(text.contains(file), "{text}");
    (error.kind(), text)
}

#[test]
fn a_missing_file_is_named() {
    for name in ["certificate.pem", "key.pem", "roots.pem"] {
        let (authority, folder) = server();
        folder.write("roots.pem", &authority.pem);
        fs::remove_file(folder.path(name)).expect("ours");
        let (kind, _) = fault(folder.strict_acceptor(), name);
        assert_eq!(kind, ErrorKind::NotFound);
    }
}

#[test]
fn what_is_not_pem_is_said_to_hold_nothing() {
    for (name, missing) in [
        ("certificate.pem", "no certificate"),
        ("key.pem", "no private key"),
        ("roots.pem", "no certificate"),
    ] {
        let (authority, folder) = server();
        folder.write("roots.pem", &authority.pem);
        for content in ["", "\u{0}\u{1}", "certificate"] {
            folder.write(name, content);
            let (kind, text) = fault(folder.strict_acceptor(), name);
            assert_eq!(kind, ErrorKind::InvalidData);
            assert!(text.contains(missing), "{text}");
        }
    }
}

#[test]
fn damaged_pem_is_said_to_be() {
    for name in ["certificate.pem", "key.pem"] {
        let (_, folder) = server();
        let whole = fs::read_to_string(folder.path(name)).expect("ours");
        let half = &whole[..whole.len() / 2];
        for content in [half, &whole.replace("\nMI", "\n*!")] {
            folder.write(name, content);
            let (kind, text) = fault(folder.acceptor(), name);
            assert_eq!(kind, ErrorKind::InvalidData);
            assert!(text.contains("damaged"), "{text}");
        }
    }
}

#[test]
fn pem_around_something_else_is_no_certificate() {
    let (_, folder) = server();
    folder.write(
        "certificate.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    let (kind, _) = fault(folder.acceptor(), "certificate.pem");
    assert_eq!(kind, ErrorKind::InvalidData);
}

#[test]
fn a_key_of_another_certificate_is_said_to_be() {
    let (authority, folder) = server();
    folder.write("key.pem", &authority.server().key);
    let (kind, text) = fault(folder.acceptor(), "key.pem");
    assert_eq!(kind, ErrorKind::InvalidData);
    assert!(text.contains("not the key of the certificate"), "{text}");
    assert!(text.contains("certificate.pem"), "{text}");
}

#[test]
fn a_key_under_a_passphrase_is_said_to_be() {
    let (_, folder) = server();
    let key = fs::read_to_string(folder.path("key.pem")).expect("ours");
    let sealed = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    folder.write("key.pem", &sealed);
    let (_, text) = fault(folder.acceptor(), "key.pem");
    assert!(text.contains("passphrase"), "{text}");
}

#[test]
fn a_chain_is_valid_while_all_of_it_is() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let mut params = named("signer");
    (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1));
    let Identity { certificate, key } = authority.issue(&params);
    folder.write("key.pem", &key);
    folder.write(
        "certificate.pem",
        &format!("{certificate}{}", authority.pem),
    );
    let acceptor = folder.acceptor().expect("expired, and still a certificate");
    let validity = acceptor.validity();
    let day = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400);
    assert_eq!((validity.from, validity.until), (day(10_957), day(11_323)));
}

#[test]
fn no_key_is_shown_with_the_acceptor() {
    let (_, folder) = server();
    let shown = format!("{:?}", folder.acceptor().expect("whole"));
    assert!(shown.contains("key.pem"), "{shown}");
    let key = fs::read_to_string(folder.path("key.pem")).expect("ours");
    let secret = key.lines().nth(1).expect("its first line");
    assert!(!shown.contains(secret), "{shown}");
}
