//! Every recorded answer that this signer can give is written as the same bytes.

use tezio_core::octez::Reply;
use tezio_core::octez::socket::write;

use super::{TO_CLIENT, frame};
use crate::wire::{CLIENT, TZ1, TZ2, TZ3, TZ4, hash, public_key, signed};

/// Name of the recorded answer, and the reply that is written so.
type Written = (&'static str, fn() -> Reply);

const ALL: [Written; 9] = [
    ("authorized_keys: no authentication required", || {
        Reply::AuthorizedKeys(None)
    }),
    ("authorized_keys: one authorized key", || {
        Reply::AuthorizedKeys(Some([hash(CLIENT)].into_iter().collect()))
    }),
    (
        "authorized_keys: authentication required, empty list",
        || Reply::AuthorizedKeys(Some(heapless::Vec::new())),
    ),
    (
        "sign tz1: signature (64 raw bytes, no tag, no length)",
        || signed(TZ1),
    ),
    ("sign tz2: signature", || signed(TZ2)),
    ("public_key tz1: key", || Reply::PublicKey(public_key(TZ1))),
    ("public_key tz2: key", || Reply::PublicKey(public_key(TZ2))),
    ("public_key tz3: key", || Reply::PublicKey(public_key(TZ3))),
    ("supports_deterministic_nonces: false", || {
        Reply::NoDeterministicNonces
    }),
];

/// No HSM holds the tz4 key in it, but the list is written as Octez has it.
const KNOWN_KEYS: &str = "known_keys: two keys";

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let names = ALL.into_iter().map(|(name, _)| name);
    names.chain([KNOWN_KEYS])
}

#[test]
fn every_answer_is_written_as_octez_writes_it() {
    for (name, reply) in ALL {
        assert_eq!(write(&reply()).as_slice(), frame(TO_CLIENT, name), "{name}");
    }
}

#[test]
fn known_keys_are_written_as_octez_writes_them() {
    let keys = [TZ1, TZ4].map(hash).into_iter().collect();
    let written = write(&Reply::KnownKeys(keys));
    assert_eq!(written.as_slice(), frame(TO_CLIENT, KNOWN_KEYS));
}
