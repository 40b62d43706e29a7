//! Clients with tz4 keys: Octez' own, whose signatures over requests of these tests are recorded.

use serde_json::Value;
use tezio_core::octez::Authentication;
use tezio_core::tezos::{BlsPublicKey, BlsSignature, PublicKeyHash};

use super::keys::{Holder, address};
use super::messages::Wanted;

const RECORDED: &str = include_str!("../recorded/octez-tz4-authentications.json");

/// Whose key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tz4 {
    One,
    Other,
}

impl Tz4 {
    fn row(self) -> Value {
        let file: Value = serde_json::from_str(RECORDED).unwrap();
        file["keys"][self as usize].clone()
    }

    pub(crate) fn public_key(self) -> BlsPublicKey {
        let row = self.row();
        let key = BlsPublicKey::from_base58(row["public_key"].as_str().unwrap()).unwrap();
        assert_eq!(hex::encode(key.0), row["raw"].as_str().unwrap());
        key
    }

    pub(crate) fn address(self) -> PublicKeyHash {
        let row = self.row();
        PublicKeyHash::from_base58(row["public_key_hash"].as_str().unwrap()).unwrap()
    }

    /// Its recorded signature over the request to sign `wanted` with the key of `holder`.
    pub(crate) fn authentication(self, holder: Holder, wanted: &Wanted) -> Authentication {
        let file: Value = serde_json::from_str(RECORDED).unwrap();
        let rows = file["authentications"].as_array().unwrap();
        let (by, key) = (self.address().to_string(), address(holder).to_string());
        let data = hex::encode(&wanted.bytes);
        let recorded = rows
            .iter()
            .find(|row| row["by"] == by && row["key"] == key && row["data"] == data);
        let signature = recorded.expect("a recorded request")["signature"].as_str();
        let bytes = hex::decode(signature.unwrap()).unwrap();
        Authentication::Bls(BlsSignature(bytes.try_into().unwrap()))
    }
}
