//! Operations other than votes of consensus, magic byte 0x03: from the bytes to be signed to the kind
//! of every content, in whose name it is, and what it moves.
//!
//! ```text
//! <03><branch: 32><content>+
//! ```
//!
//! Nothing but the contents' own layouts says where one ends and the next begins, so a single kind
//! that cannot be walked hides all behind it. Hence the promise: an [`Operation`] has been walked to
//! its last byte, every content of a kind that is known; anything else is [`Unreadable`], with the
//! place and the reason. Never panics; each byte is looked at a fixed number of times.
//!
//! Layouts are those of protocol 025. Earlier ones that differ cannot be told by looking; of those,
//! a reveal without its presence byte ends too early or goes on with a tag that is no presence byte.
//!
//! Left to others: what is allowed. Left unread: Michelson, proofs and other payloads, whose sizes
//! alone count here. There is no chain id in these bytes; the branch alone ties them to a chain.
//!
//! Format: Octez, `src/proto_025_PsUshuai/lib_protocol/operation_repr.ml`, at commit `d26a8bef8215`.

mod carried_key;
mod content;
mod details;
mod entrypoint;
mod kind;
mod unread;
mod unreadable;
mod vote;
mod walk;

pub use carried_key::CarriedKey;
pub use content::{Content, Limits};
pub use details::Details;
pub use entrypoint::Entrypoint;
pub use kind::{OperationKind, UnknownKind};
pub use unreadable::{OperationFault, Unreadable};
pub use vote::Vote;

use super::MagicByte;
use walk::Walk;

/// An operation that has been walked from its magic byte to its last byte.
///
/// Made by [`Operation::parse`] alone.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    branch: [u8; 32],
    /// Stands behind the branch, before at least one content.
    contents: Walk<'a>,
}

impl<'a> Operation<'a> {
    /// Reads `message`, magic byte first.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when the bytes are not one operation of known kinds and nothing more.
    pub fn parse(message: &'a [u8]) -> Result<Self, Unreadable> {
        let mut walk = Walk::new(message);
        walk.choice("magic byte of an operation", |byte| {
            (byte == MagicByte::OPERATION.0).then_some(())
        })?;
        let branch = walk.array()?;
        let contents = walk;
        check_contents(walk)?;
        Ok(Self { branch, contents })
    }

    /// The hash of the block that the operation builds on.
    #[must_use]
    pub const fn branch(&self) -> &[u8; 32] {
        &self.branch
    }

    /// Every content, in order; there is at least one.
    #[must_use]
    pub const fn contents(&self) -> Contents<'a> {
        Contents(self.contents)
    }
}

/// Walks all contents: at least one, and more of them only if all are manager operations.
fn check_contents(mut walk: Walk<'_>) -> Result<(), Unreadable> {
    let behind_branch = walk.at();
    let (mut count, mut lone) = (0_usize, None);
    while !walk.is_done() {
        let at = walk.at();
        let kind = Content::parse(&mut walk)?.kind;
        count = count.saturating_add(1);
        if !kind.is_manager() {
            let fault = OperationFault::Batched(kind);
            lone = lone.or(Some(Unreadable { at, fault }));
        }
    }
    match (count, lone) {
        (0, _) => Err(Unreadable {
            at: behind_branch,
            fault: OperationFault::NoContents,
        }),
        (2.., Some(unreadable)) => Err(unreadable),
        _ => Ok(()),
    }
}

/// The contents of an operation, one behind the other.
#[derive(Clone, Debug)]
pub struct Contents<'a>(Walk<'a>);

impl<'a> Iterator for Contents<'a> {
    type Item = Content<'a>;

    fn next(&mut self) -> Option<Content<'a>> {
        // The end is the one fault left: these very bytes were walked without any in `parse`.
        Content::parse(&mut self.0).ok()
    }
}
