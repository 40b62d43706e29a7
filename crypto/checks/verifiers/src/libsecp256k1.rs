//! Bitcoin's libsecp256k1 through `secp256k1`: C. It takes the lower half of S alone, as ours does.

use secp256k1::ecdsa::{self, Signature};
use secp256k1::{Message, PublicKey};
use tezio_core::tezos::{Curve, PublicKey as Key};

use crate::{Check, Implementation, Sample, Signed};

pub(crate) const ALL: [Implementation; 1] = [Implementation {
    name: "secp256k1 (libsecp256k1)",
    curve: Curve::Secp256k1,
    signed: Signed::Blake2b,
    prepare,
}];

fn prepare(sample: &Sample) -> Option<Check> {
    let Key::Secp256k1(bytes) = &sample.key else {
        return None;
    };
    let key = PublicKey::from_byte_array_compressed(*bytes).ok()?;
    Some(Box::new(move |sample| {
        let digest = Message::from_digest(sample.bytes);
        Signature::from_compact(&sample.signature)
            .is_ok_and(|signature| ecdsa::verify(&signature, digest, &key).is_ok())
    }))
}
