//! Flash in memory that can lose its power in the middle of a write.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_write,
};

pub(crate) const PAGE: usize = 1024;
const SIZE: usize = 2 * PAGE;

/// Two pages. `words_left` counts what can still be written or erased, a word at a time.
#[derive(Clone)]
pub(crate) struct Flash {
    bytes: [u8; SIZE],
    pub(crate) words_left: usize,
}

impl Flash {
    pub(crate) fn erased() -> Self {
        Self {
            bytes: [0xff; SIZE],
            words_left: usize::MAX,
        }
    }

    fn word(&mut self) -> Result<(), NorFlashErrorKind> {
        self.words_left = self
            .words_left
            .checked_sub(1)
            .ok_or(NorFlashErrorKind::Other)?;
        Ok(())
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let at = usize::try_from(offset).unwrap();
        bytes.copy_from_slice(&self.bytes[at..at + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        for at in (usize::try_from(from).unwrap()..usize::try_from(to).unwrap()).step_by(4) {
            self.word()?;
            self.bytes[at..at + 4].fill(0xff);
        }
        Ok(())
    }

    /// Bits only fall, as in real flash: writing twice leaves neither.
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        let at = usize::try_from(offset).unwrap();
        for (word, from) in bytes.chunks(4).enumerate() {
            self.word()?;
            for (inside, byte) in from.iter().enumerate() {
                self.bytes[at + 4 * word + inside] &= byte;
            }
        }
        Ok(())
    }
}
