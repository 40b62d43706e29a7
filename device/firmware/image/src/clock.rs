//! Milliseconds since the start, from a counter that turns over.

use tezio_core::time::Instant;

use crate::registers::timer;

/// 16 MHz through 2^9.
const PRESCALER: u32 = 9;
const TICKS_PER_SECOND: u64 = 16_000_000 >> PRESCALER;
const BITS_32: u32 = 3;

/// The time, as far as it was counted. The counter turns over after 38 hours; the loop that reads
/// the time is never away so long.
pub(crate) struct Clock {
    last: u32,
    ticks: u64,
}

impl Clock {
    pub(crate) fn start() -> Self {
        timer::BIT_MODE.write(BITS_32);
        timer::PRESCALER.write(PRESCALER);
        timer::CLEAR.write(1);
        timer::START.write(1);
        Self { last: 0, ticks: 0 }
    }

    pub(crate) fn now(&mut self) -> Instant {
        timer::CAPTURE.write(1);
        let now = timer::CAPTURED.read();
        self.ticks += u64::from(now.wrapping_sub(self.last));
        self.last = now;
        Instant::from_millis(self.ticks * 1000 / TICKS_PER_SECOND)
    }
}
