//! Flash in memory that can lose its power in the middle of a write, and then is as flash is.

use core::cell::RefCell;
use std::rc::Rc;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// The size of a word, of which a power failure leaves some bits, in bytes.
const WORD: usize = 4;

/// A flash that writes `WRITE` bytes at once and erases `ERASE`. Clones are the same flash, as a
/// board finds it again after a start.
#[derive(Clone, Debug)]
pub(crate) struct Flash<const WRITE: usize, const ERASE: usize>(Rc<RefCell<Cells>>);

/// The flash of an nRF51: words, pages of a kilobyte.
pub(crate) type Nrf51 = Flash<4, 1024>;

#[derive(Clone, Debug)]
struct Cells {
    bytes: Vec<u8>,
    /// Of each piece that is erased at once: whether it may be written to, and how often it was
    /// erased.
    pieces: Vec<Piece>,
    /// How many words can still be written or erased.
    words_left: usize,
    random: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    is_sound: bool,
    erased: u32,
    /// How many bytes were written since.
    written: usize,
    is_worn: bool,
}

/// The SAMD21 erases rows of this many bytes, and allows this many writes of one in between.
const ROW: usize = 256;
const WRITES_PER_ROW: usize = 8;

impl<const WRITE: usize, const ERASE: usize> Flash<WRITE, ERASE> {
    /// A flash of `size` bytes that was erased as a whole.
    pub(crate) fn erased(size: usize) -> Self {
        Self::filled(size, 0xff)
    }

    /// A flash that has `byte` everywhere.
    pub(crate) fn filled(size: usize, byte: u8) -> Self {
        Self(Rc::new(RefCell::new(Cells {
            bytes: vec![byte; size],
            pieces: vec![Piece::default(); size / ERASE],
            words_left: usize::MAX,
            random: 0x2545_f491,
        })))
    }

    /// Another flash with the same in it.
    pub(crate) fn copied(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// Lets the power go after this many words, in the middle of the next.
    pub(crate) fn cut_after(&self, words: usize) {
        self.0.borrow_mut().words_left = words;
    }

    /// Whether the power has gone.
    pub(crate) fn is_cut(&self) -> bool {
        self.0.borrow().words_left == 0
    }

    /// The power comes back.
    pub(crate) fn power_on(&self) {
        self.cut_after(usize::MAX);
    }

    /// How often each piece was erased.
    pub(crate) fn erasures(&self) -> Vec<u32> {
        let cells = self.0.borrow();
        cells.pieces.iter().map(|piece| piece.erased).collect()
    }

    /// What is in it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.borrow().bytes.clone()
    }

    /// Has a piece fail from now on.
    pub(crate) fn wear_out(&self, piece: usize) {
        self.0.borrow_mut().pieces[piece].is_worn = true;
    }

    /// Flips a bit.
    pub(crate) fn rot(&self, at: usize) {
        self.0.borrow_mut().bytes[at] ^= 0x10;
    }
}

impl Cells {
    /// Takes a word's worth of power; what is left of one that fails is up to chance.
    fn word(
        &mut self,
        at: usize,
        becomes: impl Fn(usize, u8) -> u8,
    ) -> Result<(), NorFlashErrorKind> {
        let has_power = self.words_left > 0;
        for byte in at..at + WORD {
            let (before, after) = (self.bytes[byte], becomes(byte, self.bytes[byte]));
            let kept = if has_power { 0 } else { self.chance() };
            self.bytes[byte] = before & kept | after & !kept;
        }
        self.words_left = self.words_left.saturating_sub(1);
        if has_power {
            Ok(())
        } else {
            Err(NorFlashErrorKind::Other)
        }
    }

    fn chance(&mut self) -> u8 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random.to_be_bytes()[0]
    }
}

impl<const WRITE: usize, const ERASE: usize> ErrorType for Flash<WRITE, ERASE> {
    type Error = NorFlashErrorKind;
}

impl<const WRITE: usize, const ERASE: usize> ReadNorFlash for Flash<WRITE, ERASE> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        let at = usize::try_from(offset).unwrap();
        bytes.copy_from_slice(&self.0.borrow().bytes[at..at + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.borrow().bytes.len()
    }
}

impl<const WRITE: usize, const ERASE: usize> NorFlash for Flash<WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    /// A piece whose erasing is cut has some of its bits back, from there to its end.
    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        let cells = &mut *self.0.borrow_mut();
        for piece in (usize::try_from(from).unwrap()..usize::try_from(to).unwrap()).step_by(ERASE) {
            cells.pieces[piece / ERASE].is_sound = false;
            cells.pieces[piece / ERASE].erased += 1;
            for at in (piece..piece + ERASE).step_by(WORD) {
                let done = cells.word(at, |_, _| 0xff);
                if done.is_err() {
                    let rest = &mut (at + WORD..piece + ERASE).step_by(WORD);
                    rest.for_each(|at| _ = cells.word(at, |_, _| 0xff));
                    return done;
                }
            }
            if cells.pieces[piece / ERASE].is_worn {
                cells.bytes[piece] = 0;
                return Err(NorFlashErrorKind::Other);
            }
            cells.pieces[piece / ERASE].is_sound = true;
            cells.pieces[piece / ERASE].written = 0;
        }
        Ok(())
    }

    /// Only where an erasing was finished, and once.
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        let cells = &mut *self.0.borrow_mut();
        let offset = usize::try_from(offset).unwrap();
        for at in (offset..offset + bytes.len()).step_by(WORD) {
            assert!(cells.pieces[at / ERASE].is_sound, "written to weak cells");
            assert_eq!(cells.bytes[at..at + WORD], [0xff; WORD], "written twice");
            if cells.pieces[at / ERASE].is_worn {
                return Err(NorFlashErrorKind::Other);
            }
            cells.pieces[at / ERASE].written += WORD;
            let writes = cells.pieces[at / ERASE].written.div_ceil(WRITE);
            assert!(ERASE != ROW || writes <= WRITES_PER_ROW, "{writes} writes");
            cells.word(at, |byte, _| bytes[byte - offset])?;
        }
        Ok(())
    }
}
