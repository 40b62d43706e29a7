//! The pages of flash that the marks are in.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use crate::registers::{PAGE, PROFILE_AT, Page, Stuck, Word};

/// They lie in front of the profile.
const MARKS: usize = PROFILE_AT;

/// 124 KiB of flash.
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
        for at in (from as usize..to as usize).step_by(PAGE) {
            let page = Page::at(at).ok_or(NorFlashErrorKind::OutOfBounds)?;
            page.erase().map_err(|Stuck| NorFlashErrorKind::Other)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check_write(self, offset, bytes.len())?;
        for (at, chunk) in words(offset).zip(bytes.as_chunks().0) {
            let programmed = word(at)?.program(u32::from_le_bytes(*chunk));
            programmed.map_err(|Stuck| NorFlashErrorKind::Other)?;
        }
        Ok(())
    }
}

/// The offsets of the words from `offset` on.
fn words(offset: u32) -> impl Iterator<Item = usize> {
    (offset as usize..MARKS).step_by(4)
}

fn word(at: usize) -> Result<Word, NorFlashErrorKind> {
    Word::at(at).ok_or(NorFlashErrorKind::OutOfBounds)
}
