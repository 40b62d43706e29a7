//! Random bytes from the chip's generator, its bias corrected by itself.

use tezio_soft_hsm::Entropy;

use crate::registers::rng;

const CORRECTED: u32 = 1;

/// The generator; it runs from the start on.
pub(crate) struct Random(());

impl Random {
    pub(crate) fn start() -> Self {
        rng::CONFIG.write(CORRECTED);
        rng::START.write(1);
        Self(())
    }
}

impl Entropy for Random {
    /// Waits for each byte, but not for ever: what a generator that stands still does not give stays
    /// zero. Nonces depend on key and digest as well.
    fn bytes(&mut self) -> [u8; 32] {
        const PATIENCE: u32 = 100_000;
        let mut bytes = [0; 32];
        for byte in &mut bytes {
            if (0..PATIENCE).any(|_| rng::READY.read() != 0) {
                rng::READY.write(0);
                [*byte, ..] = rng::VALUE.read().to_le_bytes();
            }
        }
        bytes
    }
}
