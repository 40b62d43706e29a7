//! Marks in flash: a ring of pages, of which the latest has everything.
//!
//! ```text
//! page   <all marks><one that has moved><another>..     full: the next page of the ring is erased
//! ```
//!
//! Marks only rise, so what was kept is the highest of each mark over all whole records, whatever
//! their order; one that was cut by a power failure is not whole, and its signature never left.
//!
//! Cells whose erasing or writing was cut may read as they like, today so and tomorrow otherwise. So
//! after a start, and after anything that went wrong, nothing is added to what is there: the next
//! page of the ring is erased and begun with all marks. A page is erased only while another one has
//! everything.
//!
//! The ring takes all of the flash that it is given, and that is how long it lasts: each page is
//! erased once in a round. Left out: a record that rots after it was read back. If that is the last
//! one, and the power goes before the next, its level can be signed again.

use embedded_storage::nor_flash::NorFlash;

use crate::keeper::{Keeper, Marks, Unkept};
use crate::pages::Pages;
use crate::record::{Move, each, emit_all, emit_move};

/// With two, the one that is erased would be the one before the latest, whose first record nobody
/// has seen again yet.
const FEWEST_PAGES: usize = 3;

/// How many pages are tried before a flash is given up: one may have worn out before the others.
const TRIES: usize = 3;

/// A keeper on a flash that has nothing else in it, and was erased before its first use.
///
/// The flash needs room for three pages: of a kilobyte, or what it erases at once if that is more.
/// It writes at most 64 bytes at once; one that writes more does not compile.
#[derive(Debug)]
pub struct FlashMarks<F> {
    pages: Pages<F>,
    /// Nothing before the first reading, and after what failed.
    held: Option<Held>,
}

/// What the flash holds.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    marks: Option<Marks>,
    /// A page that has all of it.
    page: Option<usize>,
    /// Where the next move has its place: in that page, if it was begun since the start.
    next: Option<Place>,
}

/// A place for a record.
#[derive(Clone, Copy, Debug)]
struct Place {
    page: usize,
    record: usize,
}

impl<F: NorFlash> FlashMarks<F> {
    /// A keeper on `flash`.
    pub const fn new(flash: F) -> Self {
        Self {
            pages: Pages::new(flash),
            held: None,
        }
    }

    /// The flash.
    pub const fn flash(&self) -> &F {
        self.pages.flash()
    }

    /// Reads all pages. Several records without a whole one are not what power failures leave.
    fn read(&mut self) -> Result<Held, Unkept> {
        if self.pages.count() < FEWEST_PAGES {
            return Err(Unkept);
        }
        let (mut held, mut written) = (Held::default(), 0_usize);
        for page in 0..self.pages.count() {
            let contents = self.pages.contents(page)?;
            written = written.saturating_add(contents.written);
            held.add(page, contents.marks);
        }
        if held.marks.is_none() && written > 1 {
            return Err(Unkept);
        }
        Ok(held)
    }

    /// One try. What fails leaves nothing of what is known about the flash.
    fn update(&mut self, marks: &Marks) -> Result<(), Unkept> {
        let held = match self.held.take() {
            Some(held) => held,
            None => self.read()?,
        };
        self.held = Some(self.write(held, marks)?);
        Ok(())
    }

    /// Has the flash hold all of `marks`.
    fn write(&mut self, held: Held, marks: &Marks) -> Result<Held, Unkept> {
        let before = held.marks.unwrap_or_default();
        let mut all = before;
        all.raise_all(marks);
        let Some(place) = held.next else {
            return self.begin(&held, all);
        };
        let mut moves = moves(&before, &all);
        match (moves.next(), moves.next()) {
            (None, _) => Ok(held),
            (Some(moved), None) if place.record < Pages::<F>::RECORDS => {
                self.put(place, &emit_move(&moved), all)
            }
            _ => self.begin(&held, all),
        }
    }

    /// Begins a page with `all`: one behind the latest. Where no page has everything, a record has
    /// rotted; then one without which the others have as much.
    fn begin(&mut self, held: &Held, all: Marks) -> Result<Held, Unkept> {
        let Some(latest) = held.page else {
            let page = self.needless(held)?;
            return self.begin_page(page, all);
        };
        let begun = self
            .behind(latest)
            .find_map(|page| self.begin_page(page, all).ok());
        begun.ok_or(Unkept)
    }

    /// The pages to try. The one before the latest, which is the last to be erased, is not among
    /// them.
    fn behind(&self, latest: usize) -> impl Iterator<Item = usize> + use<F> {
        let count = self.pages.count();
        let others = (0..count).cycle().skip(latest.saturating_add(1));
        others.take(TRIES.min(count.saturating_sub(2)))
    }

    fn begin_page(&mut self, page: usize, all: Marks) -> Result<Held, Unkept> {
        self.pages.erase(page)?;
        self.put(Place { page, record: 0 }, &emit_all(&all), all)
    }

    /// Writes the record after which the flash holds `all`.
    fn put(&mut self, place: Place, record: &[u8], all: Marks) -> Result<Held, Unkept> {
        self.pages.write(place.page, place.record, record)?;
        let next = place.record.saturating_add(1);
        Ok(Held {
            marks: Some(all),
            page: Some(place.page),
            next: Some(Place {
                record: next,
                ..place
            }),
        })
    }

    /// A page without which the others have as much.
    fn needless(&mut self, held: &Held) -> Result<usize, Unkept> {
        let count = self.pages.count();
        for page in 0..count {
            let mut others = Held::default();
            for other in (0..count).filter(|other| *other != page) {
                others.add(other, self.pages.contents(other)?.marks);
            }
            if others.marks == held.marks {
                return Ok(page);
            }
        }
        Err(Unkept)
    }
}

impl Held {
    /// Adds the marks of one more page.
    fn add(&mut self, page: usize, marks: Option<Marks>) {
        let Some(of_page) = marks else {
            return;
        };
        let mut all = self.marks.unwrap_or_default();
        all.raise_all(&of_page);
        if of_page == all {
            self.page = Some(page);
        } else if self.marks != Some(all) {
            self.page = None;
        }
        self.marks = Some(all);
    }
}

/// The marks of `to` that are not those of `from`.
fn moves(from: &Marks, to: &Marks) -> impl Iterator<Item = Move> {
    let both = each(from).zip(each(to));
    both.filter(|(from, to)| from != to).map(|(_, to)| to)
}

impl<F: NorFlash> Keeper for FlashMarks<F> {
    fn load(&mut self) -> Result<Option<Marks>, Unkept> {
        let held = self.read()?;
        self.held = Some(held);
        Ok(held.marks)
    }

    /// Writes what has moved, if anything has, and begins a page where none was since the start, or
    /// where a move could not be written.
    fn keep(&mut self, marks: &Marks) -> Result<(), Unkept> {
        self.update(marks).or_else(|Unkept| self.update(marks))
    }
}
