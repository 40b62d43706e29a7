//! Flash as pages of records, each written once after it was erased.
//!
//! ```text
//! page   <all marks><move><move>..<erased>
//! ```
//!
//! A page is one piece that the flash erases, or as many as make a kilobyte. A record takes whole
//! pieces of what the flash writes at once, filled up with ones, so that nothing is written twice.

use embedded_storage::nor_flash::NorFlash;

use crate::keeper::{Marks, Unkept};
use crate::record::{ALL, MOVE, parse_all, parse_move};

/// The least that a page has, in bytes: enough for some moves behind all marks.
const SMALLEST: usize = 1024;
/// The most that a flash may write at once, in bytes.
const LARGEST_WRITE: usize = 64;
/// The longest place for a record, in bytes.
const LONGEST: usize = ALL.next_multiple_of(LARGEST_WRITE);

/// The flash, page by page.
#[derive(Debug)]
pub(crate) struct Pages<F>(F);

/// What a page has in it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Contents {
    /// The highest marks of its whole records; `None` without such a record.
    pub(crate) marks: Option<Marks>,
    /// How many of its records' places are not erased.
    pub(crate) written: usize,
}

impl<F: NorFlash> Pages<F> {
    const PLACE: usize = MOVE.next_multiple_of(F::WRITE_SIZE);
    const FIRST_PLACE: usize = ALL.next_multiple_of(Self::PLACE);
    const PAGE: usize = SMALLEST.next_multiple_of(F::ERASE_SIZE);
    /// How many records a page has room for.
    pub(crate) const RECORDS: usize = 1 + (Self::PAGE - Self::FIRST_PLACE) / Self::PLACE;

    /// A flash that cannot be divided so does not compile.
    const FITS: () = assert!(
        F::WRITE_SIZE <= LARGEST_WRITE
            && LARGEST_WRITE.is_multiple_of(F::WRITE_SIZE)
            && MOVE.is_multiple_of(F::READ_SIZE)
            && F::ERASE_SIZE.is_multiple_of(F::WRITE_SIZE)
    );

    pub(crate) const fn new(flash: F) -> Self {
        let () = Self::FITS;
        Self(flash)
    }

    pub(crate) const fn flash(&self) -> &F {
        &self.0
    }

    /// How many pages there are.
    pub(crate) fn count(&self) -> usize {
        self.0.capacity().checked_div(Self::PAGE).unwrap_or(0)
    }

    pub(crate) fn contents(&mut self, page: usize) -> Result<Contents, Unkept> {
        let mut contents = Contents::default();
        for record in 0..Self::RECORDS {
            let mut bytes = [0; LONGEST];
            let place = self.read(page, record, &mut bytes)?;
            if place.iter().all(|byte| *byte == 0xff) {
                continue;
            }
            contents.written = contents.written.saturating_add(1);
            if let Some(marks) = parse(record, place) {
                contents.marks.get_or_insert_default().raise_all(&marks);
            }
        }
        Ok(contents)
    }

    pub(crate) fn erase(&mut self, page: usize) -> Result<(), Unkept> {
        let from = page.checked_mul(Self::PAGE).ok_or(Unkept)?;
        let to = from.checked_add(Self::PAGE).ok_or(Unkept)?;
        let erased = self.0.erase(offset(from)?, offset(to)?);
        erased.map_err(|_| Unkept)
    }

    /// Writes a record to its place, and reads it back.
    pub(crate) fn write(&mut self, page: usize, record: usize, bytes: &[u8]) -> Result<(), Unkept> {
        let (at, size) = Self::place(page, record).ok_or(Unkept)?;
        let (mut room, mut other) = ([0xff; LONGEST], [0; LONGEST]);
        let written = room.get_mut(..size).ok_or(Unkept)?;
        written
            .get_mut(..bytes.len())
            .ok_or(Unkept)?
            .copy_from_slice(bytes);
        self.0.write(offset(at)?, written).map_err(|_| Unkept)?;
        let read = self.read(page, record, &mut other)?;
        if read == written { Ok(()) } else { Err(Unkept) }
    }

    fn read<'a>(
        &mut self,
        page: usize,
        record: usize,
        room: &'a mut [u8; LONGEST],
    ) -> Result<&'a [u8], Unkept> {
        let (at, size) = Self::place(page, record).ok_or(Unkept)?;
        let bytes = room.get_mut(..size).ok_or(Unkept)?;
        self.0.read(offset(at)?, bytes).map_err(|_| Unkept)?;
        Ok(bytes)
    }

    /// Where a record begins in the flash, and its place's size.
    fn place(page: usize, record: usize) -> Option<(usize, usize)> {
        let page = page.checked_mul(Self::PAGE)?;
        let Some(moves_before) = record.checked_sub(1) else {
            return Some((page, Self::FIRST_PLACE));
        };
        let inside = Self::PLACE
            .checked_mul(moves_before)?
            .checked_add(Self::FIRST_PLACE)?;
        Some((page.checked_add(inside)?, Self::PLACE))
    }
}

/// The marks of a record that is whole.
fn parse(record: usize, place: &[u8]) -> Option<Marks> {
    if record == 0 {
        return parse_all(place.first_chunk()?);
    }
    let moved = parse_move(place.first_chunk()?)?;
    let mut marks = Marks::default();
    marks.of_mut(moved.alias).raise(moved.kind, moved.mark);
    Some(marks)
}

/// A place in the flash as the flash counts.
fn offset(at: usize) -> Result<u32, Unkept> {
    u32::try_from(at).map_err(|_| Unkept)
}
