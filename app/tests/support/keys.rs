//! The keys of the software HSM, as the recorded device has them, and the check of what they sign.

use tezio_core::crypto::Verify as _;
use tezio_core::tezos::{Digest, PublicKey, PublicKeyHash, Signature, SignatureText};
use tezio_crypto::Verifier;

use super::http::Response;

/// A key in the HSM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HsmKey {
    pub(crate) address: &'static str,
    pub(crate) public_key: &'static str,
    alias: u8,
    signature_prefix: &'static str,
}

pub(crate) const TZ1: HsmKey = HsmKey {
    address: "tz1RecHxwZJmZY4dypq2KmvxKYgUBGJceH1v",
    public_key: "edpkv1EQnd7cMykpzKuo8xEnioizPd3nP6YYoyoRyRmVK5Vg7TfsCB",
    alias: 1,
    signature_prefix: "edsig",
};
pub(crate) const TZ2: HsmKey = HsmKey {
    address: "tz2Dy8HhPZZqmxVK5hE8Unc66fiWvqY8wFXN",
    public_key: "sppk7ck4y4RnCoX32fAZwoKQxrgjGKR9Efb5VzaqUfkHacbAPr1ifG4",
    alias: 2,
    signature_prefix: "spsig1",
};
pub(crate) const TZ3: HsmKey = HsmKey {
    address: "tz3MyarJihHrejsze59J2Seita7jYWDCJDPe",
    public_key: "p2pk66e7HovJkSsM2LdS5pn8DfxG53qRWifpn92PbbcLkD1YwYbaJ7a",
    alias: 3,
    signature_prefix: "p2sig",
};

impl HsmKey {
    /// Where it is asked to sign.
    pub(crate) fn path(&self) -> String {
        format!("/keys/{}", self.address)
    }

    /// Its entry in the configuration, for every kind of operation.
    pub(crate) fn entry(&self, auth_req: bool) -> String {
        self.entry_for("0x03, 0x11, 0x12, 0x13", auth_req)
    }

    /// The same, and it signs operations that nobody can read: recorded requests are of bytes that
    /// were made up.
    pub(crate) fn blind_entry(&self, auth_req: bool) -> String {
        let blind = "allow_unreadable_operations: true, auth_req";
        self.entry(auth_req).replace("auth_req", blind)
    }

    /// Its entry in the configuration.
    pub(crate) fn entry_for(&self, ops: &str, auth_req: bool) -> String {
        let Self { address, alias, .. } = self;
        format!(
            "(hash: \"{address}\", curve_alias: {alias}, allowed_ops: [{ops}], auth_req: {auth_req}), "
        )
    }

    /// Its address in the binary form, tag first.
    pub(crate) fn tagged(&self) -> [u8; 21] {
        PublicKeyHash::from_base58(self.address).unwrap().tagged()
    }

    /// Requires that it made this signature over `message`.
    #[track_caller]
    pub(crate) fn assert_made(&self, signature: &Signature, message: &[u8]) {
        let public = PublicKey::from_base58(self.public_key).unwrap();
        let prepared = Verifier.prepare(&public).unwrap();
        Verifier
            .verify(&prepared, &Digest::of(message), signature)
            .expect("a signature that verifies");
    }
}

/// Requires an answer with a signature by `key` over `message`, in the text form of its curve.
#[track_caller]
pub(crate) fn assert_signed(key: &HsmKey, message: &[u8], response: &Response) -> String {
    let text = response.signature();
    assert!(text.starts_with(key.signature_prefix), "{text}");
    let signature = SignatureText::from_base58(&text).unwrap();
    key.assert_made(&signature.signature, message);
    text
}
