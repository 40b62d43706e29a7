//! SIGN: checks in the firmware's order, then a signature.

use tezio_core::hsm::device::Request;
use tezio_core::hsm::{KeyAlias, Mode, Status};
use tezio_core::tezos::{Digest, Signature};

use crate::element::SecureElement;
use crate::faults::Fault;
use crate::hsm::{Body, Hsm, body};
use crate::policy::Neighbours;
use crate::profile::Holes;

impl<S: SecureElement> Hsm<S> {
    /// Answers SIGN: AA, B0, AB, mode 0, AD, AE, watermark and B8, A1, then the chip's failures.
    pub(crate) fn sign(&mut self, request: &Request<'_>) -> Result<Body, Status> {
        let alias = self.permitted(&request.packet)?;
        let mode = match request.packet.param2.unwrap_or_default() {
            0 => return Ok(default_signature(alias)),
            number => self.mode(number)?,
        };
        let digest = digest_of(mode, request.packet.data)?;
        self.check_mark_and_kind(alias, &digest, request)?;
        self.element.wake()?;
        let signature = self.signature(alias, &digest)?;
        Ok(if mode.is_text() {
            body(signature.to_base58(alias.curve()).as_bytes())
        } else {
            body(&signature.0)
        })
    }

    /// A digest says nothing about the level and round that it was made of, and its first byte is
    /// no kind: with the holes closed, what was hashed elsewhere is not signed.
    fn mode(&self, number: u8) -> Result<Mode, Status> {
        let mode = Mode::from_number(number).ok_or(Status::Param2)?;
        match self.holes {
            Holes::Closed if mode.is_digest() => Err(Status::Param2),
            Holes::Open | Holes::Closed => Ok(mode),
        }
    }

    /// Moves the mark before policy and chip are asked, as the firmware has it: what is refused
    /// later has used up its level and round. With the holes closed, policy comes first.
    fn check_mark_and_kind(
        &mut self,
        alias: KeyAlias,
        digest: &Digest,
        request: &Request<'_>,
    ) -> Result<(), Status> {
        if self.holes == Holes::Closed {
            self.check_kind(alias, digest, request)?;
        }
        self.marks.advance(alias, request.packet.data)?;
        self.check_kind(alias, digest, request)
    }

    fn check_kind(
        &self,
        alias: KeyAlias,
        digest: &Digest,
        request: &Request<'_>,
    ) -> Result<(), Status> {
        let neighbours = Neighbours {
            last_round: self.marks.p256.attestation.round,
            digest,
            buffer: request.buffer,
        };
        let kind = request.packet.data.first().copied().unwrap_or_default();
        if self.policy.allows_kind(alias, kind, &neighbours) {
            Ok(())
        } else {
            Err(Status::Kind)
        }
    }

    fn signature(&mut self, alias: KeyAlias, digest: &Digest) -> Result<Signature, Status> {
        let mut digest = *digest;
        if self.faults.strikes(Fault::WrongSignature) {
            digest.0 = digest.0.map(|byte| !byte);
        }
        if self.faults.strikes(Fault::RepeatedNonce) {
            self.element.repeat_nonce();
        }
        self.element.sign(alias, &digest)
    }
}

/// What will be signed: AD without data, AE for a digest of another size.
fn digest_of(mode: Mode, data: &[u8]) -> Result<Digest, Status> {
    if data.is_empty() {
        return Err(Status::Data);
    }
    if mode.is_digest() {
        let digest = data.try_into().map_err(|_| Status::DigestLength)?;
        return Ok(Digest(digest));
    }
    Ok(Digest::of(data))
}

/// Mode 0: text of a signature of zeros, whatever the data.
fn default_signature(alias: KeyAlias) -> Body {
    body(Signature([0; 64]).to_base58(alias.curve()).as_bytes())
}
