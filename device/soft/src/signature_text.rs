//! Signature text as VERIFY decodes it: prefix and checksum are counted, not compared, and a
//! character outside the alphabet is the digit 0.

use tezio_core::hsm::{KeyAlias, Status};
use tezio_core::tezos::Signature;

/// Sizes that signature texts can have, in characters: from the generic form to the longest.
const SHORTEST: usize = 90;
const LONGEST: usize = 99;

const SIGNATURE: usize = 64;
const CHECKSUM: usize = 4;

/// The signature in `text`; `None` for text that decodes to another size than a signature of this
/// alias has.
///
/// # Errors
///
/// AD for text that cannot be a signature of any kind: there the firmware leaves its memory.
pub(crate) fn decode(alias: KeyAlias, text: &[u8]) -> Result<Option<Signature>, Status> {
    if !(SHORTEST..=LONGEST).contains(&text.len()) {
        return Err(Status::Data);
    }
    let digits: heapless::Vec<u8, LONGEST> = text.iter().copied().map(digit).collect();
    let mut bytes = [0; LONGEST];
    let length = bs58::decode(digits.as_slice()).onto(&mut bytes[..]);
    let decoded = length.ok().and_then(|length| bytes.get(..length));
    Ok(decoded.and_then(|decoded| payload(alias, decoded)))
}

fn payload(alias: KeyAlias, decoded: &[u8]) -> Option<Signature> {
    let prefix = match alias {
        KeyAlias::Authentication | KeyAlias::P256 => 4,
        KeyAlias::Ed25519 | KeyAlias::Secp256k1 => 5,
    };
    let behind = decoded.get(prefix..)?;
    let (signature, checksum) = behind.split_first_chunk::<SIGNATURE>()?;
    (checksum.len() == CHECKSUM).then_some(Signature(*signature))
}

/// The character, or the digit 0 for what is none.
const fn digit(character: u8) -> u8 {
    match character {
        b'1'..=b'9' | b'A'..=b'H' | b'J'..=b'N' | b'P'..=b'Z' | b'a'..=b'k' | b'm'..=b'z' => {
            character
        }
        _ => b'1',
    }
}
