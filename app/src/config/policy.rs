//! The policy that a configuration file describes: what takes several fields to see is checked here.

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use tezio_core::hsm::KeyAlias;
use tezio_core::limits::{ADDRESS_RANGES, AUTHORIZED_KEYS, CHAINS, CLIENTS, HSMS, KEYS, USERS};
use tezio_core::policy::{ClientName, HsmId, KeyPolicy, MagicBytes, Operations, Policy};
use tezio_core::tezos::{ChainId, ClientKey, MagicByte, PublicKeyHash};

use super::file::{Config, Key, Listen};

impl Config {
    /// The policy, with keys on the HSMs of these names.
    ///
    /// # Errors
    ///
    /// What does not fit together, by key.
    pub(super) fn policy(&self, hsms: &[String]) -> Result<Policy> {
        let mut policy = Policy {
            switches: self.security.into(),
            known_keys_listed: self.allow_list_known_keys,
            without_hsm: self.without_hsm.into(),
            lasting_marks: self.lasting_marks,
            ..Policy::default()
        };
        for range in &self.allowed_ips {
            let pushed = policy.allowed_addresses.push(range.0);
            ensure!(pushed.is_ok(), "more than {ADDRESS_RANGES} allowed_ips");
        }
        let users = heapless::Vec::from_slice(&self.allowed_users).ok();
        let groups = heapless::Vec::from_slice(&self.allowed_groups).ok();
        policy.allowed_users = users.with_context(|| format!("more than {USERS} allowed_users"))?;
        policy.allowed_groups =
            groups.with_context(|| format!("more than {USERS} allowed_groups"))?;
        for name in &self.allowed_clients {
            let name = ClientName::try_from(name.as_str());
            let name = name.map_err(|_| anyhow!("a name in allowed_clients is too long"))?;
            let pushed = policy.allowed_clients.push(name);
            ensure!(pushed.is_ok(), "more than {CLIENTS} allowed_clients");
        }
        for key in &self.authorized_keys {
            let pushed = policy.authorized_keys.push(key.0);
            ensure!(
                pushed.is_ok(),
                "more than {AUTHORIZED_KEYS} authorized_keys"
            );
        }
        for key in &self.keys {
            ensure!(
                policy.position(&key.hash.0).is_none(),
                "key {} is listed twice",
                key.hash.0
            );
            let key = key.policy(hsms)?;
            let mut others = policy.keys.iter().flat_map(|other| &other.homes);
            let taken = others.find(|home| key.homes.contains(home));
            ensure!(
                taken.is_none(),
                "two keys have curve_alias {}: an HSM holds one under each",
                taken.map_or(0, |(_, alias)| alias.number())
            );
            let pushed = policy.keys.push(key);
            ensure!(pushed.is_ok(), "more than {KEYS} keys");
        }
        self.add_rules(&mut policy)?;
        self.check_authentication(&policy)?;
        self.check_addresses(&policy)?;
        self.check_clients()?;
        Ok(policy)
    }

    /// What is said of operations and clients, key by key in the order of the policy's.
    fn add_rules(&self, policy: &mut Policy) -> Result<()> {
        for (at, key) in self.keys.iter().enumerate() {
            let hash = key.hash.0;
            if let Some(operations) = &key.operations {
                operations.add_to(&mut policy.rules, at, hash)?;
            }
            let Some(clients) = &key.clients else {
                continue;
            };
            ensure!(
                !clients.is_empty(),
                "key {hash}: clients is empty, and nobody could ask: leave it out for all"
            );
            let of_key = policy.keys.get(at).cloned();
            let of_key = of_key.context("a fault of this program: a key without a policy")?;
            for (number, client) in (1..).zip(clients) {
                client
                    .add_to(policy, at, &of_key)
                    .with_context(|| format!("key {hash}: entry {number} of clients"))?;
            }
        }
        Ok(())
    }

    fn check_authentication(&self, policy: &Policy) -> Result<()> {
        for key in &policy.keys {
            let Some(listed) = &key.authorized_by else {
                continue;
            };
            let hash = key.hash;
            ensure!(
                key.authentication_required && !listed.is_empty(),
                "key {hash}: authorized_by goes with auth_req: true, and names at least one key"
            );
            for by in listed {
                ensure!(
                    policy.authorized_keys.iter().any(|key| key.hash() == *by),
                    "key {hash}: authorized_by names {by}, whose public key is not among \
                     authorized_keys"
                );
            }
        }
        ensure!(
            !self.keys.is_empty(),
            "no keys: list at least one under keys"
        );
        for key in &policy.keys {
            let authorized = policy.authorized_keys.iter();
            ensure!(
                !policy.allows(key, MagicByte::AUTHENTICATION)
                    || authorized.map(ClientKey::hash).all(|hash| hash != key.hash),
                "key {} may sign 0x04 and is one of authorized_keys: whoever may use it could \
                 authenticate requests for the other keys",
                key.hash
            );
        }
        ensure!(
            !policy.any_needs_authentication() || !self.authorized_keys.is_empty(),
            "a key has auth_req, but there are no authorized_keys: list the public key (edpk…, \
             sppk…, p2pk… or BLpk…) that octez-client signs its requests with, or set auth_req: \
             false"
        );
        Ok(())
    }

    fn check_addresses(&self, policy: &Policy) -> Result<()> {
        let network = |listen: &Listen| !matches!(listen, Listen::Unix { .. });
        ensure!(
            !policy.switches.remote_ip_check
                || !self.allowed_ips.is_empty()
                || !self.listen.iter().any(network),
            "remote_ip_check is on, but allowed_ips is empty: nobody could ask. List the addresses \
             that may, such as \"127.0.0.1\""
        );
        Ok(())
    }

    /// Names of clients are of use only where certificates are asked for.
    fn check_clients(&self) -> Result<()> {
        let asks = |listen: &Listen| matches!(listen, Listen::Https { client_authority, .. } if client_authority.is_some());
        ensure!(
            self.allowed_clients.is_empty() || self.listen.iter().any(asks),
            "allowed_clients names clients by their certificates, but nothing in listen asks for \
             certificates: give an Https entry its client_authority"
        );
        Ok(())
    }
}

impl Key {
    fn policy(&self, hsms: &[String]) -> Result<KeyPolicy> {
        let (hash, alias) = (self.hash.0, self.curve_alias.0);
        if alias.curve() != hash.curve() {
            bail!(
                "key {hash}: curve_alias {} holds {} keys: use {}",
                alias.number(),
                alias.curve().address_prefix(),
                suitable_aliases(hash)
            );
        }
        let mut magic_bytes = MagicBytes::default();
        for byte in &self.allowed_ops {
            magic_bytes.insert(MagicByte(byte.0));
        }
        let homes = self.homes(hsms)?;
        Ok(KeyPolicy {
            hash,
            homes,
            magic_bytes,
            authentication_required: self.auth_req,
            authorized_by: self.authorized_by()?,
            chains: self.chains()?,
            operations: self.operations()?,
        })
    }

    fn chains(&self) -> Result<heapless::Vec<ChainId, CHAINS>> {
        let hash = self.hash.0;
        let Some(listed) = &self.chains else {
            return Ok(heapless::Vec::new());
        };
        ensure!(
            !listed.is_empty(),
            "key {hash}: chains is empty: leave it out for all"
        );
        let ids = listed.iter().map(|chain| chain.0).collect::<Vec<_>>();
        heapless::Vec::from_slice(&ids)
            .map_err(|_| anyhow!("key {hash}: more than {CHAINS} chains"))
    }

    fn operations(&self) -> Result<Operations> {
        let hash = self.hash.0;
        let signs = self
            .allowed_ops
            .iter()
            .any(|op| op.0 == MagicByte::OPERATION.0);
        ensure!(
            signs || (self.operations.is_none() && !self.allow_unreadable_operations),
            "key {hash}: operations and allow_unreadable_operations go with 0x03 in allowed_ops"
        );
        let said = self
            .operations
            .as_ref()
            .map(super::operations::Operations::settings);
        Ok(Operations {
            unreadable_allowed: self.allow_unreadable_operations,
            ..said.unwrap_or_default()
        })
    }

    /// The HSMs that hold it, by number.
    fn homes(&self, hsms: &[String]) -> Result<heapless::Vec<(HsmId, KeyAlias), HSMS>> {
        let hash = self.hash.0;
        let listed = self.hsms.as_deref().unwrap_or(hsms);
        ensure!(!listed.is_empty(), "key {hash}: on none of the hsms");
        let mut homes = heapless::Vec::new();
        for name in listed {
            let at = hsms.iter().position(|known| known == name);
            let at = at.with_context(|| {
                format!(
                    "key {hash}: no HSM is called {name}; there is {}",
                    hsms.join(", ")
                )
            })?;
            let home = (HsmId(u8::try_from(at)?), self.curve_alias.0);
            ensure!(!homes.contains(&home), "key {hash}: {name} is named twice");
            let pushed = homes.push(home);
            ensure!(pushed.is_ok(), "key {hash}: on more than {HSMS} hsms");
        }
        Ok(homes)
    }

    fn authorized_by(&self) -> Result<Option<heapless::Vec<PublicKeyHash, AUTHORIZED_KEYS>>> {
        let Some(listed) = &self.authorized_by else {
            return Ok(None);
        };
        let hashes = listed.iter().map(|address| address.0).collect::<Vec<_>>();
        heapless::Vec::from_slice(&hashes).map(Some).map_err(|_| {
            anyhow!(
                "key {}: more than {AUTHORIZED_KEYS} in authorized_by",
                self.hash.0
            )
        })
    }
}

fn suitable_aliases(hash: PublicKeyHash) -> String {
    let suitable = KeyAlias::ALL
        .into_iter()
        .filter(|alias| alias.curve() == hash.curve())
        .map(|alias| alias.number().to_string())
        .collect::<Vec<_>>();
    if suitable.is_empty() {
        format!(
            "a tz1, tz2 or tz3 key, as no Tezio HSM holds {}",
            hash.curve().address_prefix()
        )
    } else {
        suitable.join(" or ")
    }
}
