//! Messages to be signed: Octez' own bytes with level, round and some content changed.
//!
//! A block of the test network Ghostnet and an attestation, as Octez sent them to a Tezio HSM in
//! February and March 2024 (recorded in `testing/` of github.com/prof-groff/tezio at bc67eef). Where
//! level and round stand was read off these bytes, not off the parser under test.

use hex_literal::hex;

/// Level 5620434, round 0. Level at 5 and at 96, round at 116.
const BLOCK: [u8; 198] = hex!(
    "11af1864d90055c2d20866309658c0cc63b9110b942506d9e5699b8d1a4b0de5e7688bc44bc044e44d41000000"
    "0065e785d8046f5682b8ac38947d817abcfc29ac1148ab6e14bd1608987b5acbbc0b1bb932d800000021000000"
    "0102000000040055c2d20000000000000004ffffffff00000004000000001212cb401c0fe6f680a1019dc7d5ab"
    "de7481694aa42bf8e2aa53a4c1e1959eef09dabe98dbdd5a2e0735e1e130170e50b25d6e3362b2355b551fd5f0"
    "432e8e3b0000000010b119fe5d7d0000000a"
);
/// Level 5460681, round 2. Tag at 37, level at 40, round at 44, payload hash at 48.
const ATTESTATION: [u8; 80] = hex!(
    "13af1864d929d720a921b78f5249c791dc8bc74e201ab35742f8e43ac533e1792f8cf6eaa6150ed4005352c900"
    "00000235b64f07db480eb447ec861378b90083d22d4138d2acd7bdbe0cab0990278d7e"
);
/// A transaction of 407 mutez with a fee of 33, of Octez' own tests (`tezt/tests/expected/encoding.ml` at
/// d26a8bef8215) with the magic byte put in front.
const TRANSACTION: [u8; 93] = hex!(
    "030e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a86c0002298c03ed7d454a101e"
    "b7022bc95f7e5f41ac7821dc05edecc004adcacdb7d4019703000002298c03ed7d454a101eb7022bc95f7e5f41"
    "ac7800"
);

/// A block; `salt` makes it another one at its level and round.
pub(crate) fn block(level: u32, round: u32, salt: u8) -> Vec<u8> {
    let mut bytes = BLOCK.to_vec();
    put(&mut bytes, 5, level);
    put(&mut bytes, 96, level);
    put(&mut bytes, 116, round);
    bytes[120] = salt;
    bytes
}

pub(crate) fn attestation(level: u32, round: u32, salt: u8) -> Vec<u8> {
    let mut bytes = ATTESTATION.to_vec();
    put(&mut bytes, 40, level);
    put(&mut bytes, 44, round);
    bytes[48] = salt;
    bytes
}

pub(crate) fn preattestation(level: u32, round: u32, salt: u8) -> Vec<u8> {
    let mut bytes = attestation(level, round, salt);
    bytes[0] = 0x12;
    bytes[37] = 20;
    bytes
}

/// An attestation with DAL content: another tag, and a number of two bytes at the end.
pub(crate) fn dal_attestation(level: u32, round: u32, salt: u8) -> Vec<u8> {
    let mut bytes = attestation(level, round, salt);
    bytes[37] = 23;
    bytes.extend([0x80, 0x20]);
    bytes
}

/// A transaction, which no mark guards; `salt` makes it another one, by its branch.
pub(crate) fn operation(salt: u8) -> Vec<u8> {
    let mut bytes = TRANSACTION.to_vec();
    bytes[1] = salt;
    bytes
}

/// Bytes that announce an operation and are none.
pub(crate) fn made_up(salt: u8) -> Vec<u8> {
    vec![0x03, salt, 0xde, 0xad, 0xbe, 0xef]
}

/// The same consensus message on Tezos' main network.
pub(crate) fn on_mainnet(bytes: Vec<u8>) -> Vec<u8> {
    on_chain([0x7a, 0x06, 0xa7, 0x70], bytes)
}

/// The same consensus message on another chain.
pub(crate) fn on_chain(chain: [u8; 4], mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[1..5].copy_from_slice(&chain);
    bytes
}

pub(crate) fn put(bytes: &mut [u8], at: usize, number: u32) {
    bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
}
