//! The configuration: from a RON file to checked values.
//!
//! Every field is checked while it is read, so that a fault is shown with its line and column; what
//! takes several fields to see is checked afterwards and named by key. Unknown fields are refused.
//! The words are those of the original Tezio Signer's `config.yaml` where it had one.

mod file;
mod text;

use core::time::Duration;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use tezio_core::hsm::KeyAlias;
use tezio_core::limits::{ADDRESS_RANGES, AUTHORIZED_KEYS, CLIENTS, KEYS, USERS};
use tezio_core::policy::{ClientName, HsmId, KeyPolicy, MagicBytes, Policy};
use tezio_core::signer::Times;
use tezio_core::tezos::{ChainId, ConsensusKind, MagicByte, PublicKey, PublicKeyHash};
use tezio_core::watermark::{Mark, Watermark};
use tezio_soft_hsm_pty::Profile;

use crate::state::Marks;

use file::Config as ConfigFile;
pub(crate) use file::Listen;

/// The one HSM that this version drives.
pub(crate) const HSM: HsmId = HsmId(0);

/// Everything the daemon is told.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) listen: Vec<Listen>,
    /// What may stand before the paths of HTTP requests.
    pub(crate) http_prefix: String,
    pub(crate) hsm: Hsm,
    pub(crate) state: PathBuf,
    pub(crate) policy: Policy,
    pub(crate) times: Times,
    pub(crate) limits: Limits,
    /// Marks below which nothing is signed, whatever the journal says.
    pub(crate) starting_marks: Vec<(Watermark, Mark)>,
}

/// Where the HSM is.
#[derive(Debug)]
pub(crate) enum Hsm {
    /// A board on a serial port.
    Serial(PathBuf),
    /// A software HSM inside the daemon, with public test keys.
    Simulated(Box<Profile>),
}

impl Hsm {
    /// Whose marks are kept.
    pub(crate) const fn marks(&self) -> Marks {
        match self {
            Self::Serial(_) => Marks::Board,
            Self::Simulated(_) => Marks::Simulated,
        }
    }
}

/// What clients may take up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) idle: Duration,
}

impl Config {
    /// Reads and checks the file at `path`. Relative paths in it start at its folder.
    ///
    /// # Errors
    ///
    /// What is wrong, where, and how to mend it.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!(
                "cannot read the configuration {}: name it with --config FILE",
                path.display()
            )
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder).with_context(|| format!("in {}", path.display()))
    }

    /// Checks the text of a configuration file that stands in `folder`.
    ///
    /// # Errors
    ///
    /// As for [`Config::load`].
    pub(crate) fn parse(text: &str, folder: &Path) -> Result<Self> {
        let file = ConfigFile::parse(text)?;
        file.check(folder)
    }
}

impl ConfigFile {
    fn check(self, folder: &Path) -> Result<Config> {
        ensure!(
            !self.listen.is_empty(),
            "nothing to listen on: give at least one place, as in listen: [Http(\"127.0.0.1:6732\")]"
        );
        let policy = self.policy()?;
        self.check_numbers()?;
        Ok(Config {
            starting_marks: self.starting_marks(&policy)?,
            times: Times {
                request_ms: self.timeouts.request_ms,
                hsm_reply_ms: self.timeouts.hsm_reply_ms,
            },
            limits: Limits {
                connections: self.limits.connections,
                connections_per_address: self.limits.connections_per_address,
                idle: Duration::from_secs(self.limits.idle_seconds),
            },
            listen: self
                .listen
                .into_iter()
                .map(|listen| listen.below(folder))
                .collect(),
            http_prefix: self.http_prefix.trim_end_matches('/').to_owned(),
            hsm: match self.hsm {
                file::Hsm::Serial { port } => Hsm::Serial(port),
                file::Hsm::Simulated(profile) => Hsm::Simulated(profile),
            },
            state: folder.join(self.state),
            policy,
        })
    }

    fn check_numbers(&self) -> Result<()> {
        ensure!(
            self.http_prefix.is_empty() || self.http_prefix.starts_with('/'),
            "http_prefix must begin with a slash, as in \"/signer\""
        );
        let (request, reply) = (self.timeouts.request_ms, self.timeouts.hsm_reply_ms);
        ensure!(
            (100..=60_000).contains(&request) && (100..=60_000).contains(&reply),
            "timeouts: request_ms and hsm_reply_ms must be from 100 to 60000"
        );
        let limits = &self.limits;
        ensure!(
            (1..=10_000).contains(&limits.connections) && limits.connections_per_address > 0,
            "limits: connections must be from 1 to 10000, connections_per_address at least 1"
        );
        ensure!(
            (1..=3600).contains(&limits.idle_seconds),
            "limits: idle_seconds must be from 1 to 3600"
        );
        Ok(())
    }

    fn policy(&self) -> Result<Policy> {
        let mut policy = Policy {
            switches: self.security.into(),
            known_keys_listed: self.allow_list_known_keys,
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
            let alias = key.curve_alias.0;
            ensure!(
                !policy
                    .keys
                    .iter()
                    .any(|other| other.homes.contains(&(HSM, alias))),
                "two keys have curve_alias {}: an HSM holds one under each",
                alias.number()
            );
            let pushed = policy.keys.push(key.policy()?);
            ensure!(pushed.is_ok(), "more than {KEYS} keys");
        }
        self.check_authentication(&policy)?;
        self.check_addresses(&policy)?;
        self.check_clients()?;
        Ok(policy)
    }

    fn check_authentication(&self, policy: &Policy) -> Result<()> {
        ensure!(
            !self.keys.is_empty(),
            "no keys: list at least one under keys"
        );
        for key in &policy.keys {
            let authorized = policy.authorized_keys.iter();
            ensure!(
                !policy.allows(key, MagicByte::AUTHENTICATION)
                    || authorized.map(PublicKey::hash).all(|hash| hash != key.hash),
                "key {} may sign 0x04 and is one of authorized_keys: whoever may use it could \
                 authenticate requests for the other keys",
                key.hash
            );
        }
        ensure!(
            !policy.any_needs_authentication() || !self.authorized_keys.is_empty(),
            "a key has auth_req, but there are no authorized_keys: list the public key (edpk…, \
             sppk… or p2pk…) that octez-client signs its requests with, or set auth_req: false"
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

    /// One starting mark for each chain, key and kind that `high_water_marks` speaks of.
    fn starting_marks(&self, policy: &Policy) -> Result<Vec<(Watermark, Mark)>> {
        let mut marks = Vec::new();
        for start in &self.high_water_marks {
            if let Some(key) = &start.key {
                ensure!(
                    policy.position(&key.0).is_some(),
                    "high_water_marks names {}, which is not among keys",
                    key.0
                );
            }
            let chain = start.chain.0;
            let mark = Mark {
                level: start.level.0,
                round: start.round.0,
            };
            for watermark in watermarks(chain, policy, start.key.as_ref().map(|key| key.0)) {
                let wanted = start.kind.is_none_or(|kind| kind.0 == watermark.kind);
                if wanted {
                    marks.push((watermark, mark));
                }
            }
        }
        Ok(marks)
    }
}

impl Listen {
    /// Relative paths start at the configuration's folder.
    fn below(self, folder: &Path) -> Self {
        match self {
            Self::Http(_) | Self::Tcp(_) => self,
            Self::Https {
                address,
                certificate,
                key,
                client_authority,
            } => Self::Https {
                address,
                certificate: folder.join(certificate),
                key: folder.join(key),
                client_authority: client_authority.map(|path| folder.join(path)),
            },
            Self::Unix {
                path,
                mode,
                owner,
                group,
            } => Self::Unix {
                path: folder.join(path),
                mode,
                owner,
                group,
            },
        }
    }

    /// Whether clients of other hosts can reach it.
    pub(crate) const fn is_open(&self) -> bool {
        match self {
            Self::Http(address) | Self::Tcp(address) | Self::Https { address, .. } => {
                !address.ip().is_loopback()
            }
            Self::Unix { .. } => false,
        }
    }
}

/// Every watermark of one key, or of all keys that may sign consensus messages, on `chain`.
fn watermarks(
    chain: ChainId,
    policy: &Policy,
    key: Option<PublicKeyHash>,
) -> impl Iterator<Item = Watermark> {
    let hashes = policy.keys.iter().map(|key| key.hash);
    hashes
        .filter(move |hash| key.is_none_or(|key| key == *hash))
        .flat_map(move |key| ConsensusKind::ALL.map(|kind| Watermark { chain, key, kind }))
}

impl file::Key {
    fn policy(&self) -> Result<KeyPolicy> {
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
        let homes = heapless::Vec::from_slice(&[(HSM, alias)]).unwrap_or_default();
        Ok(KeyPolicy {
            hash,
            homes,
            magic_bytes,
            authentication_required: self.auth_req,
            authorized_by: self.authorized_by()?,
        })
    }
}

impl file::Key {
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
