//! One content of an operation: what it is, in whose name, at what cost.
//!
//! ```text
//! manager operation    <tag><source: 21><fee><counter><gas limit><storage limit><body>
//! proposals, ballot    <tag><source: 21><body>
//! any other            <tag><body>
//! ```

use super::walk::{Read, Walk};
use super::{Details, OperationKind};
use crate::tezos::PublicKeyHash;

/// One content of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content<'a> {
    /// What it does.
    pub kind: OperationKind,
    /// In whose name: the source of a manager operation, the voter of proposals and ballots. No other
    /// kind has one.
    pub source: Option<PublicKeyHash>,
    /// What the source pays and may use up; manager operations alone have it.
    pub limits: Option<Limits>,
    /// What else decides.
    pub details: Details<'a>,
}

/// What the source of a manager operation pays and may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What the source pays for the operation, in mutez.
    pub fee: u64,
    /// The number of the operation among those of its source.
    pub counter: u64,
    /// Gas that it may use, in units of gas.
    pub gas: u64,
    /// Storage that it may use, in bytes.
    pub storage: u64,
}

impl<'a> Content<'a> {
    pub(super) fn parse(walk: &mut Walk<'a>) -> Read<Self> {
        let kind = walk.choice("kind of operation", OperationKind::from_tag)?;
        let votes = matches!(kind, OperationKind::Proposals | OperationKind::Ballot);
        let manager = kind.is_manager();
        let has_source = manager || votes;
        let source = has_source.then(|| walk.key_hash()).transpose()?;
        let limits = manager.then(|| Limits::parse(walk)).transpose()?;
        let details = Details::parse(kind, walk)?;
        Ok(Self {
            kind,
            source,
            limits,
            details,
        })
    }
}

impl Limits {
    fn parse(walk: &mut Walk<'_>) -> Read<Self> {
        Ok(Self {
            fee: walk.number()?,
            counter: walk.number()?,
            gas: walk.number()?,
            storage: walk.number()?,
        })
    }
}
