//! Sets of kinds of operation, and which kinds a policy must name before they are signed.

use crate::tezos::operation::OperationKind;

/// A set of kinds of operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindSet(u64);

impl KindSet {
    /// The same set with `kind` in it.
    #[must_use]
    pub fn with(self, kind: OperationKind) -> Self {
        Self(self.0 | bit(kind))
    }

    /// Whether `kind` is in the set.
    #[must_use]
    pub fn contains(self, kind: OperationKind) -> bool {
        self.0 & bit(kind) != 0
    }

    /// Whether the sets have a kind in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The kinds in the set, in the order of their tags.
    pub fn kinds(self) -> impl Iterator<Item = OperationKind> {
        let all = OperationKind::ALL.into_iter();
        all.filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<OperationKind> for KindSet {
    fn from_iter<I: IntoIterator<Item = OperationKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::default(), Self::with)
    }
}

/// The bit of a kind; there are fewer than 64.
fn bit(kind: OperationKind) -> u64 {
    let at = OperationKind::ALL.iter().position(|one| *one == kind);
    at.and_then(|at| u32::try_from(at).ok())
        .and_then(|at| 1_u64.checked_shl(at))
        .unwrap_or(0)
}

/// What becomes of a kind of operation where the policy of a key says nothing of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Signed.
    Signed,
    /// Refused, for it can cost more than what an account holds, or another's account: it must be
    /// named.
    MustBeNamed,
    /// Refused whatever a policy says: votes of consensus are signed under magic bytes of their own,
    /// where watermarks guard them.
    Never,
}

impl Standing {
    /// That of `kind`.
    #[must_use]
    pub const fn of(kind: OperationKind) -> Self {
        use OperationKind as Kind;
        match kind {
            Kind::DrainDelegate | Kind::UpdateConsensusKey | Kind::UpdateCompanionKey => {
                Self::MustBeNamed
            }
            Kind::Preattestation
            | Kind::Attestation
            | Kind::AttestationWithDal
            | Kind::PreattestationsAggregate
            | Kind::AttestationsAggregate => Self::Never,
            Kind::SeedNonceRevelation
            | Kind::DoubleConsensusOperationEvidence
            | Kind::DoubleBakingEvidence
            | Kind::ActivateAccount
            | Kind::Proposals
            | Kind::Ballot
            | Kind::VdfRevelation
            | Kind::FailingNoop
            | Kind::DalEntrapmentEvidence
            | Kind::Reveal
            | Kind::Transaction
            | Kind::Origination
            | Kind::Delegation
            | Kind::RegisterGlobalConstant
            | Kind::SetDepositsLimit
            | Kind::IncreasePaidStorage
            | Kind::TransferTicket
            | Kind::SmartRollupOriginate
            | Kind::SmartRollupAddMessages
            | Kind::SmartRollupCement
            | Kind::SmartRollupPublish
            | Kind::SmartRollupRefute
            | Kind::SmartRollupTimeout
            | Kind::SmartRollupExecuteOutboxMessage
            | Kind::SmartRollupRecoverBond
            | Kind::DalPublishCommitment
            | Kind::ZkRollupOrigination
            | Kind::ZkRollupPublish
            | Kind::ZkRollupUpdate => Self::Signed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        for kind in OperationKind::ALL {
            let alone = KindSet::default().with(kind);
            assert!(alone.kinds().eq([kind]));
            assert!(alone.meets(alone) && !alone.meets(KindSet::default()));
        }
        let all: KindSet = OperationKind::ALL.into_iter().collect();
        assert!(all.kinds().eq(OperationKind::ALL));
    }
}
