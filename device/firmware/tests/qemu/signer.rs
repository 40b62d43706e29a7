//! The real daemon, a process of its own, signing through the image.
//!
//! The daemon's path is in the environment, `TEZIO_SIGNER`.

use core::time::Duration;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use hex_literal::hex;
use serde_json::Value;
use tezio_core::crypto::Verify as _;
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::{Digest, PublicKey, SignatureText};
use tezio_crypto::Verifier;
use tezio_soft_hsm::Holes;

use crate::host::{attestation, profile, sign};
use crate::machine::Machine;
use crate::process::End;

const KEYS: [(&str, &str, u8); 3] = [
    (
        "tz1RecHxwZJmZY4dypq2KmvxKYgUBGJceH1v",
        "edpkv1EQnd7cMykpzKuo8xEnioizPd3nP6YYoyoRyRmVK5Vg7TfsCB",
        1,
    ),
    (
        "tz2Dy8HhPZZqmxVK5hE8Unc66fiWvqY8wFXN",
        "sppk7ck4y4RnCoX32fAZwoKQxrgjGKR9Efb5VzaqUfkHacbAPr1ifG4",
        2,
    ),
    (
        "tz3MyarJihHrejsze59J2Seita7jYWDCJDPe",
        "p2pk66e7HovJkSsM2LdS5pn8DfxG53qRWifpn92PbbcLkD1YwYbaJ7a",
        3,
    ),
];
const MAINNET: [u8; 4] = [0x7a, 0x06, 0xa7, 0x70];
const ATTESTATION: u8 = 0x15;
/// Longer than the daemon takes to find its board, and longer than it gives a request.
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon and its door.
struct Signer {
    process: Child,
    port: u16,
}

impl Signer {
    fn start(folder: &Path, board: &Path) -> Self {
        let port = free_port();
        let configuration = folder.join("config.ron");
        fs::write(&configuration, configuration_of(board, port)).unwrap();
        let command = || {
            let mut command = Command::new(std::env::var_os("TEZIO_SIGNER").unwrap());
            command.stdout(Stdio::null()).current_dir(folder);
            command
        };
        let init = ["watermarks", "init", "--config", "config.ron"];
        assert!(command().args(init).status().unwrap().success());
        let run = ["run", "--config", "config.ron"];
        let process = command().args(run).spawn().unwrap();
        Self { process, port }
    }

    /// Status and body of the answer, asked for until there is a daemon to ask.
    fn ask(&self, key: &str, message: &[u8]) -> (u16, String) {
        let body = format!("\"{}\"", hex::encode(message));
        let length = body.len();
        let request = format!(
            "POST /keys/{key} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status, body.to_owned())
    }

    fn connect(&self) -> TcpStream {
        let begun = Instant::now();
        loop {
            match TcpStream::connect(("127.0.0.1", self.port)) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    return stream;
                }
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        // A daemon that has ended already cannot be ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody has; the daemon takes it right afterwards.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn configuration_of(board: &Path, port: u16) -> String {
    let keys = KEYS.map(|(hash, _, alias)| {
        format!("(hash: \"{hash}\", curve_alias: {alias}, allowed_ops: [0x13], auth_req: false)")
    });
    format!(
        "(listen: [Http(\"127.0.0.1:{port}\")],
          hsm: Serial(port: \"{}\"),
          state: \"state\",
          allowed_ips: [\"127.0.0.1\"],
          keys: [{}],
          high_water_marks: [(chain: \"NetXdQprcVkpaWU\", level: 0, round: 0)],
          lasting_marks: true,
          timeouts: (request_ms: 50000, hsm_reply_ms: 20000))",
        board.display(),
        keys.join(", ")
    )
}

fn on_mainnet(level: u32, round: u32) -> [u8; 80] {
    let mut message = attestation(level, round);
    message[1..5].copy_from_slice(&MAINNET);
    message[37] = ATTESTATION;
    message
}

/// The signature in the daemon's answer, valid for `message` by `key`.
fn signed(answer: &(u16, String), key: &str, message: &[u8]) -> String {
    assert_eq!(answer.0, 200, "{}", answer.1);
    let body: Value = serde_json::from_str(&answer.1).unwrap();
    let text = body["signature"].as_str().unwrap();
    let signature = SignatureText::from_base58(text).unwrap().signature;
    let key = Verifier.prepare(&PublicKey::from_base58(key).unwrap());
    let verdict = Verifier.verify(&key.unwrap(), &Digest::of(message), &signature);
    assert_eq!(verdict, Ok(()));
    text.to_owned()
}

#[test]
fn the_daemon_signs_through_the_image_with_every_curve() {
    let board = "(kinds: (ed25519: [0x13], secp256k1: [0x13], p256: [0x13]))";
    let machine = Machine::start_on(End::Terminal, &profile(board, Holes::Closed));
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::start(folder.path(), machine.path());
    for (hash, key, _) in &KEYS[..2] {
        signed(&signer.ask(hash, &on_mainnet(7, 0)), key, &on_mainnet(7, 0));
    }
    let (baker, key, _) = KEYS[2];
    let first = signed(
        &signer.ask(baker, &on_mainnet(7, 0)),
        key,
        &on_mainnet(7, 0),
    );
    let again = signed(
        &signer.ask(baker, &on_mainnet(7, 0)),
        key,
        &on_mainnet(7, 0),
    );
    assert_eq!(first, again, "from the record, not from the board");
    let mut other = on_mainnet(7, 0);
    other[60] ^= 1;
    assert_ne!(
        signer.ask(baker, &other).0,
        200,
        "the same level, another block"
    );
    signed(
        &signer.ask(baker, &on_mainnet(8, 0)),
        key,
        &on_mainnet(8, 0),
    );
    drop(signer);
    let mut machine = machine.restart();
    let refused = sign(&mut machine, KeyAlias::P256, &on_mainnet(8, 0));
    assert_eq!(
        refused,
        hex!("d4"),
        "the board kept what the daemon asked it to keep"
    );
}
