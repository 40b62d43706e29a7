//! A real pseudo-terminal with the device behind it, and hosts that come and go.

use std::fs::{File, OpenOptions, read_link};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use async_io::{Async, block_on};
use futures_lite::future::{or, yield_now};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use hex_literal::hex;
use rustix::fs::OFlags;
use rustix::termios::ioctl_tiocexcl;
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
use tezio_core::crypto::Verify as _;
use tezio_core::hsm::{Answer, Command, KeyAlias, KeyFormat, Mode};
use tezio_core::tezos::{Digest, PublicKey, Signature};
use tezio_crypto::Verifier;
use tezio_soft_hsm_pty::{Latency, Profile, SoftHsm, profile_from_ron};

/// More opens than this and the line is not going to be free.
const TRIES: usize = 10_000;

fn instant() -> SoftHsm {
    let profile = Profile {
        latency: Latency::Instant,
        ..Profile::default()
    };
    SoftHsm::open(&profile).unwrap()
}

/// Runs `host` while the device lives.
fn with<T>(hsm: SoftHsm, host: impl Future<Output = T>) -> T {
    let device = async {
        let ended = hsm.run().await;
        panic!("the device ended: {ended:?}");
    };
    block_on(or(device, host))
}

fn try_open(path: &Path) -> std::io::Result<Async<File>> {
    let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(i32::try_from(flags).unwrap())
        .open(path)?;
    Async::new(file)
}

async fn exchange(line: &Async<File>, request: &[u8], reply_length: usize) -> Vec<u8> {
    let mut reply = vec![0; reply_length];
    (&*line).write_all(request).await.unwrap();
    (&*line).read_exact(&mut reply).await.unwrap();
    reply
}

/// Asks and reads the one reply that succeeds.
async fn ask(line: &Async<File>, command: &Command<'_>) -> Answer {
    let [_, body] = command.body_sizes();
    let reply = exchange(line, &command.packet().emit().unwrap(), body + 4).await;
    command.read_answer(&reply[2..body + 2]).unwrap()
}

async fn key_of(line: &Async<File>, alias: KeyAlias) -> PublicKey {
    let format = KeyFormat::Base58;
    let answer = ask(line, &Command::PublicKey { alias, format }).await;
    let Answer::Key(key) = answer else {
        panic!("{answer:?}");
    };
    key
}

async fn sign(line: &Async<File>, alias: KeyAlias, message: &[u8]) -> Signature {
    let command = Command::Sign {
        alias,
        mode: Mode::MessageRaw,
        data: message,
    };
    let answer = ask(line, &command).await;
    let Answer::Signature(signature) = answer else {
        panic!("{answer:?}");
    };
    signature
}

#[test]
fn keys_and_signatures_come_over_the_line() {
    let hsm = instant();
    let path = hsm.path().to_owned();
    with(hsm, async {
        let line = try_open(&path).unwrap();
        for alias in KeyAlias::ALL {
            let key = key_of(&line, alias).await;
            let message = [3, 0xde, 0xad, alias.number()];
            let signature = sign(&line, alias, &message).await;
            let key = Verifier.prepare(&key).unwrap();
            let verdict = Verifier.verify(&key, &Digest::of(&message), &signature);
            assert_eq!(verdict, Ok(()), "{alias:?}");
        }
    });
}

#[test]
fn signatures_are_drawn_from_fresh_randomness() {
    let hsm = instant();
    let path = hsm.path().to_owned();
    with(hsm, async {
        let line = try_open(&path).unwrap();
        let first = sign(&line, KeyAlias::P256, &[3]).await;
        assert_ne!(first, sign(&line, KeyAlias::P256, &[3]).await);
    });
}

#[test]
fn hosts_come_and_go_and_the_device_stays() {
    let hsm = instant();
    let path = hsm.path().to_owned();
    with(hsm, async {
        for _ in 0..5 {
            let line = try_open(&path).unwrap();
            let reply = exchange(&line, &hex!("030500004400"), 5).await;
            assert_eq!(reply, hex!("0500a28b83"));
        }
    });
}

/// The line is raw from the first byte on: every byte value passes, and nothing is echoed.
#[test]
fn nothing_is_echoed_or_translated() {
    let hsm = instant();
    let path = hsm.path().to_owned();
    with(hsm, async {
        let line = try_open(&path).unwrap();
        let garbage: Vec<u8> = (4..=255).collect();
        (&line).write_all(&garbage).await.unwrap();
        let reply = exchange(&line, &hex!("030500004400"), 5).await;
        assert_eq!(reply, hex!("0500a28b83"));
    });
}

/// Requests written in one go, far more than the device takes at once, are answered in order.
#[test]
fn bytes_wait_and_are_answered_in_order() {
    let hsm = instant();
    let path = hsm.path().to_owned();
    with(hsm, async {
        let line = try_open(&path).unwrap();
        let probes = hex!("030500004400").repeat(100);
        let replies = exchange(&line, &probes, 500).await;
        assert_eq!(replies, hex!("0500a28b83").repeat(100));
    });
}

/// Exclusive use ends with its owner, also when the owner does not give it back.
#[test]
fn line_is_free_when_its_exclusive_owner_is_gone() {
    let hsm = instant();
    let path = hsm.path().to_owned();
    // Who may administer the system is never locked out, so nothing could be seen.
    let mut sets = capabilities(None).unwrap();
    sets.effective.remove(CapabilitySet::SYS_ADMIN);
    set_capabilities(None, sets).unwrap();
    with(hsm, async {
        let owner = try_open(&path).unwrap();
        ioctl_tiocexcl(&owner).unwrap();
        assert!(try_open(&path).is_err(), "exclusive use is not respected");
        drop(owner);
        let mut tries = 0;
        let line = loop {
            if let Ok(line) = try_open(&path) {
                break line;
            }
            tries += 1;
            assert!(tries < TRIES, "the line stays locked");
            yield_now().await;
        };
        let reply = exchange(&line, &hex!("030500004400"), 5).await;
        assert_eq!(reply, hex!("0500a28b83"));
    });
}

#[test]
fn link_names_the_line_and_goes_with_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("hsm");
    let (first, second) = (instant(), instant());
    let older = first.link(&at).unwrap();
    assert_eq!(read_link(&at).unwrap(), first.path());
    let newer = second.link(&at).unwrap();
    drop(older);
    assert_eq!(read_link(&at).unwrap(), second.path(), "not ours to remove");
    drop(newer);
    assert!(at.symlink_metadata().is_err());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn link_does_not_replace_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("hsm");
    std::fs::write(&at, "mine").unwrap();
    let refused = instant().link(&at).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&at).unwrap(), b"mine");
}

#[test]
fn profile_is_read_from_text() {
    let text = "(latency: Instant, chip_fault: Sign, marks: (p256: (block: (level: 7))))";
    let profile = profile_from_ron(text).unwrap();
    assert_eq!(profile.latency, Latency::Instant);
    assert_eq!(profile.marks.p256.block.level, 7);
    assert!(profile_from_ron("(latencies: Instant)").is_err());
}

#[test]
fn profile_with_an_impossible_key_is_refused() {
    let text = format!("(keys: (secp256k1: \"{}\"))", "ff".repeat(32));
    let profile = profile_from_ron(&text).unwrap();
    let refused = SoftHsm::open(&profile).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
}
