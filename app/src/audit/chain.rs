//! The chain: each line's hash is over the line itself and the hash of the line before.
//!
//! ```text
//! {<fields>,"hash":"<64 hex digits>"}
//! hash = BLAKE2b-256(<hash before, as 64 hex digits> ++ {<fields>)
//! ```
//!
//! The hash is over the very bytes, so nobody needs to agree on how JSON is written. Pure functions;
//! what the fields are is of no matter here.

use core::fmt;

use tezio_core::tezos::Digest;

/// What stands between the fields and the hash.
const MARK: &[u8] = b",\"hash\":\"";
const END: &[u8] = b"\"}";
const DIGITS: usize = 64;

/// The hash of a line, and with that of all lines before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash([u8; 32]);

impl Hash {
    /// Stands before the first line of all.
    pub(crate) const NONE: Self = Self([0; 32]);

    /// The hash of a line with these fields behind a line with the hash `before`.
    fn of(before: Self, fields: &[u8]) -> Self {
        let before = hex::encode(before.0);
        Self(Digest::of_parts(&[before.as_bytes(), fields]).0)
    }

    /// Reads 64 hex digits.
    pub(crate) fn parse(digits: &[u8]) -> Option<Self> {
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).ok()?;
        // One hash has one text: capitals would be another line.
        digits
            .iter()
            .all(|digit| !digit.is_ascii_uppercase())
            .then_some(Self(hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Puts the hash into a JSON object and a line feed behind it; `object` has at least one field.
pub(crate) fn seal(before: Hash, object: &str) -> (String, Hash) {
    let fields = object.strip_suffix('}').unwrap_or(object);
    let hash = Hash::of(before, fields.as_bytes());
    (format!("{fields},\"hash\":\"{hash}\"}}\n"), hash)
}

/// A line taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sealed<'l> {
    fields: &'l [u8],
    /// The hash that it states.
    pub(crate) hash: Hash,
}

impl<'l> Sealed<'l> {
    /// Takes a line apart that has no line feed any more; `None` when it has no hash at its end.
    pub(crate) fn open(line: &'l [u8]) -> Option<Self> {
        let rest = line.strip_suffix(END)?;
        let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
        let fields = rest.strip_suffix(MARK)?;
        Hash::parse(digits).map(|hash| Self { fields, hash })
    }

    /// Whether the hash is that of this line behind one with the hash `before`.
    pub(crate) fn follows(&self, before: Hash) -> bool {
        Hash::of(before, self.fields) == self.hash
    }
}

/// Whether these bytes may be what is left of a line that was being written: the begin of one, perhaps
/// with zeros where the disk was to put the rest.
pub(crate) fn is_torn(tail: &[u8]) -> bool {
    let zeros = tail.iter().rev().take_while(|byte| **byte == 0).count();
    let begin = &tail[..tail.len() - zeros];
    let size = MARK.len() + DIGITS + END.len();
    let is_seal = |part: &[u8]| part.starts_with(MARK) && part.ends_with(END);
    let whole = begin.windows(size).position(is_seal).map(|at| at + size);
    // Of a whole line its line feed alone may be missing; anything else there was changed by somebody.
    begin.first().is_none_or(|first| *first == b'{')
        && !begin.contains(&0)
        && whole.is_none_or(|end| end == tail.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As coreutils has it:
    /// `printf '%s%s' 0000…0000 '{"n":1' | b2sum -l 256`.
    #[test]
    fn the_hash_is_that_of_b2sum() {
        let (line, hash) = seal(Hash::NONE, r#"{"n":1}"#);
        let expected = "0367c8feef13afba20b9f5c49fe8eb90b660d4c0fc655e3ac2be79c2c381bfa4";
        assert_eq!(hash.to_string(), expected);
        assert_eq!(line, format!("{{\"n\":1,\"hash\":\"{expected}\"}}\n"));
    }

    #[test]
    fn a_line_follows_its_own_predecessor_alone() {
        let (first, one) = seal(Hash::NONE, r#"{"n":1}"#);
        let (second, _) = seal(one, r#"{"n":2}"#);
        let first = Sealed::open(first.trim_end().as_bytes()).unwrap();
        let second = Sealed::open(second.trim_end().as_bytes()).unwrap();
        assert!(first.follows(Hash::NONE) && second.follows(one));
        assert!(!first.follows(one) && !second.follows(Hash::NONE));
    }

    #[test]
    fn every_begin_of_a_line_is_torn_and_one_with_more_behind_is_not() {
        let (line, _) = seal(Hash::NONE, r#"{"n":1,"what":"a \"text\""}"#);
        let line = line.trim_end().as_bytes();
        for end in 0..line.len() {
            assert!(is_torn(&line[..end]), "{end}");
            assert!(is_torn(&[&line[..end], &[0; 9]].concat()), "{end}");
        }
        for byte in 0..=u8::MAX {
            assert!(!is_torn(&[line, &[byte]].concat()), "{byte:#x}");
        }
        assert!(is_torn(line));
        assert!(!is_torn(b"{\"n\":\0\0\0more"));
    }
}
