//! HTTPS: the same over TLS, with certificates that are changed while the daemon runs, and clients
//! that must show theirs.

use std::fs;

use crate::monitor::{HERE, monitor, samples};
use crate::support::messages::{attestation, operation};
use crate::support::tls_client::{Authority, shown, tls_client, try_tls};
use crate::support::{Configuration, Daemon, Home, TZ1, TZ2, TZ3, assert_signed};

/// An HTTPS entry with these further fields.
fn listening(further: &str) -> Configuration {
    let https = format!(
        "Https(address: \"127.0.0.1:0\", certificate: \"certificate.pem\", key: \"key.pem\", {further})"
    );
    let listen = format!("[{https}, Http(\"127.0.0.1:0\")]");
    Configuration::simulated().with("listen", &listen)
}

/// A daemon with a certificate of this authority.
fn serving(configuration: &Configuration, authority: &Authority) -> (Home, Daemon) {
    let home = Home::new(configuration);
    authority.issue("localhost").write(home.path());
    let daemon = home.start();
    daemon.wait_ready(1);
    (home, daemon)
}

/// A daemon that wants certificates of the authority in `clients`.
fn strict(clients: &Authority, allowed: &str) -> (Authority, Home, Daemon) {
    let authority = Authority::new();
    let configuration = listening("client_authority: \"clients.pem\"");
    let home = Home::new(&configuration.with("allowed_clients", allowed));
    authority.issue("localhost").write(home.path());
    clients.write(&home.path().join("clients.pem"));
    let daemon = home.start();
    daemon.wait_ready(1);
    (authority, home, daemon)
}

#[test]
fn requests_are_signed_and_refused_as_over_http() {
    let authority = Authority::new();
    let (_home, daemon) = serving(&listening(""), &authority);
    let mut client = tls_client(&authority.client(None), daemon.listens("https"));
    for key in [TZ1, TZ2, TZ3] {
        for message in [operation(1), attestation(1, 0, 1)] {
            assert_signed(&key, &message, &client.sign(&key, &message));
        }
        let answer = client.sign(&key, &attestation(1, 0, 2));
        answer.assert_refused(409, "has already been signed with different data");
    }
}

#[test]
fn a_client_that_does_not_know_the_authority_does_not_ask() {
    let (_home, daemon) = serving(&listening(""), &Authority::new());
    let error = try_tls(&Authority::new().client(None), daemon.listens("https")).unwrap_err();
    assert!(error.contains("invalid peer certificate"), "{error}");
}

/// A handshake on the port of HTTP, and HTTP where a handshake is expected.
#[test]
fn the_wrong_protocol_ends_its_own_connection_alone() {
    let authority = Authority::new();
    let (_home, daemon) = serving(&listening(""), &authority);
    let config = authority.client(None);
    try_tls(&config, daemon.address()).unwrap_err();
    let mut plain = crate::support::Client::connect(daemon.listens("https"));
    plain.send(b"GET / HTTP/1.1\r\nhost: signer\r\n\r\n");
    drop(plain);
    let message = operation(1);
    let mut client = tls_client(&config, daemon.listens("https"));
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
}

#[test]
fn where_certificates_are_asked_for_nobody_gets_in_without_one() {
    let clients = Authority::new();
    let (authority, _home, daemon) = strict(&clients, "[]");
    let address = daemon.listens("https");
    let error = try_tls(&authority.client(None), address).unwrap_err();
    assert!(error.contains("CertificateRequired"), "{error}");
    let forged = Authority::new().issue("baker");
    let error = try_tls(&authority.client(Some(&forged)), address).unwrap_err();
    assert!(error.contains("fatal alert"), "{error}");
    let own = clients.issue("baker");
    let mut client = tls_client(&authority.client(Some(&own)), address);
    let message = operation(1);
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
}

#[test]
fn clients_may_be_listed_by_the_names_in_their_certificates() {
    let clients = Authority::new();
    let (authority, _home, daemon) = strict(&clients, r#"["baker.example", "accuser"]"#);
    let address = daemon.listens("https");
    for (name, listed) in [
        ("baker.example", true),
        ("accuser", true),
        ("payouts.example", false),
        ("example", false),
    ] {
        let config = authority.client(Some(&clients.issue(name)));
        let mut client = tls_client(&config, address);
        let message = operation(1);
        let answer = client.sign(&TZ1, &message);
        if listed {
            assert_signed(&TZ1, &message, &answer);
        } else {
            let reason = "requests from 127.0.0.1 with a certificate are not allowed";
            answer.assert_refused(403, reason);
            answer.assert_refused(403, "allowed_clients");
        }
    }
}

/// A name says nothing about an address: both lists must have the client.
#[test]
fn a_listed_name_is_no_way_around_the_addresses() {
    let (clients, authority) = (Authority::new(), Authority::new());
    let configuration = listening("client_authority: \"clients.pem\"")
        .with("allowed_ips", "[\"127.0.0.9\"]")
        .with("allowed_clients", "[\"baker\"]");
    let home = Home::new(&configuration);
    authority.issue("localhost").write(home.path());
    clients.write(&home.path().join("clients.pem"));
    let daemon = home.start();
    let config = authority.client(Some(&clients.issue("baker")));
    let mut client = tls_client(&config, daemon.listens("https"));
    client.get("/").assert_refused(403, "allowed_ips");
}

#[test]
fn a_new_certificate_is_taken_up_and_a_broken_one_is_not() {
    let authority = Authority::new();
    let (home, daemon) = serving(&listening("").with("monitor", HERE), &authority);
    let (config, address) = (authority.client(None), daemon.listens("https"));
    let mut kept = tls_client(&config, address);
    assert_eq!(kept.get("/").status, 200);

    let new = authority.issue("localhost");
    assert_ne!(shown(&config, address), new.shown());
    new.write(home.path());
    daemon.ask_to_reload();
    daemon.log().wait_for("certificate and key read again");
    assert_eq!(shown(&config, address), new.shown());

    fs::write(home.path().join("certificate.pem"), "no certificate").unwrap();
    daemon.ask_to_reload();
    let line = daemon.log().wait_for("those read before stay in force");
    assert!(line.contains("certificate.pem"), "{line}");
    assert_eq!(shown(&config, address), new.shown());

    // The two files are changed one after the other: in between they do not fit.
    let newer = authority.issue("localhost");
    let key = fs::read(home.path().join("key.pem")).unwrap();
    newer.write(home.path());
    fs::write(home.path().join("key.pem"), key).unwrap();
    daemon.ask_to_reload();
    let line = daemon
        .log()
        .wait_for_nth("those read before stay in force", 2);
    assert!(line.contains("key.pem"), "{line}");
    assert_eq!(shown(&config, address), new.shown());
    newer.write(home.path());
    daemon.ask_to_reload();
    daemon
        .log()
        .wait_for_nth("certificate and key read again", 2);
    assert_eq!(shown(&config, address), newer.shown());

    // Those connected stay so.
    let message = operation(1);
    assert_signed(&TZ1, &message, &kept.sign(&TZ1, &message));

    let samples = samples(&mut monitor(&daemon));
    for outcome in ["done", "failed"] {
        let name = format!("tezio_reloads_total{{outcome=\"{outcome}\"}}");
        assert_eq!(samples[&name], 2.0, "{outcome}");
    }
    // The first day of 4096, as the authority has it.
    let expiry = samples["tezio_certificate_expiry_timestamp_seconds"];
    assert_eq!(expiry, 67_090_118_400.0);
}

#[test]
fn an_expired_certificate_is_told_of_until_it_is_replaced() {
    let home = Home::new(&listening(""));
    let authority = Authority::new();
    authority.issue_expired("localhost").write(home.path());
    let daemon = home.start();
    daemon.wait_ready(1);
    let told = "an HTTPS certificate has expired";
    assert!(home.done(&["status"]).contains(told));
    authority.issue("localhost").write(home.path());
    let reloaded = home.done(&["reload"]);
    assert!(reloaded.contains("certificate and key read again"));
    assert!(!home.done(&["status"]).contains(told));
    fs::write(home.path().join("key.pem"), "no key").unwrap();
    let log = home.refused(&["reload"]);
    assert!(log.contains("those read before stay in force"), "{log}");
}

#[test]
fn files_that_cannot_be_used_keep_the_daemon_from_starting() {
    let home = Home::new(&listening(""));
    let log = home.refused(&["run"]);
    assert!(log.contains("certificate.pem"), "{log}");
    Authority::new().issue("localhost").write(home.path());
    fs::write(home.path().join("key.pem"), "no key").unwrap();
    let log = home.refused(&["run"]);
    assert!(log.contains("cannot serve HTTPS"), "{log}");
    assert!(log.contains("key.pem"), "{log}");
}
