//! Every register and every word of flash that this image touches, and all of its `unsafe`.
//!
//! The registers are those of the nRF51 Series Reference Manual, version 3.0. None of the
//! peripherals that others can reach here moves memory by itself. The one that changes flash, code
//! included, is reached in this file alone: by [`Word::program`] and [`Page::erase`], which exist
//! for the data part of flash only. So nothing that is written through this file can break what the
//! compiler relies on.
#![expect(unsafe_code, reason = "hardware is reached by address")]

/// A register.
pub(crate) struct Register(usize);

impl Register {
    pub(crate) fn read(&self) -> u32 {
        // SAFETY: the addresses in this file, the only ones there are, are registers of this chip:
        // aligned, always there, and read without side effects on memory.
        unsafe { core::ptr::with_exposed_provenance::<u32>(self.0).read_volatile() }
    }

    pub(crate) fn write(&self, value: u32) {
        // SAFETY: as for reading; no value of theirs has the chip change memory that Rust knows.
        unsafe { core::ptr::with_exposed_provenance_mut::<u32>(self.0).write_volatile(value) }
    }
}

/// The upper half of flash, which the linker keeps free of code: a word of it, by its offset in
/// bytes.
///
/// ```text
/// 0          marks, 124 pages of 1 KiB
/// 0x1f000    profile, 4 KiB
/// ```
pub(crate) struct Word(usize);

/// A page of it, the piece that is erased at once.
pub(crate) struct Page(usize);

/// Where this half begins. `memory.x` ends the code there.
const DATA_AT: usize = 0x2_0000;
const DATA: usize = 0x2_0000;
/// The size of a page, in bytes.
pub(crate) const PAGE: usize = 1024;
/// Where the profile begins in this half, behind the marks.
pub(crate) const PROFILE_AT: usize = 0x1_f000;

/// The controller did not finish: more than ten times as many looks as erasing a page takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stuck;

const PATIENCE: u32 = 1_000_000;

impl Word {
    /// The word at `offset`; `None` for one that is not a whole word of this half.
    pub(crate) const fn at(offset: usize) -> Option<Self> {
        if offset < DATA && offset.is_multiple_of(4) {
            Some(Self(DATA_AT + offset))
        } else {
            None
        }
    }

    pub(crate) fn read(&self) -> u32 {
        // SAFETY: an aligned address inside of flash; no reference to it exists anywhere.
        unsafe { core::ptr::with_exposed_provenance::<u32>(self.0).read_volatile() }
    }

    /// Clears the bits that are zero in `value`.
    pub(crate) fn program(&self, value: u32) -> Result<(), Stuck> {
        nvmc::CONFIG.write(nvmc::WRITING);
        // SAFETY: as for reading; the controller is switched to writing, and no code lies here.
        unsafe { core::ptr::with_exposed_provenance_mut::<u32>(self.0).write_volatile(value) }
        finished()
    }
}

impl Page {
    /// The page that begins at `offset`; `None` where no page of this half does.
    pub(crate) const fn at(offset: usize) -> Option<Self> {
        if offset < DATA && offset.is_multiple_of(PAGE) {
            Some(Self(DATA_AT + offset))
        } else {
            None
        }
    }

    /// Sets all bits of the page.
    pub(crate) fn erase(&self) -> Result<(), Stuck> {
        let Ok(address) = u32::try_from(self.0) else {
            return Err(Stuck);
        };
        nvmc::CONFIG.write(nvmc::ERASING);
        nvmc::ERASE_PAGE.write(address);
        finished()
    }
}

/// Waits for the controller and switches it back to reading alone.
fn finished() -> Result<(), Stuck> {
    let is_ready = (0..PATIENCE).any(|_| nvmc::READY.read() != 0);
    nvmc::CONFIG.write(nvmc::READ_ONLY);
    if is_ready { Ok(()) } else { Err(Stuck) }
}

/// What is fixed in the chip.
pub(crate) mod ficr {
    use super::Register;

    pub(crate) const DEVICE_ID_0: Register = Register(0x1000_0060);
    pub(crate) const DEVICE_ID_1: Register = Register(0x1000_0064);
}

/// Serial line.
pub(crate) mod uart {
    use super::Register;

    pub(crate) const START_RX: Register = Register(0x4000_2000);
    pub(crate) const START_TX: Register = Register(0x4000_2008);
    pub(crate) const RX_READY: Register = Register(0x4000_2108);
    pub(crate) const TX_READY: Register = Register(0x4000_211c);
    pub(crate) const ENABLE: Register = Register(0x4000_2500);
    pub(crate) const PIN_TX: Register = Register(0x4000_250c);
    pub(crate) const PIN_RX: Register = Register(0x4000_2514);
    pub(crate) const RX: Register = Register(0x4000_2518);
    pub(crate) const TX: Register = Register(0x4000_251c);
    pub(crate) const BAUD_RATE: Register = Register(0x4000_2524);
}

/// Pins.
pub(crate) mod gpio {
    use super::Register;

    pub(crate) const CONFIG_24: Register = Register(0x5000_0760);
    pub(crate) const CONFIG_25: Register = Register(0x5000_0764);
}

/// Counter.
pub(crate) mod timer {
    use super::Register;

    pub(crate) const START: Register = Register(0x4000_8000);
    pub(crate) const CLEAR: Register = Register(0x4000_800c);
    pub(crate) const CAPTURE: Register = Register(0x4000_8040);
    pub(crate) const BIT_MODE: Register = Register(0x4000_8508);
    pub(crate) const PRESCALER: Register = Register(0x4000_8510);
    pub(crate) const CAPTURED: Register = Register(0x4000_8540);
}

/// Random numbers.
pub(crate) mod rng {
    use super::Register;

    pub(crate) const START: Register = Register(0x4000_d000);
    pub(crate) const READY: Register = Register(0x4000_d100);
    pub(crate) const CONFIG: Register = Register(0x4000_d504);
    pub(crate) const VALUE: Register = Register(0x4000_d508);
}

/// Control of the flash. For this file alone: what is written here can erase code.
mod nvmc {
    use super::Register;

    pub(super) const READ_ONLY: u32 = 0;
    pub(super) const WRITING: u32 = 1;
    pub(super) const ERASING: u32 = 2;

    pub(super) const READY: Register = Register(0x4001_e400);
    pub(super) const CONFIG: Register = Register(0x4001_e504);
    pub(super) const ERASE_PAGE: Register = Register(0x4001_e508);
}
