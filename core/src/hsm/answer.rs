//! Answers: what a reply's body means, given the command it answers.
//!
//! Nothing in a reply says which request it belongs to; its length must be one that the command
//! can have, and everything else is a fault. What comes out is well-formed, not trusted: a key is
//! compared with its pin and a signature verified by the signer.

use super::extension::{self, Extension};
use super::{Command, KeyAlias, KeyFormat, MAX_BODY, Mode, Status};
use crate::tezos::{PublicKey, PublicKeyHash, Signature, SignatureText};

/// A reply understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The HSM did not do it, or, to a probe, that it is in step.
    Status(Status),
    /// A public key.
    Key(PublicKey),
    /// An address.
    Address(PublicKeyHash),
    /// A signature.
    Signature(Signature),
    /// VERIFY's result.
    Verified(bool),
    /// What a device does beyond the published firmware.
    Extension(Extension),
}

/// A body that is no answer to its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// A body of a size that this command's answers never have.
    #[error("{0} bytes answer no such command")]
    Size(usize),
    /// One byte that is no status.
    #[error("unknown status {0:#04x}")]
    Status(u8),
    /// Text that is no key of the alias's curve.
    #[error("reply is not a public key of this key alias")]
    Key,
    /// Text that is no signature of the alias's curve.
    #[error("reply is not a signature of this key alias")]
    Signature,
    /// An offer of another version.
    #[error("reply is of another version of the extension")]
    Version,
}

impl Command<'_> {
    /// The body sizes that answers to this command can have: a status, or the thing asked for.
    #[must_use]
    pub const fn body_sizes(&self) -> [usize; 2] {
        [1, self.body_size()]
    }

    const fn body_size(&self) -> usize {
        match *self {
            Command::Probe | Command::Verify { .. } => 1,
            Command::Offer(_) => extension::ANSWER,
            Command::PublicKey { alias, format } => key_size(alias, format),
            Command::DefaultSignature { alias } => text_size(alias),
            Command::Sign { alias, mode, .. } => match mode {
                Mode::DigestRaw | Mode::MessageRaw => 64,
                Mode::DigestText | Mode::MessageText => text_size(alias),
            },
        }
    }

    /// Reads `body` as the answer to this command.
    ///
    /// # Errors
    ///
    /// [`AnswerFault`] when it is none.
    pub fn read_answer(&self, body: &[u8]) -> Result<Answer, AnswerFault> {
        match (self, body) {
            (Command::Verify { .. }, [0x00]) => Ok(Answer::Verified(false)),
            (Command::Verify { .. }, [0x01]) => Ok(Answer::Verified(true)),
            (_, [byte]) => Status::from_byte(*byte)
                .map(Answer::Status)
                .ok_or(AnswerFault::Status(*byte)),
            (_, body) if body.len() != self.body_size() => Err(AnswerFault::Size(body.len())),
            (Command::PublicKey { alias, format }, body) => read_key(*alias, *format, body),
            (Command::Sign { alias, mode, .. }, body) if mode.is_text() => {
                read_signature_text(*alias, body)
            }
            (Command::DefaultSignature { alias }, body) => read_signature_text(*alias, body),
            (Command::Sign { .. }, body) => read_signature(body),
            (Command::Offer(_), body) => Extension::parse(body)
                .map(Answer::Extension)
                .ok_or(AnswerFault::Version),
            (Command::Probe | Command::Verify { .. }, body) => Err(AnswerFault::Size(body.len())),
        }
    }
}

const fn key_size(alias: KeyAlias, format: KeyFormat) -> usize {
    match (format, alias) {
        (KeyFormat::Raw | KeyFormat::Compressed, KeyAlias::Ed25519) => 32,
        (KeyFormat::Raw, _) => 64,
        (KeyFormat::Compressed, _) => 33,
        (KeyFormat::Base58, KeyAlias::Ed25519) => 54,
        (KeyFormat::Base58, _) => 55,
        (KeyFormat::Address, _) => 36,
    }
}

const fn text_size(alias: KeyAlias) -> usize {
    match alias {
        KeyAlias::Authentication | KeyAlias::P256 => 98,
        KeyAlias::Ed25519 | KeyAlias::Secp256k1 => MAX_BODY,
    }
}

fn read_key(alias: KeyAlias, format: KeyFormat, body: &[u8]) -> Result<Answer, AnswerFault> {
    let text = core::str::from_utf8(body);
    match format {
        KeyFormat::Raw => raw_key(alias, body).map(Answer::Key),
        KeyFormat::Compressed => compressed_key(alias, body).map(Answer::Key),
        KeyFormat::Base58 => text
            .ok()
            .and_then(|text| PublicKey::from_base58(text).ok())
            .filter(|key| key.curve() == alias.curve())
            .map(Answer::Key),
        KeyFormat::Address => text
            .ok()
            .and_then(|text| PublicKeyHash::from_base58(text).ok())
            .filter(|hash| hash.curve() == alias.curve())
            .map(Answer::Address),
    }
    .ok_or(AnswerFault::Key)
}

/// Compresses `<X: 32><Y: 32>`: the parity of Y goes in front of X.
fn raw_key(alias: KeyAlias, body: &[u8]) -> Option<PublicKey> {
    if alias == KeyAlias::Ed25519 {
        return body.try_into().ok().map(PublicKey::Ed25519);
    }
    let (x, y) = body.split_at_checked(32)?;
    let mut compressed = [2; 33];
    let parity = y.last()? & 1;
    *compressed.first_mut()? |= parity;
    compressed.get_mut(1..)?.copy_from_slice(x);
    compressed_key(alias, &compressed)
}

fn compressed_key(alias: KeyAlias, body: &[u8]) -> Option<PublicKey> {
    match alias {
        KeyAlias::Ed25519 => body.try_into().ok().map(PublicKey::Ed25519),
        KeyAlias::Secp256k1 => body.try_into().ok().map(PublicKey::Secp256k1),
        KeyAlias::Authentication | KeyAlias::P256 => body.try_into().ok().map(PublicKey::P256),
    }
}

fn read_signature(body: &[u8]) -> Result<Answer, AnswerFault> {
    body.try_into()
        .map(|bytes| Answer::Signature(Signature(bytes)))
        .map_err(|_| AnswerFault::Signature)
}

fn read_signature_text(alias: KeyAlias, body: &[u8]) -> Result<Answer, AnswerFault> {
    core::str::from_utf8(body)
        .ok()
        .and_then(|text| SignatureText::from_base58(text).ok())
        .filter(|text| text.curve == Some(alias.curve()))
        .map(|text| Answer::Signature(text.signature))
        .ok_or(AnswerFault::Signature)
}
