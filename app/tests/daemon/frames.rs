//! Frames in every shape: together, in pieces, broken, too long and never finished. A fault is
//! answered in words and ends its connection, and silence ends it without.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;

use crate::support::messages::operation;
use crate::support::socket_client::{
    AUTHORIZED_KEYS, KNOWN_KEYS, SocketClient, frame, public_key, sign,
};
use crate::support::{Configuration, Daemon, Home, TZ1, TZ2, TZ3, ready_with};

/// The most that a payload may have, in bytes.
const LONGEST: usize = 36 * 1024;

fn serving() -> (Home, Daemon, SocketClient) {
    serving_with("(connections: 100, connections_per_address: 32, idle_seconds: 30)")
}

fn serving_with(limits: &str) -> (Home, Daemon, SocketClient) {
    let listen = r#"[Tcp("127.0.0.1:0"), Http("127.0.0.1:0")]"#;
    let configuration = Configuration::simulated().with("listen", listen);
    let (home, daemon) = ready_with(&configuration.with("limits", limits));
    let client = SocketClient::tcp(daemon.listens("tcp"));
    (home, daemon, client)
}

/// A request that is sound, and that no Tezio HSM can serve.
fn nonce(address: &str) -> Vec<u8> {
    let mut payload = public_key(address);
    payload[0] = 0x03;
    payload.extend_from_slice(&[0, 0, 0, 0]);
    payload
}

fn signs(client: &mut SocketClient) {
    let message = operation(1);
    let answer = client.ask(&sign(TZ1.address, &message, &[]));
    TZ1.assert_made(&answer.signature(), &message);
}

/// More than is read at a time, and quick answers behind slow ones.
#[test]
fn frames_sent_together_are_answered_one_by_one_in_order() {
    let (_home, _daemon, mut client) = serving();
    let keys = [TZ1, TZ2, TZ3];
    let requests = (0..60).map(|salt| {
        let key = keys[usize::from(salt) % 3];
        let asked = [
            sign(key.address, &operation(salt), &[]),
            public_key(key.address),
            nonce(key.address),
        ];
        asked.map(|payload| frame(&payload)).concat()
    });
    client.send(&requests.collect::<Vec<_>>().concat());
    for salt in 0..60 {
        let key = keys[usize::from(salt) % 3];
        key.assert_made(&client.receive().signature(), &operation(salt));
        let public = client.receive().result().unwrap();
        assert_eq!(public[0], key.tagged()[0]);
        client.receive().assert_refused("no deterministic nonces");
    }
}

#[test]
fn frames_may_come_byte_by_byte() {
    let (_home, _daemon, mut client) = serving();
    let message = operation(1);
    for payload in [
        AUTHORIZED_KEYS.to_vec(),
        KNOWN_KEYS.to_vec(),
        public_key(TZ3.address),
        sign(TZ3.address, &message, &[]),
        nonce(TZ3.address),
    ] {
        let whole = client.ask(&payload);
        for byte in frame(&payload) {
            client.send(&[byte]);
        }
        let answer = client.receive();
        if payload.first() == Some(&0) {
            TZ3.assert_made(&answer.signature(), &message);
        } else {
            assert_eq!(answer, whole);
        }
    }
}

#[test]
fn payloads_that_are_no_request_are_refused_and_end_their_connection_alone() {
    let (_home, daemon, mut bystander) = serving();
    let whole = sign(TZ1.address, &operation(1), &[]);
    let tz4 = sign("tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn", &operation(1), &[]);
    let with = |at: usize, byte| {
        let mut payload = tz4.clone();
        payload[at] = byte;
        payload
    };
    let too_early = "request ends too early";
    for (payload, reason) in [
        (vec![], too_early),
        (vec![0x08], "no such request: tag 0x08"),
        (vec![0x00], too_early),
        (whole[..20].to_vec(), too_early),
        (whole[..whole.len() - 1].to_vec(), too_early),
        ([&whole[..22], &[0xff; 4]].concat(), too_early),
        (
            [&whole[..], &[0; 63]].concat(),
            "authentication is not a signature",
        ),
        ([AUTHORIZED_KEYS, &[0]].concat(), "1 bytes too many"),
        (
            [&public_key(TZ1.address)[..], &[1, 2]].concat(),
            "2 bytes too many",
        ),
        (
            [&[0x01, 0x09], &[0; 20][..]].concat(),
            "not a public key hash",
        ),
        (with(2, 0x00), "not a public key hash"),
        (with(23, 0x04), "version is not 0, 1, 2 or 3"),
        (
            [&[0x07], &tz4[2..23], &[0x01][..]].concat(),
            "presence byte 0x01",
        ),
    ] {
        let mut client = SocketClient::tcp(daemon.listens("tcp"));
        client.ask(&payload).assert_refused(reason);
        assert!(client.is_closed(), "{reason}");
    }
    bystander
        .ask(&sign(TZ1.address, &[], &[]))
        .assert_refused("no data to sign");
    signs(&mut bystander);
}

/// A browser sends such a request without asking: its head is no frame, and its body might be many.
#[test]
fn an_http_request_is_no_way_to_send_frames() {
    let (_home, daemon, _) = serving();
    let message = operation(1);
    for sled in [0, 1] {
        let mut body = vec![0; 0x504f + sled];
        body.extend_from_slice(&frame(&sign(TZ1.address, &message, &[])));
        let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut client = SocketClient::tcp(daemon.listens("tcp"));
        client.send(&[head.as_bytes(), &body].concat());
        client.receive().assert_refused("no such request");
        assert!(client.is_closed());
    }
    assert!(!daemon.log().text().contains("signed"));
}

#[test]
fn every_length_cut_short_is_answered() {
    let (_home, daemon, _) = serving();
    let whole = sign(TZ1.address, &operation(1), &[]);
    for length in 0..whole.len() {
        SocketClient::tcp(daemon.listens("tcp"))
            .ask(&whole[..length])
            .assert_refused("request ends too early");
    }
}

#[test]
fn frames_that_are_too_long_are_passed_over() {
    let (_home, daemon, mut client) = serving();
    for length in [LONGEST + 1, usize::from(u16::MAX)] {
        let mut longer = SocketClient::tcp(daemon.listens("tcp"));
        longer
            .ask(&vec![0; length])
            .assert_refused("larger than 36864 bytes");
        assert!(longer.is_closed());
    }
    let filled = sign(TZ1.address, &vec![3; LONGEST - 26], &[]);
    assert_eq!(filled.len(), LONGEST);
    client
        .ask(&filled)
        .assert_refused("larger than this HSM can sign");
    signs(&mut client);
}

#[test]
fn silence_ends_a_connection_within_a_frame_and_between_two() {
    let (_home, daemon, mut between) =
        serving_with("(connections: 10, connections_per_address: 10, idle_seconds: 1)");
    signs(&mut between);
    let request = frame(&sign(TZ1.address, &operation(1), &[]));
    let mut halves = [0, 1, 2, 20].map(|length| {
        let mut client = SocketClient::tcp(daemon.listens("tcp"));
        client.send(&request[..length]);
        client
    });
    assert!(between.is_closed());
    for half in &mut halves {
        assert!(half.is_closed());
    }
    signs(&mut SocketClient::tcp(daemon.listens("tcp")));
}

/// A byte now and then is no reason to keep a place: the whole frame has the time of one silence.
#[test]
fn a_frame_that_trickles_in_is_not_waited_for() {
    let (_home, daemon, mut slow) =
        serving_with("(connections: 10, connections_per_address: 10, idle_seconds: 1)");
    let request = frame(&sign(TZ1.address, &[3; 60], &[]));
    let sent = request.iter().take_while(|byte| {
        thread::sleep(Duration::from_millis(100));
        slow.try_send(&[**byte]).is_ok()
    });
    assert!(sent.count() < request.len(), "all of it was waited for");
    signs(&mut SocketClient::tcp(daemon.listens("tcp")));
}

#[test]
fn an_end_within_a_frame_is_an_end() {
    let (_home, daemon, client) = serving();
    let request = frame(&sign(TZ1.address, &operation(1), &[]));
    for length in 0..request.len() {
        let mut leaving = SocketClient::tcp(daemon.listens("tcp"));
        leaving.send(&request[..length]);
    }
    drop(client);
    signs(&mut SocketClient::tcp(daemon.listens("tcp")));
}

#[test]
fn idle_connections_and_half_frames_do_not_hold_up_the_end() {
    let (_home, daemon, mut idle) = serving();
    signs(&mut idle);
    let mut half = SocketClient::tcp(daemon.listens("tcp"));
    signs(&mut half);
    half.send(&[0x00, 0x1f, 0x00]);
    let ended = daemon.terminate();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(!ended.log.contains("did not end in time"), "{ended:?}");
    assert!(idle.is_closed() && half.is_closed());
}

/// How many requests a flood has. An honest client is to be answered long before they all are.
const FLOOD: usize = 100_000;

/// A client whose next request is always there already does not keep the daemon to itself.
#[test]
fn a_flood_on_one_connection_leaves_the_others_their_turn() {
    let (_home, daemon, mut honest) = serving();
    let flood = TcpStream::connect(daemon.listens("tcp")).unwrap();
    let (mut requests, mut answers) = (flood.try_clone().unwrap(), flood.try_clone().unwrap());
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        // Both end with the connection, if not before.
        scope.spawn(move || requests.write_all(&frame(AUTHORIZED_KEYS).repeat(FLOOD)));
        scope.spawn(|| {
            let mut answer = [0; 4];
            while answers.read_exact(&mut answer).is_ok() {
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
        while answered.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        for _ in 0..10 {
            signs(&mut honest);
        }
        let count = answered.load(Ordering::Relaxed);
        flood.shutdown(Shutdown::Both).unwrap();
        assert!(count < FLOOD, "the flood came first");
    });
    assert!(daemon.terminate().status.success());
}
