//! Checking signatures of tz4 keys where there is no code for it: such a key is refused when it is to
//! be made ready, so no signature ever gets further.

use core::convert::Infallible;

use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, VerifyBls};
use tezio_core::tezos::{BlsPublicKey, BlsSignature};

use crate::Verifier;

impl VerifyBls for Verifier {
    type BlsKey = Infallible;
    type BlsSigned = Infallible;

    fn prepare_bls(&self, _: &BlsPublicKey) -> Result<Infallible, InvalidPublicKey> {
        Err(InvalidPublicKey)
    }

    fn prepare_signed(
        &self,
        _: &[&[u8]],
        _: &BlsSignature,
    ) -> Result<Infallible, InvalidSignature> {
        Err(InvalidSignature)
    }

    fn verify_bls(&self, key: &Infallible, _: &Infallible) -> Result<(), InvalidSignature> {
        match *key {}
    }
}
