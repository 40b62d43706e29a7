//! Why bytes are no operation that this signer can read: at which byte, and what is wrong there.

use super::OperationKind;

/// An operation that cannot be walked to its last byte. Nothing is known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable operation: byte {at}: {fault}")]
pub struct Unreadable {
    /// Where, counted from the magic byte, which is byte 0.
    pub at: usize,
    /// What.
    pub fault: OperationFault,
}

/// What is wrong at a byte of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperationFault {
    /// Nothing stands behind the branch.
    #[error("nothing behind the branch")]
    NoContents,
    /// A byte that should choose among cases and chooses none.
    #[error("{byte:#04x} is no {what}")]
    Unknown {
        /// Among which cases.
        what: &'static str,
        /// The byte found.
        byte: u8,
    },
    /// A field goes on behind the end of the operation, or of the list it stands in.
    #[error("{wanted} bytes should follow, {left} do")]
    Ended {
        /// Bytes that the field takes.
        wanted: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// Another way to write a number that can be written shorter.
    #[error("number with a needless zero at its end")]
    Padded,
    /// A number of more than 64 bits.
    #[error("number above 18446744073709551615")]
    TooLarge,
    /// A field or list of a size that it cannot have.
    #[error("{what} cannot have {bytes} bytes")]
    Size {
        /// Which.
        what: &'static str,
        /// Its size.
        bytes: usize,
    },
    /// A batch of other than manager operations.
    #[error("{0} cannot stand in a batch")]
    Batched(OperationKind),
}
