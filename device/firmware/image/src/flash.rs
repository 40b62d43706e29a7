//! The two pages of flash that the marks are in.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use crate::registers::{DATA, DATA_AT, Word, nvmc};

const PAGE: usize = 1024;
/// Where the pages begin in the data part of flash.
const MARKS_AT: usize = 2048;
const MARKS: usize = DATA - MARKS_AT;

const READ_ONLY: u32 = 0;
const WRITING: u32 = 1;
const ERASING: u32 = 2;

/// The last 2 KiB of flash.
pub(crate) struct MarkPages;

impl ErrorType for MarkPages {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for MarkPages {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        check_read(self, offset, bytes.len())?;
        for (at, chunk) in words(offset).zip(bytes.chunks_exact_mut(4)) {
            chunk.copy_from_slice(&word(at)?.read().to_le_bytes());
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        MARKS
    }
}

impl NorFlash for MarkPages {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        check_erase(self, from, to)?;
        for page in words(from)
            .step_by(PAGE / 4)
            .take_while(|at| *at < to as usize)
        {
            let address = u32::try_from(DATA_AT + MARKS_AT + page);
            let address = address.map_err(|_| NorFlashErrorKind::OutOfBounds)?;
            switched_to(ERASING, || nvmc::ERASE_PAGE.write(address));
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        for (at, chunk) in words(offset).zip(bytes.as_chunks().0) {
            let word = word(at)?;
            switched_to(WRITING, || word.program(u32::from_le_bytes(*chunk)));
        }
        Ok(())
    }
}

/// The offsets of the words from `offset` on.
fn words(offset: u32) -> impl Iterator<Item = usize> {
    (offset as usize..MARKS).step_by(4)
}

fn word(at: usize) -> Result<Word, NorFlashErrorKind> {
    Word::at(MARKS_AT + at).ok_or(NorFlashErrorKind::OutOfBounds)
}

/// Does `work` with the controller in `mode`, waits for it, and switches the controller back.
fn switched_to(mode: u32, work: impl FnOnce()) {
    nvmc::CONFIG.write(mode);
    work();
    while nvmc::READY.read() == 0 {}
    nvmc::CONFIG.write(READ_ONLY);
}
