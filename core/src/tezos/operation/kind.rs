//! The kinds of operation, by tag and by the name that the protocol has for them.

use core::str::FromStr;

/// What one content of an operation does.
///
/// All kinds of protocol 025. Tags that meant something in earlier protocols alone are none: 7 and
/// 22, and 150 to 157.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum OperationKind {
    /// Reveals the nonce that a block committed to.
    SeedNonceRevelation = 1,
    /// Denounces two votes of one baker at one level and round.
    DoubleConsensusOperationEvidence = 2,
    /// Denounces two blocks of one baker at one level and round.
    DoubleBakingEvidence = 3,
    /// Opens an account with its secret.
    ActivateAccount = 4,
    /// Proposes protocols, in the name of a delegate.
    Proposals = 5,
    /// Votes on a protocol, in the name of a delegate.
    Ballot = 6,
    /// Reveals the result of a delay function.
    VdfRevelation = 8,
    /// Empties a delegate's account; signed by its consensus key.
    DrainDelegate = 9,
    /// Carries any bytes and never gets into a block.
    FailingNoop = 17,
    /// A vote of consensus; signed under a magic byte of its own, never as an operation.
    Preattestation = 20,
    /// As [`Self::Preattestation`].
    Attestation = 21,
    /// As [`Self::Preattestation`].
    AttestationWithDal = 23,
    /// Denounces a vote for a trap in DAL content.
    DalEntrapmentEvidence = 24,
    /// As [`Self::Preattestation`], of several keys.
    PreattestationsAggregate = 30,
    /// As [`Self::Preattestation`], of several keys.
    AttestationsAggregate = 31,
    /// Shows the public key of the source.
    Reveal = 107,
    /// Sends tez, calls a contract, stakes or unstakes.
    Transaction = 108,
    /// Makes a contract.
    Origination = 109,
    /// Sets or withdraws the delegate of the source.
    Delegation = 110,
    /// Stores an expression for all to use.
    RegisterGlobalConstant = 111,
    /// Bounds or frees how much a delegate puts at stake.
    SetDepositsLimit = 112,
    /// Pays for storage of a contract.
    IncreasePaidStorage = 113,
    /// Has another key sign blocks and votes of the source, and drain it.
    UpdateConsensusKey = 114,
    /// Has another key sign the DAL content of the source's votes.
    UpdateCompanionKey = 115,
    /// Sends a ticket.
    TransferTicket = 158,
    /// Makes a smart rollup.
    SmartRollupOriginate = 200,
    /// Sends messages to all smart rollups.
    SmartRollupAddMessages = 201,
    /// Settles a commitment.
    SmartRollupCement = 202,
    /// Commits to a state, with a bond.
    SmartRollupPublish = 203,
    /// Plays a move against a commitment.
    SmartRollupRefute = 204,
    /// Ends a game whose other player is silent.
    SmartRollupTimeout = 205,
    /// Executes what a rollup decided: whatever transfers its outbox has.
    SmartRollupExecuteOutboxMessage = 206,
    /// Gets a bond back.
    SmartRollupRecoverBond = 207,
    /// Publishes a commitment to DAL content.
    DalPublishCommitment = 230,
    /// Makes a zk rollup.
    ZkRollupOrigination = 250,
    /// Sends operations to a zk rollup.
    ZkRollupPublish = 251,
    /// Updates the state of a zk rollup.
    ZkRollupUpdate = 252,
}

/// A text that names no kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no kind of operation has this name")]
pub struct UnknownKind;

impl OperationKind {
    /// All of them, in the order of their tags.
    pub const ALL: [Self; 37] = [
        Self::SeedNonceRevelation,
        Self::DoubleConsensusOperationEvidence,
        Self::DoubleBakingEvidence,
        Self::ActivateAccount,
        Self::Proposals,
        Self::Ballot,
        Self::VdfRevelation,
        Self::DrainDelegate,
        Self::FailingNoop,
        Self::Preattestation,
        Self::Attestation,
        Self::AttestationWithDal,
        Self::DalEntrapmentEvidence,
        Self::PreattestationsAggregate,
        Self::AttestationsAggregate,
        Self::Reveal,
        Self::Transaction,
        Self::Origination,
        Self::Delegation,
        Self::RegisterGlobalConstant,
        Self::SetDepositsLimit,
        Self::IncreasePaidStorage,
        Self::UpdateConsensusKey,
        Self::UpdateCompanionKey,
        Self::TransferTicket,
        Self::SmartRollupOriginate,
        Self::SmartRollupAddMessages,
        Self::SmartRollupCement,
        Self::SmartRollupPublish,
        Self::SmartRollupRefute,
        Self::SmartRollupTimeout,
        Self::SmartRollupExecuteOutboxMessage,
        Self::SmartRollupRecoverBond,
        Self::DalPublishCommitment,
        Self::ZkRollupOrigination,
        Self::ZkRollupPublish,
        Self::ZkRollupUpdate,
    ];

    /// The byte that begins a content of this kind.
    #[must_use]
    pub const fn tag(self) -> u8 {
        self as u8
    }

    /// The kind that a tag announces, if it announces one.
    #[must_use]
    pub fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.tag() == tag)
    }

    /// Whether it is a manager operation: one with source, fee and counter, that can stand in a
    /// batch. All others stand alone.
    #[must_use]
    pub const fn is_manager(self) -> bool {
        self.tag() >= Self::Reveal.tag()
    }

    /// The name that the protocol has for it, as in `transaction`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SeedNonceRevelation => "seed_nonce_revelation",
            Self::DoubleConsensusOperationEvidence => "double_consensus_operation_evidence",
            Self::DoubleBakingEvidence => "double_baking_evidence",
            Self::ActivateAccount => "activate_account",
            Self::Proposals => "proposals",
            Self::Ballot => "ballot",
            Self::VdfRevelation => "vdf_revelation",
            Self::DrainDelegate => "drain_delegate",
            Self::FailingNoop => "failing_noop",
            Self::Preattestation => "preattestation",
            Self::Attestation => "attestation",
            Self::AttestationWithDal => "attestation_with_dal",
            Self::DalEntrapmentEvidence => "dal_entrapment_evidence",
            Self::PreattestationsAggregate => "preattestations_aggregate",
            Self::AttestationsAggregate => "attestations_aggregate",
            Self::Reveal => "reveal",
            Self::Transaction => "transaction",
            Self::Origination => "origination",
            Self::Delegation => "delegation",
            Self::RegisterGlobalConstant => "register_global_constant",
            Self::SetDepositsLimit => "set_deposits_limit",
            Self::IncreasePaidStorage => "increase_paid_storage",
            Self::UpdateConsensusKey => "update_consensus_key",
            Self::UpdateCompanionKey => "update_companion_key",
            Self::TransferTicket => "transfer_ticket",
            Self::SmartRollupOriginate => "smart_rollup_originate",
            Self::SmartRollupAddMessages => "smart_rollup_add_messages",
            Self::SmartRollupCement => "smart_rollup_cement",
            Self::SmartRollupPublish => "smart_rollup_publish",
            Self::SmartRollupRefute => "smart_rollup_refute",
            Self::SmartRollupTimeout => "smart_rollup_timeout",
            Self::SmartRollupExecuteOutboxMessage => "smart_rollup_execute_outbox_message",
            Self::SmartRollupRecoverBond => "smart_rollup_recover_bond",
            Self::DalPublishCommitment => "dal_publish_commitment",
            Self::ZkRollupOrigination => "zk_rollup_origination",
            Self::ZkRollupPublish => "zk_rollup_publish",
            Self::ZkRollupUpdate => "zk_rollup_update",
        }
    }
}

impl FromStr for OperationKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.name() == name).ok_or(UnknownKind)
    }
}

impl core::fmt::Display for OperationKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_by_its_tag() {
        for kind in OperationKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(OperationKind::from_tag(kind.tag()), Some(kind));
        }
    }

    #[test]
    fn all_are_listed_once_in_the_order_of_their_tags() {
        assert!(OperationKind::ALL.is_sorted_by(|one, next| one.tag() < next.tag()));
        let known = (0..=u8::MAX).filter_map(OperationKind::from_tag);
        assert_eq!(known.count(), OperationKind::ALL.len());
    }

    #[test]
    fn names_are_exact() {
        for name in ["", "Transaction", "transaction ", "endorsement", "108"] {
            assert_eq!(name.parse::<OperationKind>(), Err(UnknownKind), "{name:?}");
        }
    }
}
