//! An address that may not ask learns nothing but that.

use core::net::{IpAddr, Ipv4Addr};

use crate::support::messages::operation;
use crate::support::{Client, Configuration, Daemon, TZ1, assert_signed, ready, ready_with};

const NEIGHBOUR: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

fn neighbour(daemon: &Daemon) -> Client {
    Client::connect_from(NEIGHBOUR, daemon.address())
}

#[test]
fn an_address_that_is_not_listed_gets_the_same_answer_to_everything() {
    let (_home, daemon) = ready();
    let unknown = "/keys/tz3ZxowXGSjiVq227GQcwKdz87rKhq62rY4t";
    let key = TZ1.path();
    let reason = "requests from 127.0.0.2 are not allowed";
    for path in [
        "/",
        "/authorized_keys",
        &key,
        unknown,
        "/garbage",
        "/keys/garbage",
    ] {
        // They are not heard for long: a connection for each path.
        let mut client = neighbour(&daemon);
        client.get(path).assert_refused(403, reason);
        client.post(path, "\"03\"").assert_refused(403, reason);
        client.post(path, "garbage").assert_refused(403, reason);
    }
    let mut client = neighbour(&daemon);
    client.send_post(&key, &"0".repeat(100_000));
    client.receive().assert_refused(403, reason);
    let message = operation(1);
    assert_signed(&TZ1, &message, &daemon.client().sign(&TZ1, &message));
}

/// The places are for those who may ask: of the others a few are told so, the rest are cut off.
#[test]
fn addresses_that_are_not_listed_take_few_places_and_not_for_long() {
    let limits = "(connections: 8, connections_per_address: 8, idle_seconds: 3600)";
    let (_home, daemon) = ready_with(&Configuration::simulated().with("limits", limits));
    let strangers = (0..8).map(|_| neighbour(&daemon)).collect::<Vec<_>>();
    let mut honest = daemon.client();
    let message = operation(1);
    assert_signed(&TZ1, &message, &honest.sign(&TZ1, &message));
    for mut stranger in strangers {
        assert!(stranger.is_closed());
    }
}

#[test]
fn ranges_of_addresses_may_be_listed() {
    for (listed, status) in [
        (r#"["127.0.0.0/8"]"#, 200),
        (r#"["127.0.0.2/32", "10.0.0.0/8"]"#, 200),
        (r#"["127.0.0.0/31"]"#, 403),
        (r#"["::1", "10.0.0.0/8"]"#, 403),
    ] {
        let (_home, daemon) = ready_with(&Configuration::simulated().with("allowed_ips", listed));
        assert_eq!(neighbour(&daemon).get("/").status, status, "{listed}");
    }
}

#[test]
fn with_the_check_switched_off_everybody_may_ask_and_the_log_says_so() {
    let configuration = Configuration::simulated().with("security", "(remote_ip_check: false)");
    let (_home, daemon) = ready_with(&configuration);
    let message = operation(1);
    assert_signed(&TZ1, &message, &neighbour(&daemon).sign(&TZ1, &message));
    daemon.log().wait_for("remote_ip_check is off");
}
