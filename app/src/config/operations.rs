//! What a configuration file says of a key's operations: from its words to the core's rules.
//!
//! A limit that would not bound what its entry allows is refused: whoever writes it expects it to.

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::Deserialize;
use tezio_core::policy::{EntrypointName, KindSet, Operations as Core, Rule, Rules};
use tezio_core::tezos::operation::{OperationKind as Kind, Vote as CoreVote};
use tezio_core::tezos::{Contract, PublicKeyHash};

use super::words::{Destination, Entrypoint, KindName, Tez, Vote};

/// Any contract may call an entrypoint of its own by one of these names.
const STAKING: [&str; 4] = [
    "stake",
    "unstake",
    "finalize_unstake",
    "set_delegate_parameters",
];

/// `operations` of a key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operations {
    allow: Vec<Entry>,
    #[serde(default = "one_tez")]
    max_fee: Tez,
    #[serde(default)]
    max_batch: Option<usize>,
}

/// One of `allow`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kinds: Vec<KindName>,
    #[serde(default)]
    max_amount: Option<Tez>,
    #[serde(default)]
    max_amount_per_day: Option<Tez>,
    #[serde(default)]
    destinations: Option<Vec<Destination>>,
    #[serde(default)]
    entrypoints: Option<Vec<Entrypoint>>,
    #[serde(default)]
    votes: Option<Vec<Vote>>,
}

/// More than any sound operation of the size that an HSM takes, and little to lose.
const fn one_tez() -> Tez {
    Tez::ONE
}

impl Operations {
    /// What is said besides the entries.
    pub(super) fn settings(&self) -> Core {
        Core {
            unreadable_allowed: false,
            by_rules: true,
            max_fee: Some(self.max_fee.0),
            max_batch: self.max_batch,
        }
    }

    /// Adds the entries to `rules`, for the key at `at`.
    ///
    /// # Errors
    ///
    /// An entry that does not mean what it seems to, and entries without end.
    pub(super) fn add_to(&self, rules: &mut Rules, at: usize, key: PublicKeyHash) -> Result<()> {
        for (number, entry) in (1..).zip(&self.allow) {
            entry
                .add_to(rules, at, key)
                .with_context(|| format!("key {key}: operations: entry {number} of allow"))?;
        }
        Ok(())
    }
}

impl Entry {
    fn add_to(&self, rules: &mut Rules, at: usize, key: PublicKeyHash) -> Result<()> {
        self.check()?;
        let destinations = self.destinations.as_ref().map(|listed| {
            let listed = listed.iter().map(|one| one.contract(key));
            listed.collect::<Vec<Contract>>()
        });
        let entrypoints = self.entrypoints.as_ref().map(|listed| {
            let listed = listed.iter().map(|one| one.0);
            listed.collect::<Vec<EntrypointName>>()
        });
        let votes = self.votes.as_ref().map(|listed| {
            let listed = listed.iter().map(|one| one.0);
            listed.collect::<Vec<CoreVote>>()
        });
        let rule = Rule {
            kinds: self.kinds(),
            max_amount: self.max_amount.map(|tez| tez.0),
            max_amount_per_day: self.max_amount_per_day.map(|tez| tez.0),
            destinations: destinations.as_deref(),
            entrypoints: entrypoints.as_deref(),
            votes: votes.as_deref(),
        };
        rules.add(at, &rule).map_err(|full| anyhow!(full))
    }

    fn kinds(&self) -> KindSet {
        self.kinds.iter().map(|kind| kind.0).collect()
    }

    fn check(&self) -> Result<()> {
        ensure!(!self.kinds.is_empty(), "kinds is empty");
        let amounts = self.max_amount.is_some() || self.max_amount_per_day.is_some();
        self.check_field(amounts, "max_amount", has_bounded_cost)?;
        self.check_field(self.destinations.is_some(), "destinations", has_destination)?;
        self.check_field(self.entrypoints.is_some(), "entrypoints", has_entrypoint)?;
        self.check_field(self.votes.is_some(), "votes", |kind| kind == Kind::Ballot)?;
        let mut entrypoints = self.entrypoints.iter().flatten();
        let staking = entrypoints.find(|one| STAKING.contains(&one.0.name()));
        ensure!(
            staking.is_none() || self.destinations.is_some(),
            "entrypoint {} is the protocol's own only where the destination is an account, and any \
             contract may have one of that name: add destinations: [\"self\"]",
            staking.map_or("", |one| one.0.name())
        );
        Ok(())
    }

    /// A limit must mean something for each kind of the entry.
    fn check_field(&self, given: bool, field: &str, bounds: impl Fn(Kind) -> bool) -> Result<()> {
        let foreign = self.kinds().kinds().find(|kind| !bounds(*kind));
        match foreign.filter(|_| given) {
            Some(kind) => Err(anyhow!(
                "{field} does not bound what {kind} does: give that kind an entry of its own"
            )),
            None => Ok(()),
        }
    }
}

/// Whether amount and fee are what it costs.
fn has_bounded_cost(kind: Kind) -> bool {
    matches!(kind, Kind::Transaction | Kind::Origination | Kind::Reveal)
}

fn has_destination(kind: Kind) -> bool {
    has_entrypoint(kind) || matches!(kind, Kind::Delegation | Kind::DrainDelegate)
}

fn has_entrypoint(kind: Kind) -> bool {
    matches!(kind, Kind::Transaction | Kind::TransferTicket)
}
