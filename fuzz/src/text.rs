//! Base58check by long division, one digit after the other: slow, and nobody else's way.

use sha2::{Digest as _, Sha256};

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// `base58(<prefix><payload><checksum: 4>)`.
#[must_use]
pub fn emit(prefix: &[u8], payload: &[u8]) -> String {
    let value = [prefix, payload].concat();
    let bytes = [value.as_slice(), &checksum(&value)].concat();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = convert(&bytes, 256, 58);
    let text = digits.iter().map(|digit| ALPHABET[usize::from(*digit)]);
    core::iter::repeat_n(b'1', zeros)
        .chain(text)
        .map(char::from)
        .collect()
}

/// Prefix and payload of a text, if its checksum is right.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<u8>> {
    let zeros = text.bytes().take_while(|byte| *byte == b'1').count();
    let digit = |byte| ALPHABET.iter().position(|one| *one == byte);
    let digits: Option<Vec<u8>> = text
        .bytes()
        .map(|byte| u8::try_from(digit(byte)?).ok())
        .collect();
    let mut bytes = vec![0; zeros];
    bytes.extend(convert(&digits?, 58, 256));
    let (value, sum) = bytes.split_last_chunk::<4>()?;
    (*sum == checksum(value)).then(|| value.to_vec())
}

/// The digits of a number in another base, without zeros in front.
fn convert(digits: &[u8], from: u32, to: u32) -> Vec<u8> {
    let mut number: Vec<u32> = digits.iter().map(|digit| u32::from(*digit)).collect();
    let mut converted = Vec::new();
    while let Some(first) = number.iter().position(|digit| *digit != 0) {
        number.drain(..first);
        let mut rest = 0;
        for digit in &mut number {
            let dividend = rest * from + *digit;
            (*digit, rest) = (dividend / to, dividend % to);
        }
        converted.extend(u8::try_from(rest));
    }
    converted.reverse();
    converted
}

fn checksum(value: &[u8]) -> [u8; 4] {
    let sum = Sha256::digest(Sha256::digest(value));
    core::array::from_fn(|at| sum[at])
}
