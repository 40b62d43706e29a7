//! The step of the walk: one field behind the other, each whole or refused with its place.
//!
//! Stricter than Octez' own reader where that would take two writings for one meaning: presence
//! bytes are 00 or ff, the byte behind a contract's hash is 00, numbers have no needless bytes.

use super::{OperationFault, Unreadable};
use crate::reader::Reader;
use crate::tezos::{Contract, Curve, PublicKeyHash};

/// The bit of a number's byte that says that one more follows.
const MORE: u8 = 0x80;

/// What reading a field gives.
pub(super) type Read<T> = Result<T, Unreadable>;

/// A cursor over an operation, or over a list in one, that knows its place in the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk<'a> {
    reader: Reader<'a>,
    /// Place of the last byte and one more, counted from the operation's first byte.
    end: usize,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            reader: Reader::new(bytes),
            end: bytes.len(),
        }
    }

    /// The place of the next byte.
    pub(super) const fn at(&self) -> usize {
        self.end.saturating_sub(self.left())
    }

    const fn left(&self) -> usize {
        self.reader.rest().len()
    }

    pub(super) const fn is_done(&self) -> bool {
        self.left() == 0
    }

    pub(super) fn slice(&mut self, wanted: usize) -> Read<&'a [u8]> {
        let (at, left) = (self.at(), self.left());
        let fault = OperationFault::Ended { wanted, left };
        self.reader
            .slice(wanted)
            .map_err(|_| Unreadable { at, fault })
    }

    pub(super) fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (at, left) = (self.at(), self.left());
        let fault = OperationFault::Ended { wanted: N, left };
        self.reader.array().map_err(|_| Unreadable { at, fault })
    }

    pub(super) fn skip(&mut self, length: usize) -> Read<()> {
        self.slice(length).map(|_| ())
    }

    /// A byte that chooses: `choose` says what it means, if anything.
    pub(super) fn choice<T>(
        &mut self,
        what: &'static str,
        choose: impl FnOnce(u8) -> Option<T>,
    ) -> Read<T> {
        let at = self.at();
        let [byte] = self.array()?;
        let fault = OperationFault::Unknown { what, byte };
        choose(byte).ok_or(Unreadable { at, fault })
    }

    /// `<00>`, or `<ff>` and what `present` reads.
    pub(super) fn option<T>(
        &mut self,
        present: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<Option<T>> {
        let is_there = self.choice("presence byte", |byte| match byte {
            0x00 => Some(false),
            0xff => Some(true),
            _ => None,
        })?;
        is_there.then(|| present(self)).transpose()
    }

    /// `<length: u32><bytes>`.
    pub(super) fn bytes(&mut self) -> Read<&'a [u8]> {
        let length = self.array().map(u32::from_be_bytes)?;
        self.slice(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// `<length: u32><bytes>` of which nothing is read.
    pub(super) fn skip_bytes(&mut self) -> Read<()> {
        self.bytes().map(|_| ())
    }

    /// `<length: u32><elements>`, each read by `element`, up to the last byte.
    pub(super) fn list(&mut self, element: impl Fn(&mut Self) -> Read<()>) -> Read<()> {
        let bytes = self.bytes()?;
        let end = self.at();
        let reader = Reader::new(bytes);
        let mut inside = Self { reader, end };
        while !inside.is_done() {
            element(&mut inside)?;
        }
        Ok(())
    }

    /// `<length: u32><arrays>`, at most `most` of them.
    pub(super) fn arrays<const N: usize>(
        &mut self,
        what: &'static str,
        most: usize,
    ) -> Read<&'a [[u8; N]]> {
        let at = self.at();
        let bytes = self.bytes()?;
        let (arrays, rest) = bytes.as_chunks();
        if rest.is_empty() && arrays.len() <= most {
            return Ok(arrays);
        }
        let bytes = bytes.len();
        let fault = OperationFault::Size { what, bytes };
        Err(Unreadable { at, fault })
    }

    /// A number of 64 bits: seven in each byte, the lowest first, the top bit where one more follows.
    pub(super) fn number(&mut self) -> Read<u64> {
        let at = self.at();
        let digits = self.digits()?.iter().rev();
        let number = digits.copied().try_fold(0_u64, |number, digit| {
            let digit = u64::from(digit & !MORE);
            number.checked_mul(1 << 7)?.checked_add(digit)
        });
        let fault = OperationFault::TooLarge;
        number.ok_or(Unreadable { at, fault })
    }

    /// A number of any size, with or without a sign: its bytes.
    pub(super) fn digits(&mut self) -> Read<&'a [u8]> {
        let (at, left) = (self.at(), self.left());
        let mut digits = self.reader.rest().iter();
        let last = digits.position(|digit| digit & MORE == 0).unwrap_or(left);
        match self.slice(last.saturating_add(1))? {
            [_, .., 0] => Err(Unreadable {
                at,
                fault: OperationFault::Padded,
            }),
            digits => Ok(digits),
        }
    }

    /// `<tag: u8><hash: 20>`.
    pub(super) fn key_hash(&mut self) -> Read<PublicKeyHash> {
        let curve = self.choice("kind of key", Curve::from_tag)?;
        let hash = self.array()?;
        Ok(PublicKeyHash::new(curve, hash))
    }

    /// `<00><key hash: 21>` or `<01><hash: 20><00>`.
    pub(super) fn contract(&mut self) -> Read<Contract> {
        match self.choice("kind of contract", below(2))? {
            0 => self.key_hash().map(Contract::Implicit),
            _ => self.originated(),
        }
    }

    /// `<01><hash: 20><00>`.
    pub(super) fn program(&mut self) -> Read<Contract> {
        self.choice("contract with storage", |tag| (tag == 1).then_some(()))?;
        self.originated()
    }

    fn originated(&mut self) -> Read<Contract> {
        let hash = self.array()?;
        self.choice("padding of a contract", below(1))?;
        Ok(Contract::Originated(hash))
    }
}

/// Chooses among the numbers from 0 to `cases` - 1.
pub(super) fn below(cases: u8) -> impl FnOnce(u8) -> Option<u8> {
    move |byte| (byte < cases).then_some(byte)
}
