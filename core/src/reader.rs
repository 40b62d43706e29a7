//! A cursor over borrowed bytes that cannot read past their end.
//!
//! Integers are big-endian, as everywhere in Octez.

/// Reads fields one behind the other; each read either has all its bytes or is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// The bytes ended before the field did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Ended> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Ended)?;
        self.rest = rest;
        Ok(*array)
    }

    pub(crate) fn slice(&mut self, length: usize) -> Result<&'a [u8], Ended> {
        let (slice, rest) = self.rest.split_at_checked(length).ok_or(Ended)?;
        self.rest = rest;
        Ok(slice)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Ended> {
        self.array().map(u32::from_be_bytes)
    }
}
