//! The monitor tells the truth: alive, ready or what is in the way.

use std::collections::BTreeMap;
use std::process::Command;

use crate::support::messages::attestation;
use crate::support::{
    Client, Configuration, Daemon, Home, Simulator, TZ3, assert_signed, ready_with,
};

pub(crate) const HERE: &str = r#""127.0.0.1:0""#;

pub(crate) fn monitor(daemon: &Daemon) -> Client {
    let line = daemon.log().wait_for("monitor=");
    let (_, address) = line.rsplit_once("monitor=").unwrap();
    Client::connect(address.trim().parse().unwrap())
}

/// The samples of /metrics, each line's value by its name and labels.
pub(crate) fn samples(monitor: &mut Client) -> BTreeMap<String, f64> {
    let answer = monitor.get("/metrics");
    assert_eq!(answer.status, 200);
    let lines = answer.body.lines().filter(|line| !line.starts_with('#'));
    let pair = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(pair).collect()
}

#[test]
fn without_a_board_it_is_alive_and_not_ready_and_says_why() {
    let link = tempfile::tempdir().unwrap();
    let path = link.path().join("board");
    let home = Home::new(&Configuration::serial(&path).with("monitor", HERE));
    home.init();
    let daemon = home.start();
    let mut monitor = monitor(&daemon);
    assert_eq!(monitor.get("/healthz").status, 200);
    let answer = monitor.get("/readyz");
    assert_eq!(answer.status, 503);
    let missing = format!("no HSM serves {}", TZ3.address);
    assert!(answer.body.contains(&missing), "{}", answer.body);
    assert!(answer.body.contains("HSM not connected"), "{}", answer.body);

    let mut board = Simulator::linked("latency: Instant", &path);
    daemon.wait_ready(1);
    let answer = monitor.get("/readyz");
    assert_eq!((answer.status, answer.body.as_str()), (200, "ready\n"));

    std::fs::remove_file(&path).unwrap();
    board.kill();
    daemon.log().wait_for("HSM port lost");
    assert_eq!(monitor.get("/readyz").status, 503);
    let metrics = samples(&mut monitor);
    assert_eq!(metrics["tezio_hsm_ready{hsm=\"hsm\"}"], 0.0);
    assert_eq!(
        metrics["tezio_hsm_events_total{event=\"ready\",hsm=\"hsm\"}"],
        1.0
    );
}

#[test]
fn it_takes_nothing_and_shows_no_signature() {
    let (_home, daemon) = ready_with(&Configuration::simulated().with("monitor", HERE));
    let message = attestation(7, 0, 1);
    let signature = assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    let mut monitor = monitor(&daemon);
    for path in ["/keys", &TZ3.path(), "/authorized_keys", "/page/page.js"] {
        assert_eq!(monitor.get(path).status, 404, "{path}");
    }
    assert_eq!(monitor.post(&TZ3.path(), "\"03\"").status, 405);
    let mut monitor = self::monitor(&daemon);
    let text = monitor.get("/metrics").body;
    assert!(!text.contains(&signature));
}

/// Another page must not read it through a name of its own that leads here; whoever watches comes by
/// any name.
#[test]
fn the_page_is_for_addresses_and_names_that_are_listed() {
    let listed = Configuration::simulated()
        .with("monitor", HERE)
        .with("monitor_names", "[\"baker.lan\"]");
    let (_home, daemon) = ready_with(&listed);
    let mut monitor = monitor(&daemon);
    let mut ask = |path: &str, host: &str| {
        monitor.send(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes());
        monitor.receive()
    };
    for path in ["/", "/page.css", "/page.js", "/icon.svg", "/status.json"] {
        for host in [
            "127.0.0.1:9632",
            "[::1]:9632",
            "localhost",
            "Baker.LAN:9632",
        ] {
            assert_eq!(ask(path, host).status, 200, "{path} of {host}");
        }
        let refused = ask(path, "rebound.example");
        assert_eq!(refused.status, 421, "{path}");
        assert!(refused.body.contains("monitor_names"), "{}", refused.body);
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(ask(path, "prometheus.example").status, 200, "{path}");
    }
}

#[test]
fn what_browsers_get_is_shut_off_from_everything_else() {
    let (_home, daemon) = ready_with(&Configuration::simulated().with("monitor", HERE));
    let mut monitor = monitor(&daemon);
    for (path, kind) in [
        ("/", "text/html"),
        ("/page.css", "text/css"),
        ("/page.js", "text/javascript"),
        ("/status.json", "application/json"),
    ] {
        monitor.send(format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").as_bytes());
        let answer = monitor.receive();
        let field = |name: &str| {
            answer
                .header(name)
                .unwrap_or_else(|| panic!("{path}: {name}"))
        };
        assert!(field("content-type").starts_with(kind), "{path}");
        let policy = field("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'));
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(field("x-content-type-options"), "nosniff");
        assert_eq!(field("referrer-policy"), "no-referrer");
        assert_eq!(field("cache-control"), "no-store");
    }
}

/// Readers that never read fill their connections, and the signer has other things to do.
#[test]
fn browsers_that_do_not_read_hold_up_no_signature() {
    let (_home, daemon) = ready_with(&Configuration::simulated().with("monitor", HERE));
    let mut deaf: Vec<_> = (0..16).map(|_| monitor(&daemon)).collect();
    let asked = "GET /status.json HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".repeat(50);
    for reader in &mut deaf {
        reader.send(asked.as_bytes());
    }
    let mut client = daemon.client();
    for level in 1..20 {
        let message = attestation(level, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

#[test]
fn the_log_of_a_service_is_json_with_a_field_for_everything() {
    let home = Home::new(&Configuration::simulated());
    let command = home.command(&["run"]);
    let mut service = Command::new("env");
    service
        .arg("TEZIO_LOG_FORMAT=json")
        .arg(command.get_program());
    let daemon = Daemon::start(service.args(command.get_args()));
    let message = attestation(7, 1, 1);
    let signature = assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
    let line = daemon.log().wait_for("\"signed\"");
    let fields: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(fields["key"], TZ3.address);
    assert_eq!(
        fields["what"],
        "attestation at level 7 round 1 on NetXnHfVqm9iesp"
    );
    for phase in ["ms", "check", "queue", "hsm", "verify", "store"] {
        assert!(fields[phase].is_number(), "{phase}: {line}");
    }
    assert!(!daemon.log().text().contains(&signature));
}
