//! The configuration: from a RON file to checked values.
//!
//! Every field is checked while it is read, so that a fault is shown with its line and column; what
//! takes several fields to see is checked afterwards and named by key. Unknown fields are refused.
//! The words are those of the original Tezio Signer's `config.yaml` where it had one.

mod clients;
mod control;
mod file;
mod hsms;
mod marks;
mod open_doors;
mod operations;
mod policy;
pub(crate) mod text;
mod words;

use core::net::SocketAddr;
use core::time::Duration;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use tezio_core::policy::Policy;
use tezio_core::signer::Times;
use tezio_core::tezos::Digest;
use tezio_core::watermark::{JumpGuard, Mark, Watermark};

use crate::round::Rounds;
use crate::state::Marks;

pub(crate) use control::Control;
pub(crate) use file::Listen;
use file::{Config as ConfigFile, MIB};
pub(crate) use hsms::{Hsm, NamedHsm};

/// Everything the daemon is told.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where it was read; `None` when that was no file.
    pub(crate) file: Option<PathBuf>,
    /// That of the file's bytes.
    pub(crate) digest: Option<Digest>,
    /// Another configuration file whose policy is tried beside this one's.
    pub(crate) shadow_policy: Option<PathBuf>,
    pub(crate) listen: Vec<Listen>,
    /// Where the monitor listens, if it does.
    pub(crate) monitor: Option<SocketAddr>,
    /// Names by which browsers may ask for the status page, besides addresses.
    pub(crate) monitor_names: Vec<String>,
    /// Where commands reach the running daemon.
    pub(crate) control: Control,
    /// What may stand before the paths of HTTP requests.
    pub(crate) http_prefix: String,
    /// The HSMs, in the order of their numbers.
    pub(crate) hsms: Vec<NamedHsm>,
    pub(crate) state: PathBuf,
    pub(crate) policy: Policy,
    pub(crate) times: Times,
    pub(crate) limits: Limits,
    /// How long rounds last.
    pub(crate) rounds: Rounds,
    /// Marks below which nothing is signed, whatever the journal says.
    pub(crate) starting_marks: Vec<(Watermark, Mark)>,
    /// How far ahead a level may be; `None` when that is not checked.
    pub(crate) jumps: Option<JumpGuard>,
    /// How much of the audit log is kept; `None` when there is none.
    pub(crate) audit: Option<AuditBounds>,
}

/// How much of the audit log is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuditBounds {
    /// The files that are kept.
    pub(crate) files: usize,
    /// The size at which the next one begins, in bytes.
    pub(crate) bytes: u64,
}

/// What clients may take up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) idle: Duration,
}

impl Config {
    /// Whose marks are kept.
    pub(crate) fn marks(&self) -> Marks {
        let simulated = |named: &NamedHsm| matches!(named.hsm, Hsm::Simulated(_));
        if self.hsms.iter().any(simulated) {
            Marks::Simulated
        } else {
            Marks::Board
        }
    }

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
        let config = Self::parse(&text, folder);
        let config = config.with_context(|| format!("in {}", path.display()))?;
        Ok(Self {
            file: Some(path.to_owned()),
            digest: Some(Digest::of(text.as_bytes())),
            ..config
        })
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
        let hsms = self.named_hsms()?;
        let names: Vec<_> = hsms.iter().map(|hsm| hsm.name.clone()).collect();
        let policy = self.policy(&names)?;
        self.check_numbers()?;
        let state = folder.join(&self.state);
        let control = self.control(folder, &state)?;
        Ok(Config {
            file: None,
            digest: None,
            shadow_policy: self.shadow_policy.as_ref().map(|path| folder.join(path)),
            starting_marks: self.starting_marks(&policy)?,
            audit: self.audit.bounds(),
            jumps: self
                .security
                .level_jump_check
                .then(|| self.level_jumps.into()),
            times: Times {
                request_ms: self.timeouts.request_ms,
                hsm_reply_ms: self.timeouts.hsm_reply_ms,
            },
            rounds: self.rounds.into(),
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
            monitor: self.monitor,
            control,
            monitor_names: self.monitor_names,
            http_prefix: self.http_prefix.trim_end_matches('/').to_owned(),
            hsms,
            state,
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
        let jumps = &self.level_jumps;
        ensure!(
            (1..=3600).contains(&jumps.block_seconds) && jumps.max_levels > 0 && jumps.ahead > 0,
            "level_jumps: block_seconds must be from 1 to 3600, max_levels and ahead at least 1"
        );
        let rounds = &self.rounds;
        ensure!(
            (1..=3600).contains(&rounds.first_seconds) && rounds.longer_seconds <= 3600,
            "rounds: first_seconds must be from 1 to 3600, longer_seconds at most 3600"
        );
        let audit = self.audit.bounds();
        ensure!(
            audit.is_none_or(|audit| (2..=10_000).contains(&audit.files))
                && audit.is_none_or(|audit| (MIB..=1024 * MIB).contains(&audit.bytes)),
            "audit: files must be from 2 to 10000, file_mib from 1 to 1024"
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

    /// Its address, if it has one of the network.
    pub(crate) const fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Http(address) | Self::Tcp(address) | Self::Https { address, .. } => {
                Some(*address)
            }
            Self::Unix { .. } => None,
        }
    }

    /// Whether clients of other hosts can reach it.
    pub(crate) const fn is_open(&self) -> bool {
        match self.address() {
            Some(address) => !address.ip().is_loopback(),
            None => false,
        }
    }
}
