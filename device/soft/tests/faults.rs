//! Each fault on order strikes when it was ordered, and the request after it works.

mod support;

use support::{Bench, attestation, body_of, profile};
use tezio_core::crypto::Verify as _;
use tezio_core::hsm::{Command, KeyAlias, KeyFormat, Mode};
use tezio_core::tezos::{Digest, PublicKey, Signature};
use tezio_crypto::Verifier;

fn sign_packet(alias: KeyAlias, message: &[u8]) -> Vec<u8> {
    let command = Command::Sign {
        alias,
        mode: Mode::MessageRaw,
        data: message,
    };
    command.packet().emit().unwrap().to_vec()
}

/// Signs three messages in a row with a fault on the second, and gives all replies.
fn three_signs(fault: &str) -> [Vec<Vec<u8>>; 3] {
    let mut bench = bench(fault);
    [1, 2, 3].map(|level| bench.exchange(&sign_packet(KeyAlias::P256, &attestation(level, 0))))
}

fn bench(fault: &str) -> Bench {
    Bench::from_ron(&format!("(faults: [(fault: {fault}, when: Sign(2))])"))
}

fn is_valid(alias: KeyAlias, message: &[u8], body: &[u8]) -> bool {
    let mut bench = Bench::from_ron("()");
    let key = bench.command(&Command::PublicKey {
        alias,
        format: KeyFormat::Base58,
    });
    let key = PublicKey::from_base58(core::str::from_utf8(&key).unwrap()).unwrap();
    let key = Verifier.prepare(&key).unwrap();
    let signature = Signature(body.try_into().unwrap());
    Verifier
        .verify(&key, &Digest::of(message), &signature)
        .is_ok()
}

fn is_signature_of(level: u32, replies: &[Vec<u8>]) -> bool {
    replies.len() == 1
        && replies[0].len() == 68
        && is_valid(KeyAlias::P256, &attestation(level, 0), body_of(&replies[0]))
}

#[test]
fn faults_of_one_sign_leave_the_others_alone() {
    for fault in [
        "Stale",
        "WrongSignature",
        "Silence",
        "Garbled",
        "Short",
        "Text",
    ] {
        let [first, second, third] = three_signs(fault);
        assert!(is_signature_of(1, &first), "{fault}");
        assert!(second.is_empty() || second[0].len() != 68 || !is_signature_of(2, &second));
        assert!(is_signature_of(3, &third), "{fault}");
    }
}

#[test]
fn stale_reply_is_the_one_before() {
    let [first, second, _] = three_signs("Stale");
    assert_eq!(first, second);
}

#[test]
fn wrong_signature_is_well_formed() {
    let [_, second, _] = three_signs("WrongSignature");
    let body = body_of(&second[0]);
    assert_eq!(body.len(), 64);
    assert!(!is_valid(KeyAlias::P256, &attestation(2, 0), body));
}

#[test]
fn garbled_reply_differs_in_one_bit_and_short_one_is_cut() {
    let [first, garbled, _] = three_signs("Garbled");
    assert_eq!(first[0].len(), garbled[0].len());
    assert_eq!(garbled[0][..2], first[0][..2]);
    let [_, short, _] = three_signs("Short");
    assert_eq!(short[0].len(), 34);
}

#[test]
fn text_stands_before_the_reply() {
    let [_, second, _] = three_signs("Text");
    let (text, packet) = second[0].split_at(4);
    assert_eq!(text, b"15\r\n");
    assert!(is_signature_of(2, &[packet.to_vec()]));
}

#[test]
fn late_reply_is_late_and_right() {
    let mut bench = bench("Late(12000)");
    bench.exchange(&sign_packet(KeyAlias::P256, &attestation(1, 0)));
    let before = bench.now;
    bench.write(&sign_packet(KeyAlias::P256, &attestation(2, 0)), 12_000);
    assert_eq!(
        bench.device.poll_timeout(),
        Some(before.plus_millis(12_148))
    );
    assert!(is_signature_of(2, &bench.replies()));
}

#[test]
fn repeated_nonce_shows_as_repeated_r() {
    let mut bench = Bench::from_ron("(faults: [(fault: RepeatedNonce)])");
    let mut sign = |message: &[u8]| {
        let replies = bench.exchange(&sign_packet(KeyAlias::Secp256k1, message));
        let body = body_of(&replies[0]).to_vec();
        assert!(is_valid(KeyAlias::Secp256k1, message, &body));
        body
    };
    let (first, second) = (sign(&[3, 1]), sign(&[3, 2]));
    assert_eq!(first[..32], second[..32]);
    assert_ne!(first, second);
}

#[test]
fn garbage_key_is_made_of_the_request() {
    let mut bench = Bench::from_ron("(faults: [(fault: GarbageKey)])");
    let body = bench.command(&Command::PublicKey {
        alias: KeyAlias::P256,
        format: KeyFormat::Compressed,
    });
    assert_eq!(body.len(), 33);
    assert_eq!(body[1..6], [0x07, 0x00, 0x11, 0x03, 0x02]);
}

/// A short request leaves more of the buffer as it was: the reply before shows through.
#[test]
fn stale_bytes_of_the_buffer_show_in_a_garbage_key() {
    let mut bench = Bench::from_ron("(chip_fault: Read(13))");
    let raw = |alias| Command::PublicKey {
        alias,
        format: KeyFormat::Raw,
    };
    let good = bench.command(&raw(KeyAlias::P256));
    let garbage = bench.command(&raw(KeyAlias::Ed25519));
    assert_eq!(garbage[7..], good[5..30]);
}

#[test]
fn p256_gives_both_halves_of_s_and_signs_what_it_signed() {
    let mut bench = Bench::from_ron("()");
    let high = (0..32_u8)
        .filter(|number| {
            let replies = bench.exchange(&sign_packet(KeyAlias::P256, &[3, *number]));
            body_of(&replies[0])[32] >= 0x80
        })
        .count();
    assert!((4..=28).contains(&high), "{high} of 32");
}

#[test]
fn fields_that_do_not_exist_are_refused() {
    let options = ron::Options::default();
    for text in [
        "(key: ())",
        "(keys: (p255: \"\"))",
        "(marks: (p256: (blocks: ())))",
        "(faults: [(fault: Silence, at: Always)])",
    ] {
        assert!(options.from_str::<tezio_soft_hsm::Profile>(text).is_err());
    }
    assert_eq!(profile("()"), tezio_soft_hsm::Profile::default());
}

#[test]
fn secret_keys_of_a_profile_are_checked_and_not_shown() {
    let zero = format!("(keys: (p256: \"{}\"))", "00".repeat(32));
    let profile = profile(&zero);
    let refused = tezio_soft_hsm::SoftHsm::new(&profile, || [0; 32]);
    assert_eq!(
        refused.err(),
        Some(tezio_soft_hsm::InvalidKey(KeyAlias::P256))
    );
    assert!(!format!("{profile:?}").contains("0000"));
}

#[test]
fn a_slot_that_cannot_be_read_is_an_error_once_the_holes_are_closed() {
    for (holes, body) in [("Open", 64), ("Closed", 1)] {
        let mut bench = Bench::from_ron(&format!("(chip_fault: Read(11), holes: {holes})"));
        let answer = bench.command(&Command::PublicKey {
            alias: KeyAlias::P256,
            format: KeyFormat::Raw,
        });
        assert_eq!(answer.len(), body, "{holes}");
        assert!(body > 1 || answer == [0xb4]);
    }
}
