//! Clients with tz4 keys: Octez' own, whose signatures over requests of these tests are recorded in
//! `core/tests/recorded`.

use serde_json::Value;

use super::doors::Proof;
use super::keys::HsmKey;

const RECORDED: &str = include_str!("../../../core/tests/recorded/octez-tz4-authentications.json");

/// A tz4 key of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tz4(usize);

impl Tz4 {
    pub(crate) const ONE: Self = Self(0);
    pub(crate) const OTHER: Self = Self(1);

    fn text(self, field: &str) -> String {
        let key = &recorded()["keys"][self.0];
        key[field].as_str().unwrap().to_owned()
    }

    /// The public key as a configuration lists it.
    pub(crate) fn public_key(self) -> String {
        self.text("public_key")
    }

    pub(crate) fn address(self) -> String {
        self.text("public_key_hash")
    }

    /// Its recorded signature over the request to sign `message` with `key`.
    #[track_caller]
    pub(crate) fn proof(self, key: &HsmKey, message: &[u8]) -> Proof {
        let (by, data) = (self.address(), hex::encode(message));
        let file = recorded();
        let mut rows = file["authentications"].as_array().unwrap().iter();
        let found =
            rows.find(|row| row["by"] == by && row["key"] == key.address && row["data"] == data);
        let row = found.expect("a recorded request");
        Proof {
            text: row["text"].as_str().unwrap().to_owned(),
            bytes: hex::decode(row["signature"].as_str().unwrap()).unwrap(),
        }
    }
}

fn recorded() -> Value {
    serde_json::from_str(RECORDED).unwrap()
}
