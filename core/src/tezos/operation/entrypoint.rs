//! Entrypoints: what a transaction asks of its destination.

use super::walk::{Read, Walk};
use super::{OperationFault, Unreadable};

/// Those with a tag of their own, in the order of their tags.
const BUILT_IN: [&str; 10] = [
    "default",
    "root",
    "do",
    "set_delegate",
    "remove_delegate",
    "deposit",
    "stake",
    "unstake",
    "finalize_unstake",
    "set_delegate_parameters",
];
const NAMED: u8 = 255;
const LONGEST: usize = 31;

/// The name of an entrypoint, the same however the operation spells it: `stake` is tag 6 or the name
/// in full, `default` is tag 0, the name in full, an empty one or no parameters at all.
///
/// Printable ASCII without spaces, 1 to 31 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrypoint<'a>(&'a str);

impl<'a> Entrypoint<'a> {
    /// The one of transactions without parameters.
    pub const DEFAULT: Self = Self(BUILT_IN[0]);

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.0
    }

    /// `<tag: u8>`, or `<ff><length: u8><name>`.
    pub(super) fn parse(walk: &mut Walk<'a>) -> Read<Self> {
        let built_in = walk.choice("entrypoint", |tag| match tag {
            NAMED => Some(None),
            _ => BUILT_IN.get(usize::from(tag)).map(Some),
        })?;
        let Some(name) = built_in else {
            let at = walk.at();
            let [length] = walk.array()?;
            return Self::spelled(at, walk.slice(usize::from(length))?);
        };
        Ok(Self(name))
    }

    /// `<length: u32><name>`, as tickets have it.
    pub(super) fn parse_long(walk: &mut Walk<'a>) -> Read<Self> {
        let at = walk.at();
        Self::spelled(at, walk.bytes()?)
    }

    fn spelled(at: usize, name: &'a [u8]) -> Read<Self> {
        let foreign = name.iter().find(|byte| !byte.is_ascii_graphic());
        let text = core::str::from_utf8(name).ok();
        let fault = match (name.len(), foreign, text) {
            (0, ..) => return Ok(Self::DEFAULT),
            (..=LONGEST, None, Some(text)) => return Ok(Self(text)),
            (..=LONGEST, Some(&byte), _) => OperationFault::Unknown {
                what: "character of an entrypoint",
                byte,
            },
            (bytes, ..) => OperationFault::Size {
                what: "an entrypoint",
                bytes,
            },
        };
        Err(Unreadable { at, fault })
    }
}

impl core::fmt::Display for Entrypoint<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.0)
    }
}
