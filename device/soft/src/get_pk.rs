//! `GET_PK`: a public key in one of four forms.
//!
//! The firmware does not look whether the slot could be read. What could not is whatever lies in
//! the work buffer: the request itself. With its holes closed, a device says B4 instead.

use tezio_core::hsm::device::{CAPACITY, Request};
use tezio_core::hsm::{KeyAlias, KeyFormat, Status};

use crate::element::{SLOT, SecureElement, compressed};
use crate::faults::Fault;
use crate::hsm::{Body, Hsm, body};
use crate::profile::Holes;

impl<S: SecureElement> Hsm<S> {
    /// Answers `GET_PK`: AA, B0, AB, A1, then a key: always, while the holes are open.
    pub(crate) fn get_pk(&mut self, request: &Request<'_>) -> Result<Body, Status> {
        let alias = self.permitted(&request.packet)?;
        let format = request.packet.param2.unwrap_or_default();
        let format = KeyFormat::from_number(format).ok_or(Status::Param2)?;
        self.element.wake()?;
        let slot = self.read_slot(alias, request.buffer)?;
        Ok(written(alias, format, &slot))
    }

    /// `<X><Y>` as far as they can be read, over what was there before. Ed25519 uses one half.
    fn read_slot(
        &mut self,
        alias: KeyAlias,
        buffer: &[u8; CAPACITY],
    ) -> Result<[u8; SLOT], Status> {
        let mut slot = buffer.first_chunk().copied().unwrap_or([0; SLOT]);
        if self.faults.strikes(Fault::GarbageKey) {
            return Ok(slot);
        }
        match (self.element.read_public_key(alias, &mut slot), self.holes) {
            (Ok(()), _) | (Err(_), Holes::Open) => Ok(slot),
            (Err(status), Holes::Closed) => Err(status),
        }
    }
}

fn written(alias: KeyAlias, format: KeyFormat, slot: &[u8; SLOT]) -> Body {
    let key = compressed(alias, slot);
    match format {
        KeyFormat::Raw if alias != KeyAlias::Ed25519 => body(slot),
        KeyFormat::Raw | KeyFormat::Compressed => body(key.as_bytes()),
        KeyFormat::Base58 => body(key.to_base58().as_bytes()),
        KeyFormat::Address => body(key.hash().to_base58().as_bytes()),
    }
}
