//! What an operator wants of a watermark, and the record that it takes.

use tezio_core::tezos::Level;
use tezio_core::watermark::{Mark, Record};

use crate::journal::Kept;
use crate::messages::watermark;

/// What an operator wants of a watermark; a command has one of these for each at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Raise its mark to this; nothing happens when it is there already.
    Raise(usize, Mark),
    /// Write this mark whatever is known, as from an old backup. It must not lower anything.
    Import(usize, Mark),
    /// Let another machine sign behind this level.
    HandOver(usize, Level),
}

impl Order {
    /// The number of the watermark.
    #[must_use]
    pub const fn place(&self) -> usize {
        match self {
            Self::Raise(at, _) | Self::Import(at, _) | Self::HandOver(at, _) => *at,
        }
    }

    /// The record that carries it out, if it takes one.
    pub(crate) fn record(&self, keeper: &Kept) -> Option<Record> {
        let at = watermark(self.place());
        let known = keeper.marks().of(&at);
        let last_level = known.and_then(|known| known.last_level);
        match *self {
            Self::Raise(_, mark) if known.is_some_and(|known| known.mark >= mark) => None,
            Self::Raise(_, mark) | Self::Import(_, mark) => Some(Record {
                last_level,
                ..Record::set(0, at, mark)
            }),
            Self::HandOver(_, level) => known.map(|known| Record {
                last_level: Some(level),
                ..*known
            }),
        }
    }
}
