//! From a reply to a frame.
//!
//! ```text
//! <length: u16 BE><00><result>        signature: 64; public key: <tag><key>; keys: see below
//! <length: u16 BE><01><error trace>
//! authorized keys: <00>, or <01> and a list;  known keys: a list;  supports nonces: <00>
//! list = <bytes: u32 BE>{<key hash: 21>}*
//! ```

use core::fmt::Write as _;

use super::error_trace;
use crate::octez::Reply;
use crate::tezos::{PublicKey, PublicKeyHash};

/// The most that an answer takes, in bytes: an error trace with its message.
pub const ANSWER_BYTES: usize = 1280;

/// A frame on its way out.
pub type Answer = heapless::Vec<u8, ANSWER_BYTES>;

/// The longest message that a refusal has, in bytes; the longest of all is about half of it.
const MESSAGE: usize = 1024;

const OK: u8 = 0x00;
const ERROR: u8 = 0x01;

/// Writes one reply as a frame.
#[must_use]
pub fn write(reply: &Reply) -> Answer {
    // Every reply fits; a test writes the longest of each kind.
    try_write(reply).unwrap_or_default()
}

fn try_write(reply: &Reply) -> Option<Answer> {
    let mut out = Answer::from_slice(&[0, 0]).ok()?;
    match reply {
        Reply::Refused(refusal) => {
            out.push(ERROR).ok()?;
            let mut message = heapless::String::<MESSAGE>::new();
            write!(message, "{refusal}").ok()?;
            error_trace::emit(&message, &mut out)?;
        }
        Reply::Hello | Reply::NoDeterministicNonces => put(&mut out, &[OK, 0x00])?,
        Reply::Signature(release) => {
            out.push(OK).ok()?;
            put(&mut out, &release.signature().0)?;
        }
        Reply::PublicKey(key) => {
            out.push(OK).ok()?;
            put_key(&mut out, key)?;
        }
        Reply::AuthorizedKeys(None) => put(&mut out, &[OK, 0x00])?,
        Reply::AuthorizedKeys(Some(keys)) => {
            put(&mut out, &[OK, 0x01])?;
            put_list(&mut out, keys)?;
        }
        Reply::KnownKeys(keys) => {
            out.push(OK).ok()?;
            put_list(&mut out, keys)?;
        }
    }
    let length = u16::try_from(out.len().checked_sub(2)?).ok()?;
    out.get_mut(..2)?.copy_from_slice(&length.to_be_bytes());
    Some(out)
}

fn put_key(out: &mut Answer, key: &PublicKey) -> Option<()> {
    out.push(key.curve().tag()).ok()?;
    put(out, key.as_bytes())
}

/// The count in front is that of bytes.
fn put_list(out: &mut Answer, keys: &[PublicKeyHash]) -> Option<()> {
    let bytes = u32::try_from(keys.len().checked_mul(21)?).ok()?;
    put(out, &bytes.to_be_bytes())?;
    keys.iter().try_for_each(|key| put(out, &key.tagged()))
}

fn put(out: &mut Answer, bytes: &[u8]) -> Option<()> {
    out.extend_from_slice(bytes).ok()
}
