//! What a configuration file says of a key's clients: from its words to the core's entries.

use anyhow::{Result, anyhow, ensure};
use serde::Deserialize;
use tezio_core::limits::CLIENT_RULES;
use tezio_core::policy::{ClientRule, KeyPolicy, MagicBytes, Policy, Who};
use tezio_core::tezos::MagicByte;

use super::text::{Address, Op, Range};
use super::words::KindName;

/// One of `clients` of a key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    #[serde(default)]
    address: Option<Range>,
    #[serde(default)]
    user: Option<u32>,
    #[serde(default)]
    group: Option<u32>,
    #[serde(default)]
    certificate: Option<String>,
    #[serde(default)]
    authorized_key: Option<Address>,
    #[serde(default)]
    allowed_ops: Option<Vec<Op>>,
    #[serde(default)]
    operations: Option<Vec<KindName>>,
}

impl Client {
    /// Adds the entry to `policy`, for the key at `at`.
    ///
    /// # Errors
    ///
    /// An entry that could never fit anybody, or would give what the key does not sign.
    pub(super) fn add_to(&self, policy: &mut Policy, at: usize, key: &KeyPolicy) -> Result<()> {
        let rule = ClientRule {
            key: at,
            who: self.who(policy, key)?,
            magic_bytes: self.magic_bytes(key)?,
            kinds: self
                .operations
                .as_ref()
                .map(|kinds| kinds.iter().map(|kind| kind.0).collect()),
        };
        let operations = |bytes: &MagicBytes| bytes.contains(MagicByte::OPERATION);
        let signs = operations(rule.magic_bytes.as_ref().unwrap_or(&key.magic_bytes));
        ensure!(
            signs || rule.kinds.is_none(),
            "operations goes with 0x03 in allowed_ops"
        );
        let pushed = policy.client_rules.push(rule);
        pushed.map_err(|_| anyhow!("more than {CLIENT_RULES} entries in the clients of all keys"))
    }

    fn who(&self, policy: &Policy, key: &KeyPolicy) -> Result<Who> {
        let certificate = self.certificate.as_deref();
        let client = certificate.and_then(|name| policy.recognise([name]));
        ensure!(
            client.is_some() == certificate.is_some(),
            "certificate {:?} is not among allowed_clients",
            certificate.unwrap_or_default()
        );
        let authorized_key = self.authorized_key.map(|address| address.0);
        if let Some(by) = authorized_key {
            let mut known = policy.authorized_keys.iter();
            ensure!(
                policy.needs_authentication(key)
                    && key.is_authorized_by(&by)
                    && known.any(|key| key.hash() == by),
                "authorized_key {by} signs no requests for this key: it takes auth_req: true, and \
                 its public key among authorized_keys"
            );
        }
        let who = Who {
            address: self.address.map(|range| range.0),
            user: self.user,
            group: self.group,
            certificate: client,
            authorized_key,
        };
        ensure!(
            who != Who::default(),
            "nobody is meant: give address, user, group, certificate or authorized_key"
        );
        let network = who.address.is_some() || who.certificate.is_some();
        ensure!(
            !network || (who.user.is_none() && who.group.is_none()),
            "clients with an address or a certificate have no user and no group"
        );
        Ok(who)
    }

    fn magic_bytes(&self, key: &KeyPolicy) -> Result<Option<MagicBytes>> {
        let Some(listed) = &self.allowed_ops else {
            return Ok(None);
        };
        let mut bytes = MagicBytes::default();
        for byte in listed.iter().map(|op| MagicByte(op.0)) {
            ensure!(
                key.magic_bytes.contains(byte),
                "{byte} is not in allowed_ops of the key, of which clients only take away"
            );
            bytes.insert(byte);
        }
        Ok(Some(bytes))
    }
}
