//! What a key's policy says of operations: from one that has been walked to what it would spend.
//!
//! Every content is judged, the last as the first. Where no rules are given for a key, it signs what
//! [`Standing::of`] its kind says.

use crate::tezos::operation::{Content, Operation, OperationKind};
use crate::tezos::{Mutez, PublicKeyHash};

use super::kinds::Standing;
use super::rules::{Breach, Rules, Taken};
use super::spending::Spending;

/// What is said of a key's operations besides its rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Whether those are signed that cannot be read, which no rule can bound.
    pub unreadable_allowed: bool,
    /// Whether the key's rules alone say what it signs.
    pub by_rules: bool,
    /// The fees that one operation may pay in all.
    pub max_fee: Option<Mutez>,
    /// The contents that one operation may have.
    pub max_batch: Option<usize>,
}

/// An operation that a key may not sign, for one of its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("content {content} of {of} in an operation for {key}: {kind} {objection}")]
pub struct ForbiddenOperation {
    /// The key.
    pub key: PublicKeyHash,
    /// Which content, the first being 1.
    pub content: usize,
    /// How many there are.
    pub of: usize,
    /// The content's kind.
    pub kind: OperationKind,
    /// What stands against it.
    pub objection: Objection,
}

/// What stands against a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// A vote of consensus.
    #[error("is signed under a magic byte of its own, and never as an operation")]
    ConsensusVote,
    /// It can cost more than other kinds, and the key has no rules.
    #[error("can cost everything: it is signed only where operations of the key names it")]
    MustBeNamed,
    /// No rule of the key names its kind.
    #[error("is not among the kinds in operations of the key")]
    NotNamed,
    /// The last of the rules that name its kind.
    #[error("{0} in operations of the key")]
    Breach(Breach),
    /// The operation's fees are too high, at the latest with this one.
    #[error("takes the fees to {asked}, above max_fee of {limit} in operations of the key")]
    Fee {
        /// The fees of all contents up to this one.
        asked: Mutez,
        /// The most.
        limit: Mutez,
    },
    /// There are too many before it.
    #[error("is one more than max_batch of {0} in operations of the key")]
    Batch(usize),
}

impl Operations {
    /// What `operation` spends, if a key with these settings at `at` among the policy's keys may sign
    /// it.
    pub(super) fn check(
        &self,
        rules: &Rules,
        (at, key): (usize, PublicKeyHash),
        operation: &Operation<'_>,
    ) -> Result<Spending, ForbiddenOperation> {
        let (mut taken, mut fees) = (Taken::default(), Mutez::default());
        for (before, content) in operation.contents().enumerate() {
            let fee = content.limits.map_or(0, |limits| limits.fee);
            fees = fees.saturating_add(Mutez(fee));
            self.judge(rules, at, &content, &mut taken)
                .and_then(|()| self.check_fee(fees))
                .and_then(|()| self.check_batch(before))
                .map_err(|objection| ForbiddenOperation {
                    key,
                    content: before.saturating_add(1),
                    of: operation.contents().count(),
                    kind: content.kind,
                    objection,
                })?;
        }
        Ok(rules.spending(&taken))
    }

    fn judge(
        &self,
        rules: &Rules,
        key: usize,
        content: &Content<'_>,
        taken: &mut Taken,
    ) -> Result<(), Objection> {
        match (Standing::of(content.kind), self.by_rules) {
            (Standing::Never, _) => Err(Objection::ConsensusVote),
            (Standing::MustBeNamed, false) => Err(Objection::MustBeNamed),
            (Standing::Signed, false) => Ok(()),
            (Standing::MustBeNamed | Standing::Signed, true) => rules
                .take(key, content, taken)
                .map_err(|breach| breach.map_or(Objection::NotNamed, Objection::Breach)),
        }
    }

    fn check_fee(&self, asked: Mutez) -> Result<(), Objection> {
        match self.max_fee {
            Some(limit) if asked > limit => Err(Objection::Fee { asked, limit }),
            Some(_) | None => Ok(()),
        }
    }

    fn check_batch(&self, before: usize) -> Result<(), Objection> {
        match self.max_batch {
            Some(limit) if before >= limit => Err(Objection::Batch(limit)),
            Some(_) | None => Ok(()),
        }
    }
}
