//! The body of a content: from its bytes, all of them walked, to what decides.

use super::walk::{Read, Walk};
use super::{CarriedKey, Entrypoint, OperationKind, Vote, unread};
use crate::tezos::{Contract, ProtocolHash, PublicKeyHash, SmartRollup};

/// The most protocols that one content proposes.
const PROPOSALS: usize = 20;

/// What a content says beyond kind, source and limits, as far as it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Details<'a> {
    /// A transaction.
    Transaction {
        /// What is sent, in mutez.
        amount: u64,
        /// Where to.
        destination: Contract,
        /// What is asked of the destination. What is passed to it is not read.
        entrypoint: Entrypoint<'a>,
    },
    /// An origination. The program is not read.
    Origination {
        /// What the new contract gets, in mutez.
        balance: u64,
        /// Its delegate, if it gets one.
        delegate: Option<PublicKeyHash>,
    },
    /// A delegation: the new delegate, `None` to have none.
    Delegation(Option<PublicKeyHash>),
    /// A reveal, or an update of a consensus or companion key: the key.
    Key(CarriedKey<'a>),
    /// A deposits limit in mutez, `None` to have none.
    DepositsLimit(Option<u64>),
    /// A ticket on its way. Ticket and amount are not read.
    Ticket {
        /// Where to.
        destination: Contract,
        /// What is asked of the destination.
        entrypoint: Entrypoint<'a>,
    },
    /// Storage to be paid for: of which contract. How much is not read.
    PaidStorage(Contract),
    /// Proposals: the hashes of the proposed protocols, at most 20.
    Proposals(&'a [[u8; 32]]),
    /// A ballot.
    Ballot {
        /// The protocol voted on.
        proposal: ProtocolHash,
        /// What is said of it.
        vote: Vote,
    },
    /// A delegate to be emptied.
    Drain {
        /// The key that signs.
        consensus_key: PublicKeyHash,
        /// What is emptied.
        delegate: PublicKeyHash,
        /// Where to.
        destination: PublicKeyHash,
    },
    /// What is done with one smart rollup: with which.
    Rollup(SmartRollup),
    /// Nothing more is read.
    Unread,
}

impl<'a> Details<'a> {
    /// Walks the body of a content of this kind.
    pub(super) fn parse(kind: OperationKind, walk: &mut Walk<'a>) -> Read<Self> {
        use OperationKind as Kind;
        let walked = match kind {
            Kind::Transaction => return Self::transaction(walk),
            Kind::Origination => return Self::origination(walk),
            Kind::Delegation => return walk.option(Walk::key_hash).map(Self::Delegation),
            Kind::Reveal => return CarriedKey::parse(walk).map(Self::Key),
            Kind::UpdateConsensusKey => return CarriedKey::parse(walk).map(Self::Key),
            Kind::UpdateCompanionKey => return CarriedKey::parse(walk).map(Self::Key),
            Kind::SetDepositsLimit => return walk.option(Walk::number).map(Self::DepositsLimit),
            Kind::TransferTicket => return Self::ticket(walk),
            Kind::IncreasePaidStorage => return Self::paid_storage(walk),
            Kind::Proposals => return Self::proposals(walk),
            Kind::Ballot => return Self::ballot(walk),
            Kind::DrainDelegate => return Self::drain(walk),
            Kind::SmartRollupCement => return Self::rollup(walk, |_| Ok(())),
            Kind::SmartRollupPublish => return Self::rollup(walk, unread::rollup_state),
            Kind::SmartRollupRefute => return Self::rollup(walk, unread::refutation),
            Kind::SmartRollupTimeout => return Self::rollup(walk, unread::two_players),
            Kind::SmartRollupExecuteOutboxMessage => return Self::rollup(walk, unread::outbox),
            Kind::SmartRollupRecoverBond => return Self::rollup(walk, unread::player),
            Kind::SeedNonceRevelation => walk.skip(4 + 32),
            Kind::DoubleConsensusOperationEvidence => unread::two_votes(walk),
            Kind::DoubleBakingEvidence => unread::two_of_any_size(walk),
            Kind::ActivateAccount => walk.skip(20 + 20),
            Kind::VdfRevelation => walk.skip(100 + 100),
            Kind::FailingNoop | Kind::RegisterGlobalConstant => walk.skip_bytes(),
            Kind::Preattestation | Kind::Attestation => unread::vote(walk),
            Kind::AttestationWithDal => unread::vote_with_dal(walk),
            Kind::DalEntrapmentEvidence => unread::entrapment(walk),
            Kind::PreattestationsAggregate => unread::preattestations(walk),
            Kind::AttestationsAggregate => unread::attestations(walk),
            Kind::SmartRollupOriginate => unread::new_rollup(walk),
            Kind::SmartRollupAddMessages => walk.list(Walk::skip_bytes),
            Kind::DalPublishCommitment => walk.skip(1 + 48 + 96),
            Kind::ZkRollupOrigination => unread::new_zk_rollup(walk),
            Kind::ZkRollupPublish => unread::zk_publish(walk),
            Kind::ZkRollupUpdate => unread::zk_update(walk),
        };
        walked.map(|()| Self::Unread)
    }

    /// `<amount><destination: 22><00 | ff, entrypoint, length: u32, parameter>`.
    fn transaction(walk: &mut Walk<'a>) -> Read<Self> {
        let amount = walk.number()?;
        let destination = walk.contract()?;
        let entrypoint = walk.option(|walk| {
            let entrypoint = Entrypoint::parse(walk)?;
            walk.skip_bytes().map(|()| entrypoint)
        })?;
        Ok(Self::Transaction {
            amount,
            destination,
            entrypoint: entrypoint.unwrap_or(Entrypoint::DEFAULT),
        })
    }

    /// `<balance><00 | ff, key hash: 21><length: u32, code><length: u32, storage>`.
    fn origination(walk: &mut Walk<'a>) -> Read<Self> {
        let balance = walk.number()?;
        let delegate = walk.option(Walk::key_hash)?;
        unread::two_of_any_size(walk)?;
        Ok(Self::Origination { balance, delegate })
    }

    /// `<length: u32, contents><length: u32, type><ticketer: 22><amount><destination: 22>` and
    /// `<length: u32, entrypoint>`.
    fn ticket(walk: &mut Walk<'a>) -> Read<Self> {
        unread::two_of_any_size(walk)?;
        walk.contract()?;
        walk.digits()?;
        Ok(Self::Ticket {
            destination: walk.contract()?,
            entrypoint: Entrypoint::parse_long(walk)?,
        })
    }

    /// `<amount, with a sign><contract: 22>`.
    fn paid_storage(walk: &mut Walk<'a>) -> Read<Self> {
        walk.digits()?;
        walk.program().map(Self::PaidStorage)
    }

    /// `<period: 4><length: u32><hashes: 32 each>`; the voter stands before them.
    fn proposals(walk: &mut Walk<'a>) -> Read<Self> {
        walk.skip(4)?;
        let hashes = walk.arrays("a list of proposals", PROPOSALS)?;
        Ok(Self::Proposals(hashes))
    }

    /// `<period: 4><proposal: 32><vote: u8>`; the voter stands before them.
    fn ballot(walk: &mut Walk<'a>) -> Read<Self> {
        walk.skip(4)?;
        Ok(Self::Ballot {
            proposal: ProtocolHash(walk.array()?),
            vote: walk.choice("vote", Vote::from_byte)?,
        })
    }

    /// `<consensus key: 21><delegate: 21><destination: 21>`.
    fn drain(walk: &mut Walk<'a>) -> Read<Self> {
        Ok(Self::Drain {
            consensus_key: walk.key_hash()?,
            delegate: walk.key_hash()?,
            destination: walk.key_hash()?,
        })
    }

    /// `<rollup: 20>` and what `rest` walks over.
    fn rollup(walk: &mut Walk<'a>, rest: impl Fn(&mut Walk<'a>) -> Read<()>) -> Read<Self> {
        let rollup = SmartRollup(walk.array()?);
        rest(walk)?;
        Ok(Self::Rollup(rollup))
    }
}
