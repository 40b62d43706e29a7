//! VERIFY: whether a signature fits a message or digest, as lax as the firmware is.

use tezio_core::hsm::device::Request;
use tezio_core::hsm::{KeyAlias, Mode, RequestPacket, Status};
use tezio_core::tezos::{Digest, Signature};

use crate::element::{SLOT, SecureElement};
use crate::hsm::{Body, Hsm, body};
use crate::signature_text;

/// Less data than this is no signature and a message, in bytes.
const SMALLEST: usize = 65;
const RAW: usize = 64;

impl<S: SecureElement> Hsm<S> {
    /// Answers VERIFY: AA, B0, AB, AD, AC, AB again for the digest's size, A1, B4, then one byte.
    pub(crate) fn verify(&mut self, request: &Request<'_>) -> Result<Body, Status> {
        let packet = &request.packet;
        let alias = self.permitted(packet)?;
        let mode = packet.param2.unwrap_or_default();
        let mode = Mode::from_number(mode).ok_or(Status::Param2)?;
        if packet.data.len() < SMALLEST {
            return Err(Status::Data);
        }
        let (first, signature) = cut(alias, mode, packet)?;
        let digest = digest_of(mode, first)?;
        self.element.wake()?;
        self.element.read_public_key(alias, &mut [0; SLOT])?;
        let valid =
            signature.is_some_and(|signature| self.element.verify(alias, &digest, &signature));
        Ok(body(&[u8::from(valid)]))
    }
}

/// Message or digest, and the signature behind it; `None` for text that is no signature and is
/// reported as a wrong one.
fn cut<'a>(
    alias: KeyAlias,
    mode: Mode,
    packet: &RequestPacket<'a>,
) -> Result<(&'a [u8], Option<Signature>), Status> {
    let at = if mode.is_text() {
        let first_part = packet.param3.filter(|length| *length > 0);
        usize::from(first_part.ok_or(Status::Param3)?)
    } else {
        packet.data.len().saturating_sub(RAW)
    };
    let split = packet.data.split_at_checked(at);
    let (first, rest) = split
        .filter(|(_, rest)| !rest.is_empty())
        .ok_or(Status::Param3)?;
    let signature = if mode.is_text() {
        signature_text::decode(alias, rest)?
    } else {
        rest.try_into().ok().map(Signature)
    };
    Ok((first, signature))
}

fn digest_of(mode: Mode, first: &[u8]) -> Result<Digest, Status> {
    if mode.is_digest() {
        first.try_into().map(Digest).map_err(|_| Status::Param2)
    } else {
        Ok(Digest::of(first))
    }
}
