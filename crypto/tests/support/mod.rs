//! Recorded signatures as typed values, and the numbers that attacks on them are made of.

use hex_literal::hex;
use tezio_core::tezos::{Digest, PublicKey, Signature};

pub(crate) const SECP256K1_ORDER: [u8; 32] =
    hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
pub(crate) const P256_ORDER: [u8; 32] =
    hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
/// Little-endian, as Ed25519 writes its scalars.
pub(crate) const ED25519_ORDER: [u8; 32] =
    hex!("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

pub(crate) const OCTEZ: &str = include_str!("../recorded/octez-signatures.json");
pub(crate) const TEZIO: &str = include_str!("../recorded/tezio-signatures.json");

pub(crate) struct Recorded {
    pub(crate) key: PublicKey,
    pub(crate) message: Vec<u8>,
    pub(crate) digest: Digest,
    pub(crate) signature: Signature,
    pub(crate) text: String,
    pub(crate) low_s: Option<bool>,
}

/// The entries of a file of signatures.
pub(crate) fn signatures(file: &str) -> Vec<Recorded> {
    let rows: Vec<serde_json::Value> = serde_json::from_str(file).unwrap();
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| Recorded {
            key: PublicKey::from_base58(&text(row, "public_key")).unwrap(),
            message: hex::decode(text(row, "message")).unwrap(),
            digest: Digest(array(&hex::decode(text(row, "digest")).unwrap())),
            signature: Signature(array(&hex::decode(text(row, "signature")).unwrap())),
            text: text(row, "text"),
            low_s: row["low_s"].as_bool(),
        })
        .collect()
}

/// All that was recorded: at least two signatures of each curve.
pub(crate) fn all_signatures() -> Vec<Recorded> {
    let mut all = signatures(OCTEZ);
    all.extend(signatures(TEZIO));
    all
}

pub(crate) fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap()
}

/// The signature with its second half replaced.
pub(crate) fn with_s(signature: &Signature, s: [u8; 32]) -> Signature {
    let mut bytes = signature.0;
    bytes[32..].copy_from_slice(&s);
    Signature(bytes)
}

pub(crate) fn s_of(signature: &Signature) -> [u8; 32] {
    array(&signature.0[32..])
}

/// `a - b` of big-endian numbers, `a` the larger.
pub(crate) fn minus(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut borrow = 0;
    for at in (0..32).rev() {
        let digit = i16::from(a[at]) - i16::from(b[at]) - borrow;
        borrow = i16::from(digit < 0);
        out[at] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    out
}

/// `a + b` of little-endian numbers whose sum fits.
pub(crate) fn plus_little_endian(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut carry = 0;
    for at in 0..32 {
        let digit = u16::from(a[at]) + u16::from(b[at]) + carry;
        carry = digit >> 8;
        out[at] = digit.to_le_bytes()[0];
    }
    assert_eq!(carry, 0);
    out
}
