//! What a signature costs in calls to the allocator: the whole daemon on one thread, whose calls alone are
//! counted; its board and its client have threads of their own.
//!
//! Two runs, one with more signatures: what starting and ending take is in both. The log is off, as in all
//! tests of this kind; it makes a few more. The core makes none, which its own tests count.
//!
//! Of those that are left, with a socket: two for the text of what is signed, one for the packet on its way
//! to the port, three for waiting at channels, three for the audit log's entry, and two each time that the
//! reactor wakes the thread, which load can make more often. HTTP adds ten, most of them hyper's.

use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rustix::process::{Signal, getpid, kill_process};
use smol::future::FutureExt as _;
use tezio_core::tezos::PublicKeyHash;
use tezio_soft_hsm_pty::{SoftHsm, profile_from_ron};

use super::run;
use crate::config::Config;
use crate::journal::Journal;
use crate::state::{Marks, StateDirectory};

const KEY: &str = "tz3MyarJihHrejsze59J2Seita7jYWDCJDPe";
const PATIENCE: Duration = Duration::from_secs(30);

/// More than it has been seen to take, by what a few more wake-ups take.
const MOST_OVER_HTTP: u64 = 36;
const MOST_OVER_TCP: u64 = 24;

const CHAIN: &str = "af1864d9";

/// How a client asks, and how the last bytes of a signature look.
struct Door {
    listen: &'static str,
    request: fn(&[u8]) -> Vec<u8>,
    /// Whether all of an answer is there: a signature.
    is_signed: fn(&[u8]) -> bool,
}

const HTTP: Door = Door {
    listen: "Http",
    request: |message| {
        let body = format!("\"{}\"", hex::encode(message));
        let length = body.len();
        format!(
            "POST /keys/{KEY} HTTP/1.1\r\nHost: signer\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    },
    is_signed: |answer| answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"\"}\n"),
};

const TCP: Door = Door {
    listen: "Tcp",
    request: |message| {
        let key = PublicKeyHash::from_base58(KEY).unwrap();
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        let payload = [&[0], &key.tagged()[..], &length, message].concat();
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[..], &payload].concat()
    },
    is_signed: |answer| answer.len() > 64 && answer[2] == 0,
};

/// An attestation of this level, round 0.
fn attestation(level: u32) -> Vec<u8> {
    let hash = "5c".repeat(32);
    let text = format!("13{CHAIN}{hash}150000{level:08x}00000000{hash}");
    hex::decode(text).unwrap()
}

/// Asks for signatures of these levels, one after the other.
fn sign(door: &Door, address: &str, signatures: u32) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0; 1024];
    for level in 1..=signatures {
        stream
            .write_all(&(door.request)(&attestation(level)))
            .unwrap();
        let mut length = 0;
        while !(door.is_signed)(&answer[..length]) {
            let read = stream.read(&mut answer[length..]).unwrap();
            assert_ne!(read, 0, "{:?}", answer[..length].escape_ascii());
            length += read;
        }
    }
}

/// A board on a pseudo-terminal, whose path it tells, until its owner drops the other end.
fn board(path: &Sender<String>, unplugged: smol::channel::Receiver<()>) {
    let soft = SoftHsm::open(&profile_from_ron("(latency: Instant)").unwrap()).unwrap();
    path.send(soft.path().display().to_string()).unwrap();
    let unplugged = async {
        let _ = unplugged.recv().await;
        Ok(())
    };
    smol::block_on(soft.run().or(unplugged)).unwrap();
}

fn config(door: &Door, port: &str, folder: &Path) -> Config {
    let listen = door.listen;
    let text = format!(
        r#"(
            listen: [{listen}("127.0.0.1:0")],
            hsm: Serial(port: "{port}"),
            state: "state",
            allowed_ips: ["127.0.0.1"],
            keys: [(hash: "{KEY}", curve_alias: 3, allowed_ops: [0x13], auth_req: false)],
            high_water_marks: [(chain: "NetXnHfVqm9iesp", level: 0)],
        )"#
    );
    let config = Config::parse(&text, folder).unwrap();
    let state = StateDirectory::create(&config.state, Marks::Board).unwrap();
    let mut journal = Journal::create(state).unwrap();
    journal.raise(&config.starting_marks).unwrap();
    config
}

/// Ends the daemon when it goes, whatever became of the client.
struct EndOfDaemon;

impl Drop for EndOfDaemon {
    fn drop(&mut self) {
        kill_process(getpid(), Signal::TERM).unwrap();
    }
}

/// The calls that the daemon's thread makes in a run with so many signatures.
fn calls(door: &'static Door, signatures: u32) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let (path, port) = mpsc::channel();
    let (plug, unplugged) = smol::channel::bounded(1);
    let board = thread::spawn(move || board(&path, unplugged));
    let config = config(door, &port.recv().unwrap(), folder.path());
    let (ready, address): (_, Receiver<String>) = mpsc::channel();
    let client = thread::spawn(move || {
        let address = address.recv().unwrap();
        let _end = EndOfDaemon;
        sign(door, &address, signatures);
    });
    let taken = on_a_wide_stack(move || {
        run(config, move |urls| {
            let (_, address) = urls[0].split_once("://").unwrap();
            Ok(ready.send(address.to_owned())?)
        })
        .unwrap();
    });
    client.join().unwrap();
    drop(plug);
    board.join().unwrap();
    taken
}

/// The calls of `daemon`, which runs as on a main thread: those of tests have a fourth of its stack.
fn on_a_wide_stack(daemon: impl FnOnce() + Send + 'static) -> u64 {
    let thread = thread::Builder::new().stack_size(8 << 20);
    let counted = move || allocation_counter::measure(daemon).count_total;
    thread.spawn(counted).unwrap().join().unwrap()
}

/// The calls that one signature more makes.
fn for_a_signature(door: &'static Door) -> u64 {
    let (few, many) = (50, 450);
    let more = calls(door, many) - calls(door, few);
    more.div_ceil(u64::from(many - few))
}

/// One test, since the whole process has one SIGTERM.
#[test]
fn a_signature_makes_few_calls_to_the_allocator() {
    let (http, tcp) = (for_a_signature(&HTTP), for_a_signature(&TCP));
    assert!(http <= MOST_OVER_HTTP, "HTTP: {http}");
    assert!(tcp <= MOST_OVER_TCP, "TCP: {tcp}");
}
