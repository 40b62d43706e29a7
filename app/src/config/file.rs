//! The configuration file as it is written: RON structures, one field each.

use core::net::SocketAddr;
use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use tezio_core::policy::{Switches, WithoutHsm as Core};
use tezio_core::watermark::JumpGuard;
use tezio_soft_hsm_pty::Profile;

use super::AuditBounds;
use super::clients::Client;
use super::operations::Operations;
use super::text::{Address, Alias, Chain, Key as AuthorizedKey, Kind, Level, Op, Range, Round};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(super) listen: Vec<Listen>,
    #[serde(default)]
    pub(super) monitor: Option<SocketAddr>,
    #[serde(default)]
    pub(super) monitor_names: Vec<String>,
    #[serde(default)]
    pub(super) control: Option<PathBuf>,
    #[serde(default)]
    pub(super) control_group: Option<u32>,
    #[serde(default)]
    pub(super) http_prefix: String,
    #[serde(default)]
    pub(super) hsm: Option<Hsm>,
    #[serde(default)]
    pub(super) hsms: BTreeMap<String, Hsm>,
    #[serde(default)]
    pub(super) without_hsm: WithoutHsm,
    #[serde(default)]
    pub(super) lasting_marks: bool,
    pub(super) state: PathBuf,
    #[serde(default)]
    pub(super) security: Security,
    #[serde(default)]
    pub(super) allowed_ips: Vec<Range>,
    #[serde(default)]
    pub(super) allowed_users: Vec<u32>,
    #[serde(default)]
    pub(super) allowed_groups: Vec<u32>,
    #[serde(default)]
    pub(super) allowed_clients: Vec<String>,
    #[serde(default)]
    pub(super) allow_list_known_keys: bool,
    #[serde(default)]
    pub(super) authorized_keys: Vec<AuthorizedKey>,
    pub(super) keys: Vec<Key>,
    #[serde(default)]
    pub(super) shadow_policy: Option<PathBuf>,
    #[serde(default)]
    pub(super) high_water_marks: Vec<StartingMark>,
    #[serde(default)]
    pub(super) level_jumps: LevelJumps,
    #[serde(default)]
    pub(super) timeouts: Timeouts,
    #[serde(default)]
    pub(super) rounds: Rounds,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) audit: Audit,
}

/// Where, and how, clients come in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Listen {
    /// HTTP.
    Http(SocketAddr),
    /// HTTP over TLS.
    Https {
        address: SocketAddr,
        certificate: PathBuf,
        key: PathBuf,
        /// Who signs the certificates that clients must show.
        #[serde(default)]
        client_authority: Option<PathBuf>,
    },
    /// Octez' own protocol over TCP.
    Tcp(SocketAddr),
    /// Octez' own protocol over a Unix socket.
    Unix {
        path: PathBuf,
        #[serde(default = "owner_alone")]
        mode: u32,
        #[serde(default)]
        owner: Option<u32>,
        #[serde(default)]
        group: Option<u32>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) enum Hsm {
    Serial {
        port: PathBuf,
    },
    Usb {
        #[serde(default)]
        serial: Option<String>,
        #[serde(default)]
        product: Option<String>,
    },
    Simulated(Box<Profile>),
}

/// What becomes of requests while no HSM can serve them.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) enum WithoutHsm {
    #[default]
    Wait,
    Refuse,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Security {
    remote_ip_check: bool,
    auth_check: bool,
    signing_policy_check: bool,
    high_water_mark_check: bool,
    pub(super) level_jump_check: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) hash: Address,
    pub(super) curve_alias: Alias,
    /// Names of the HSMs that hold it; all of them if left out.
    #[serde(default)]
    pub(super) hsms: Option<Vec<String>>,
    pub(super) allowed_ops: Vec<Op>,
    #[serde(default = "yes")]
    pub(super) auth_req: bool,
    #[serde(default)]
    pub(super) authorized_by: Option<Vec<Address>>,
    /// Any chain if left out.
    #[serde(default)]
    pub(super) chains: Option<Vec<Chain>>,
    #[serde(default)]
    pub(super) operations: Option<Operations>,
    #[serde(default)]
    pub(super) allow_unreadable_operations: bool,
    /// Every client if left out.
    #[serde(default)]
    pub(super) clients: Option<Vec<Client>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StartingMark {
    pub(super) chain: Chain,
    pub(super) level: Level,
    #[serde(default)]
    pub(super) round: Round,
    #[serde(default)]
    pub(super) key: Option<Address>,
    #[serde(default)]
    pub(super) kind: Option<Kind>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LevelJumps {
    pub(super) max_levels: u32,
    pub(super) block_seconds: u32,
    pub(super) ahead: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Timeouts {
    pub(super) request_ms: u32,
    pub(super) hsm_reply_ms: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rounds {
    pub(super) first_seconds: u32,
    pub(super) longer_seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    pub(super) connections: usize,
    pub(super) connections_per_address: usize,
    pub(super) idle_seconds: u64,
}

/// What becomes of the audit log.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) enum Audit {
    /// It is kept, up to a bound.
    On {
        #[serde(default = "audit_files")]
        files: usize,
        #[serde(default = "audit_file_mib")]
        file_mib: u64,
    },
    /// There is none.
    Off,
}

/// A mebibyte.
pub(super) const MIB: u64 = 1024 * 1024;

impl Audit {
    pub(super) const fn bounds(self) -> Option<AuditBounds> {
        match self {
            Self::On { files, file_mib } => Some(AuditBounds {
                files,
                bytes: file_mib.saturating_mul(MIB),
            }),
            Self::Off => None,
        }
    }
}

impl Default for Audit {
    /// A gibibyte: the log of some two months of a key that votes at every level, a level in six
    /// seconds.
    fn default() -> Self {
        Self::On {
            files: audit_files(),
            file_mib: audit_file_mib(),
        }
    }
}

impl Default for Security {
    fn default() -> Self {
        let Switches {
            remote_ip_check,
            auth_check,
            signing_policy_check,
            high_water_mark_check,
        } = Switches::default();
        Self {
            remote_ip_check,
            auth_check,
            signing_policy_check,
            high_water_mark_check,
            level_jump_check: true,
        }
    }
}

impl From<Security> for Switches {
    fn from(security: Security) -> Self {
        Self {
            remote_ip_check: security.remote_ip_check,
            auth_check: security.auth_check,
            signing_policy_check: security.signing_policy_check,
            high_water_mark_check: security.high_water_mark_check,
        }
    }
}

impl From<WithoutHsm> for Core {
    fn from(choice: WithoutHsm) -> Self {
        match choice {
            WithoutHsm::Wait => Self::Wait,
            WithoutHsm::Refuse => Self::Refuse,
        }
    }
}

impl Default for LevelJumps {
    /// A hundred thousand blocks of six seconds are a week without a signature. Two seconds are
    /// faster than any chain's blocks, now and after the next upgrades; a day is how long a machine
    /// whose clock stands still without power may have been off.
    fn default() -> Self {
        Self {
            max_levels: 100_000,
            block_seconds: 2,
            ahead: 14_400,
        }
    }
}

impl From<LevelJumps> for JumpGuard {
    fn from(jumps: LevelJumps) -> Self {
        Self {
            levels: jumps.max_levels,
            block_seconds: jumps.block_seconds,
            ahead: jumps.ahead,
        }
    }
}

impl Default for Timeouts {
    /// A request older than five seconds is of no use on a chain with blocks of six; the slowest
    /// signature of the published firmware takes about one.
    fn default() -> Self {
        Self {
            request_ms: 5_000,
            hsm_reply_ms: 3_000,
        }
    }
}

impl Default for Rounds {
    /// Mainnet since Ushuaia.
    fn default() -> Self {
        Self {
            first_seconds: 6,
            longer_seconds: 3,
        }
    }
}

impl From<Rounds> for crate::round::Rounds {
    fn from(rounds: Rounds) -> Self {
        Self {
            first_seconds: rounds.first_seconds,
            longer_seconds: rounds.longer_seconds,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 100,
            connections_per_address: 32,
            idle_seconds: 30,
        }
    }
}

const fn owner_alone() -> u32 {
    0o600
}

const fn audit_files() -> usize {
    64
}

const fn audit_file_mib() -> u64 {
    16
}

const fn yes() -> bool {
    true
}

impl Config {
    /// Reads the text; faults are shown with line and column.
    pub(super) fn parse(text: &str) -> Result<Self> {
        ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
            .with_default_extension(ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES)
            .from_str(text)
            .map_err(|fault| {
                let start = fault.span.start;
                anyhow!("line {}, column {}: {}", start.line, start.col, fault.code)
            })
    }
}
