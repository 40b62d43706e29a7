//! Marks in flash: two pages of records, one page erased while the other holds everything.
//!
//! ```text
//! page   <record><record>..<erased>       appended until full, then the other page is begun
//! ```
//!
//! Marks only rise, so what was kept is the highest of each mark over all whole records, whatever
//! their order; a record that was cut by a power failure is not whole and is passed over. A page is
//! erased only when the other one holds all of what is to be kept.

use embedded_storage::nor_flash::NorFlash;
use tezio_core::hsm::KeyAlias;
use tezio_soft_hsm::Mark;

use crate::keeper::{Keeper, Marks, Unkept};
use crate::record::{RECORD, emit, parse};

const PAGES: u32 = 2;

/// A keeper on the first two pages of a flash that has nothing else in them.
///
/// A page must hold a record of [`RECORD`] bytes, and that must be a multiple of what the flash
/// writes at once; otherwise nothing is ever kept.
#[derive(Debug)]
pub struct FlashMarks<F>(F);

/// Where a record may stand.
#[derive(Clone, Copy)]
struct Slot {
    page: u32,
    number: u32,
}

impl<F: NorFlash> FlashMarks<F> {
    /// A keeper on `flash`.
    pub const fn new(flash: F) -> Self {
        Self(flash)
    }

    /// The flash.
    pub const fn flash(&self) -> &F {
        &self.0
    }

    fn slots_per_page() -> Result<u32, Unkept> {
        let size = u32::try_from(F::ERASE_SIZE).map_err(|_| Unkept)?;
        let slots = size.checked_div(RECORD_U32).filter(|slots| *slots > 0);
        slots.ok_or(Unkept)
    }

    fn offset(slot: Slot) -> Result<u32, Unkept> {
        let page = u32::try_from(F::ERASE_SIZE)
            .ok()
            .and_then(|size| size.checked_mul(slot.page));
        let inside = slot.number.checked_mul(RECORD_U32);
        page.zip(inside)
            .and_then(|(page, inside)| page.checked_add(inside))
            .ok_or(Unkept)
    }

    fn read(&mut self, slot: Slot) -> Result<[u8; RECORD], Unkept> {
        let mut record = [0; RECORD];
        let offset = Self::offset(slot)?;
        self.0.read(offset, &mut record).map_err(|_| Unkept)?;
        Ok(record)
    }

    /// The highest marks in one page; `None` without a whole record.
    fn highest_in(&mut self, page: u32) -> Result<Option<Marks>, Unkept> {
        let mut highest: Option<Marks> = None;
        for number in 0..Self::slots_per_page()? {
            if let Some(marks) = parse(&self.read(Slot { page, number })?) {
                highest = Some(highest.map_or(marks, |high| higher(&high, &marks)));
            }
        }
        Ok(highest)
    }

    /// The first slot of a page behind which everything is erased.
    fn free_in(&mut self, page: u32) -> Result<Option<Slot>, Unkept> {
        let mut free = None;
        for number in (0..Self::slots_per_page()?).rev() {
            let slot = Slot { page, number };
            if self.read(slot)? != [0xff; RECORD] {
                break;
            }
            free = Some(slot);
        }
        Ok(free)
    }

    /// A slot to write to. Behind a page's last record is the first choice, so that an erased page
    /// is not begun while another has room; without any room, a page is erased that holds nothing
    /// which the other does not.
    fn room(&mut self) -> Result<Slot, Unkept> {
        let mut erased = None;
        for page in 0..PAGES {
            match self.free_in(page)? {
                Some(slot) if slot.number > 0 => return Ok(slot),
                Some(slot) => erased = erased.or(Some(slot)),
                None => {}
            }
        }
        erased.map_or_else(|| self.make_room(), Ok)
    }

    fn make_room(&mut self) -> Result<Slot, Unkept> {
        let (first, second) = (self.highest_in(0)?, self.highest_in(1)?);
        let page = u32::from(join(first, second) == first);
        let slot = Slot { page, number: 0 };
        let from = Self::offset(slot)?;
        let size = u32::try_from(F::ERASE_SIZE).map_err(|_| Unkept)?;
        let to = from.checked_add(size).ok_or(Unkept)?;
        self.0.erase(from, to).map_err(|_| Unkept)?;
        Ok(slot)
    }
}

/// [`RECORD`] as the flash counts.
const RECORD_U32: u32 = 100;
const _: () = assert!(RECORD == RECORD_U32 as usize);

impl<F: NorFlash> Keeper for FlashMarks<F> {
    fn load(&mut self) -> Result<Option<Marks>, Unkept> {
        Ok(join(self.highest_in(0)?, self.highest_in(1)?))
    }

    /// Writes a record and reads it back.
    fn keep(&mut self, marks: &Marks) -> Result<(), Unkept> {
        let slot = self.room()?;
        let record = emit(marks);
        let offset = Self::offset(slot)?;
        self.0.write(offset, &record).map_err(|_| Unkept)?;
        if self.read(slot)? == record {
            Ok(())
        } else {
            Err(Unkept)
        }
    }
}

fn join(one: Option<Marks>, other: Option<Marks>) -> Option<Marks> {
    match (one, other) {
        (Some(one), Some(other)) => Some(higher(&one, &other)),
        (one, other) => one.or(other),
    }
}

/// The higher of each mark.
fn higher(one: &Marks, other: &Marks) -> Marks {
    let mut joined = *one;
    for alias in KeyAlias::ALL {
        let (to, from) = (joined.of_mut(alias), other.of(alias));
        raise(&mut to.block, from.block);
        raise(&mut to.preattestation, from.preattestation);
        raise(&mut to.attestation, from.attestation);
    }
    joined
}

fn raise(mark: &mut Mark, to: Mark) {
    *mark = to.max(*mark);
}
