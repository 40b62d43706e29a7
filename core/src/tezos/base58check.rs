//! Base58check as Tezos writes it: `base58(<prefix><payload><checksum: 4>)`.
//!
//! From a prefix and a payload of known size to text on a fixed buffer, and back. The checksum is
//! the first four bytes of a double SHA-256 over prefix and payload. Work is bounded: a text longer
//! than [`TEXT_BYTES`] is refused before it is looked at.
//!
//! Prefixes: Octez, `src/lib_crypto/base58.ml`, at commit `d26a8bef8215`.

use sha2::{Digest as _, Sha256};

/// The longest text this crate reads: a signature of a tz4 key, in characters.
pub const TEXT_BYTES: usize = 142;

/// Prefix, payload and checksum of the longest text.
const RAW_BYTES: usize = 4 + 96 + CHECKSUM_BYTES;
const CHECKSUM_BYTES: usize = 4;

/// A base58check text on a fixed buffer.
pub type Base58Text = heapless::String<TEXT_BYTES>;

/// Why a text is not the base58check value that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base58Fault {
    /// A character outside the alphabet, or more of them than any value here needs.
    #[error("not base58 text")]
    NotBase58,
    /// The checksum does not fit: the text was mistyped or cut.
    #[error("wrong checksum: mistyped or cut")]
    Checksum,
    /// Sound text of another kind: other prefix or other size.
    #[error("of another kind")]
    OtherKind,
}

/// Writes `<prefix><payload><checksum>` as text.
///
/// Prefix and payload together are at most 100 bytes; every caller in this crate is within that by
/// its types, and anything longer gives an empty text.
pub(super) fn emit(prefix: &[u8], payload: &[u8]) -> Base58Text {
    emit_checked(prefix, payload).unwrap_or_default()
}

fn emit_checked(prefix: &[u8], payload: &[u8]) -> Option<Base58Text> {
    let mut raw = heapless::Vec::<u8, RAW_BYTES>::new();
    raw.extend_from_slice(prefix).ok()?;
    raw.extend_from_slice(payload).ok()?;
    let sum = checksum(&raw);
    raw.extend_from_slice(&sum).ok()?;
    let mut text = [0; TEXT_BYTES];
    let length = bs58::encode(raw.as_slice()).onto(&mut text[..]).ok()?;
    let text = core::str::from_utf8(text.get(..length)?).ok()?;
    Base58Text::try_from(text).ok()
}

/// Reads `text` as `prefix` followed by exactly `N` bytes.
pub(super) fn parse<const N: usize>(text: &str, prefix: &[u8]) -> Result<[u8; N], Base58Fault> {
    let mut buffer = [0; RAW_BYTES];
    let payload = decode(text, &mut buffer)?
        .strip_prefix(prefix)
        .ok_or(Base58Fault::OtherKind)?;
    payload.try_into().map_err(|_| Base58Fault::OtherKind)
}

/// Decodes `text` onto `buffer` and checks its checksum: prefix and payload remain.
fn decode<'a>(text: &str, buffer: &'a mut [u8; RAW_BYTES]) -> Result<&'a [u8], Base58Fault> {
    if text.len() > TEXT_BYTES {
        return Err(Base58Fault::NotBase58);
    }
    let length = bs58::decode(text.as_bytes())
        .onto(&mut buffer[..])
        .map_err(|_| Base58Fault::NotBase58)?;
    let raw = buffer.get(..length).ok_or(Base58Fault::NotBase58)?;
    let (value, sum) = raw
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(Base58Fault::Checksum)?;
    if *sum == checksum(value) {
        Ok(value)
    } else {
        Err(Base58Fault::Checksum)
    }
}

fn checksum(value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(Sha256::digest(value)));
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    const TZ1: &[u8] = &[0x06, 0xa1, 0x9f];

    #[test]
    fn text_survives_the_round_trip() {
        let text = emit(TZ1, &[7; 20]);
        assert!(text.starts_with("tz1"));
        assert_eq!(parse::<20>(&text, TZ1), Ok([7; 20]));
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let text = emit(TZ1, &[7; 20]);
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'2' { b'3' } else { b'2' };
            let changed = core::str::from_utf8(&bytes).unwrap();
            assert!(parse::<20>(changed, TZ1).is_err(), "character {at}");
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let text = emit(TZ1, &[7; 20]);
        for length in 0..text.len() {
            assert!(
                parse::<20>(&text[..length], TZ1).is_err(),
                "cut to {length}"
            );
        }
    }

    #[test]
    fn other_kinds_sizes_and_alphabets_are_told_apart() {
        let text = emit(TZ1, &[7; 20]);
        let tz2 = &[0x06, 0xa1, 0xa1];
        assert_eq!(parse::<20>(&text, tz2), Err(Base58Fault::OtherKind));
        assert_eq!(parse::<19>(&text, TZ1), Err(Base58Fault::OtherKind));
        assert_eq!(parse::<20>("tz1O", TZ1), Err(Base58Fault::NotBase58));
        assert_eq!(parse::<20>("", TZ1), Err(Base58Fault::Checksum));
        assert_eq!(
            parse::<20>(&"1".repeat(TEXT_BYTES + 1), TZ1),
            Err(Base58Fault::NotBase58)
        );
    }
}
