//! Base58check texts: each value has one text and each text one value, and both are those that long
//! division finds.
//!
//! Input: what to do, then a text, or a payload and how to spoil its text.

#![no_main]

use tezio_core::tezos::{
    BlsPublicKey, BlsSignature, ChainId, ClientKey, Contract, Curve, PublicKey, PublicKeyHash,
    Signature, SignatureText, TEXT_BYTES,
};
use tezio_fuzz::choices::Choices;
use tezio_fuzz::text::{emit, parse};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut choices = Choices::new(data);
    if choices.below(2) == 0 {
        let text = core::str::from_utf8(choices.rest());
        return text.map_or((), check_text);
    }
    let text = some_text(&mut choices);
    check_text(&text);
    let spoiled = spoil(&text, &mut choices);
    check_text(&spoiled);
});

/// The text of some value, as the core writes it and as long division does.
fn some_text(choices: &mut Choices<'_>) -> String {
    let kind = choices.below(9);
    let bytes: [u8; 96] = core::array::from_fn(|_| choices.byte());
    let hash: [u8; 20] = core::array::from_fn(|at| bytes[at]);
    let key: [u8; 33] = core::array::from_fn(|at| bytes[at]);
    let signature = Signature(core::array::from_fn(|at| bytes[at]));
    let (core, divided) = match kind {
        0 => {
            let curve = Curve::ALL[usize::from(bytes[95]) % 5];
            let prefix = [
                0x06,
                0xa1,
                [0x9f, 0xa1, 0xa4, 0xa6, 0xa9][usize::from(curve.tag())],
            ];
            let address = PublicKeyHash::new(curve, hash).to_base58();
            (address, emit(&prefix, &hash))
        }
        1 => (
            Contract::Originated(hash).to_base58(),
            emit(&[0x02, 0x5a, 0x79], &hash),
        ),
        2 => {
            let chain = core::array::from_fn(|at| bytes[at]);
            (
                ChainId(chain).to_base58(),
                emit(&[0x57, 0x52, 0x00], &chain),
            )
        }
        3 => {
            let key = core::array::from_fn(|at| bytes[at]);
            let text = PublicKey::Ed25519(key).to_base58();
            (text, emit(&[0x0d, 0x0f, 0x25, 0xd9], &key))
        }
        4 => {
            let text = PublicKey::Secp256k1(key).to_base58();
            (text, emit(&[0x03, 0xfe, 0xe2, 0x56], &key))
        }
        5 => (
            PublicKey::P256(key).to_base58(),
            emit(&[0x03, 0xb2, 0x8b, 0x7f], &key),
        ),
        6 => {
            let prefixes: [&[u8]; 3] = [
                &[0x09, 0xf5, 0xcd, 0x86, 0x12],
                &[0x0d, 0x73, 0x65, 0x13, 0x3f],
                &[0x36, 0xf0, 0x2c, 0x34],
            ];
            let at = usize::from(bytes[95]) % 3;
            let text = signature.to_base58(Curve::ALL[at]);
            (text, emit(prefixes[at], &signature.0))
        }
        7 => return emit(&[0x06, 0x95, 0x87, 0xcc], &bytes[..48]),
        _ => return emit(&[0x28, 0xab, 0x40, 0xcf], &bytes),
    };
    assert_eq!(core.as_str(), divided);
    divided
}

/// A text that may differ: by a character, by a cut, by something behind it.
fn spoil(text: &str, choices: &mut Choices<'_>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = choices.below(bytes.len());
    match choices.below(4) {
        0 => bytes[at] = choices.byte() % 128,
        1 => bytes.truncate(at),
        2 => bytes.insert(at, choices.byte() % 128),
        _ => bytes.push(choices.byte() % 128),
    }
    bytes.into_iter().map(char::from).collect()
}

/// Everything that reads texts, on one: what is read is written the same, and by long division too.
fn check_text(text: &str) {
    let value = parse(text).filter(|_| text.len() <= TEXT_BYTES);
    let same = |read: Option<String>, payload: &[u8]| {
        if let Some(written) = &read {
            assert_eq!(written, text);
            let value = value.as_ref().expect("a checksum that is right");
            assert!(value.ends_with(payload));
        }
        read.is_some()
    };
    let hash = PublicKeyHash::from_base58(text).ok();
    let is_hash = same(
        hash.map(|one| one.to_string()),
        hash.map_or([0; 20], |one| {
            core::array::from_fn(|at| one.tagged()[at + 1])
        })
        .as_slice(),
    );
    let contract = Contract::from_base58(text).ok();
    let is_contract = same(contract.map(|one| one.to_string()), &[]);
    assert!(is_contract || !is_hash);
    let chain = ChainId::from_base58(text).ok();
    same(
        chain.map(|one| one.to_string()),
        &chain.map_or([0; 4], |one| one.0)[..],
    );
    let key = PublicKey::from_base58(text).ok();
    same(
        key.map(|one| one.to_string()),
        key.as_ref().map_or(&[], PublicKey::as_bytes),
    );
    assert_eq!(
        ClientKey::from_base58(text).is_ok(),
        key.is_some() || BlsPublicKey::from_base58(text).is_ok()
    );
    if let Ok(read) = SignatureText::from_base58(text) {
        let written = read
            .signature
            .to_base58(read.curve.unwrap_or(Curve::Bls12381));
        same(Some(written.to_string()), &read.signature.0);
    }
    if let Ok(BlsSignature(bytes)) = BlsSignature::from_base58(text) {
        same(Some(emit(&[0x28, 0xab, 0x40, 0xcf], &bytes)), &bytes);
    }
    if let Ok(BlsPublicKey(bytes)) = BlsPublicKey::from_base58(text) {
        same(Some(emit(&[0x06, 0x95, 0x87, 0xcc], &bytes)), &bytes);
    }
}
