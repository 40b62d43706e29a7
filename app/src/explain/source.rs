//! Where the message to be explained comes from: hex digits, a file, or standard input.

use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};

/// Larger than anything that a client could send.
const MOST: u64 = 1024 * 1024;

/// The bytes that `words` mean: hex digits, `@FILE`, or `-` for standard input. What a file holds is
/// taken for hex digits if it is nothing else, with or without quotes, and for the bytes themselves
/// otherwise.
///
/// # Errors
///
/// What cannot be read.
pub(crate) fn message_from(words: &str) -> Result<Vec<u8>> {
    let bytes = match words.strip_prefix('@') {
        Some(path) => {
            let file = std::fs::File::open(path).with_context(|| format!("cannot read {path}"))?;
            read(file)?
        }
        None if words == "-" => read(std::io::stdin().lock())?,
        None => {
            let digits = digits(words.as_bytes());
            return digits.with_context(|| {
                format!("{words:?} is no message: give hex digits, @FILE, or - for standard input")
            });
        }
    };
    Ok(digits(&bytes).unwrap_or(bytes))
}

fn read(from: impl std::io::Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= MOST, "more than {MOST} bytes");
    Ok(bytes)
}

fn digits(text: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(text).ok()?;
    let text = text.trim().trim_matches('"');
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_taken_as_people_copy_them() {
        for text in ["03ff", "0x03ff", "\"03ff\"\n", "  03FF "] {
            assert_eq!(digits(text.as_bytes()), Some(vec![3, 0xff]), "{text:?}");
        }
        for text in ["03f", "03 ff", "03fg"] {
            assert_eq!(digits(text.as_bytes()), None, "{text:?}");
        }
    }
}
