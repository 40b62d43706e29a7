//! The name of an entrypoint, kept without the operation that it stands in.

use crate::tezos::operation::Entrypoint;

/// The name of an entrypoint, 1 to 31 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EntrypointName {
    bytes: [u8; 31],
    length: u8,
}

impl EntrypointName {
    /// The name, if it is one that an operation can spell.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let sound = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        let mut bytes = [0; 31];
        bytes
            .get_mut(..name.len())?
            .copy_from_slice(name.as_bytes());
        let length = u8::try_from(name.len()).ok()?;
        sound.then_some(Self { bytes, length })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length));
        // Made of ASCII alone.
        core::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }
}

impl From<Entrypoint<'_>> for EntrypointName {
    /// Every entrypoint of an operation has a name.
    fn from(entrypoint: Entrypoint<'_>) -> Self {
        Self::new(entrypoint.name()).unwrap_or(Self {
            bytes: [0; 31],
            length: 0,
        })
    }
}

impl core::fmt::Debug for EntrypointName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", self.name())
    }
}

impl core::fmt::Display for EntrypointName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn names_are_those_that_an_operation_can_spell() {
        let longest = "x".repeat(31);
        for name in ["stake", "a", longest.as_str()] {
            assert_eq!(EntrypointName::new(name).unwrap().to_string(), name);
        }
        let too_long = "x".repeat(32);
        for name in ["", "two words", "naïve", "tab\t", too_long.as_str()] {
            assert_eq!(EntrypointName::new(name), None, "{name:?}");
        }
    }
}
