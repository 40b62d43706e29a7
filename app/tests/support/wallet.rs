//! A client's own key, with which it signs its requests.

use tezio_core::crypto::Sign as _;
use tezio_core::tezos::{Curve, Digest, Signature};
use tezio_crypto::SecretKey;

use super::http::{Client, Response, quoted};
use super::keys::HsmKey;

/// The order of P-256, big-endian.
const P256_ORDER: [u8; 32] =
    hex_literal::hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/// A key pair of a client.
#[derive(Debug)]
pub(crate) struct Wallet {
    secret: SecretKey,
    curve: Curve,
}

impl Wallet {
    /// The key pair of a seed, always the same.
    pub(crate) fn new(curve: Curve, seed: u8) -> Self {
        let secret = SecretKey::from_bytes(curve, &[seed; 32]).unwrap();
        Self { secret, curve }
    }

    /// The public key as a configuration lists it.
    pub(crate) fn public_key(&self) -> String {
        self.secret.public_key().to_base58().to_string()
    }

    pub(crate) fn address(&self) -> String {
        self.secret.public_key().hash().to_string()
    }

    /// The text of a signature over `<04><01><tagged address of key><message>`.
    pub(crate) fn authenticate(&self, key: &HsmKey, message: &[u8]) -> String {
        self.signature(key, message)
            .to_base58(self.curve)
            .to_string()
    }

    /// The same in the form that names no curve.
    pub(crate) fn authenticate_generic(&self, key: &HsmKey, message: &[u8]) -> String {
        // Only curves whose signatures this signer never makes have the generic prefix.
        self.signature(key, message)
            .to_base58(Curve::Bls12381)
            .to_string()
    }

    /// The same with S in the upper half of a P-256 signature's range, as half of those are that
    /// come from hardware.
    pub(crate) fn authenticate_high(&self, key: &HsmKey, message: &[u8]) -> String {
        let Signature(mut bytes) = self.signature(key, message);
        let (_, s) = bytes.split_at_mut(32);
        let negated = minus(&P256_ORDER, s);
        if negated.as_slice() > &*s {
            s.copy_from_slice(&negated);
        }
        Signature(bytes).to_base58(Curve::P256).to_string()
    }

    /// The signature alone, as sockets carry it.
    pub(crate) fn signature(&self, key: &HsmKey, message: &[u8]) -> Signature {
        let digest = Digest::of(&[&[4, 1], key.tagged().as_slice(), message].concat());
        self.secret.sign(&digest, &[7; 32])
    }

    /// Sends a signed request.
    pub(crate) fn sign(&self, client: &mut Client, key: &HsmKey, message: &[u8]) -> Response {
        let authentication = self.authenticate(key, message);
        let path = format!("{}?authentication={authentication}", key.path());
        client.post(&path, &quoted(message))
    }
}

/// `a - b` of two big-endian numbers, `b` not above `a`.
fn minus(a: &[u8; 32], b: &[u8]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = false;
    for at in (0..32).rev() {
        let (first, under) = a[at].overflowing_sub(b[at]);
        let (second, under_again) = first.overflowing_sub(u8::from(borrow));
        difference[at] = second;
        borrow = under || under_again;
    }
    difference
}
