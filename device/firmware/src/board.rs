//! The program: a board's line and clock, and the core's receive loop between them.

use tezio_core::hsm::device::{Device, Operations};
use tezio_core::time::Instant;

/// Bytes taken from the line at once. What the device does not want of them yet waits here.
const CHUNK: usize = 64;

/// What the loop needs of a board.
///
/// The line must lose nothing while the loop does not look: by flow control, as USB and a UART with
/// RTS have it, or by an interrupt that fills a buffer.
pub trait Board {
    /// The time since the start.
    fn now(&mut self) -> Instant;

    /// Moves bytes that have come into `buffer`, at once, and says how many: none if none have.
    fn receive(&mut self, buffer: &mut [u8]) -> usize;

    /// Sends all of `bytes`. A board whose host does not read them may drop what is left.
    fn send(&mut self, bytes: &[u8]);
}

/// A device on a board's line.
#[derive(Debug)]
pub struct Line<B, O> {
    board: B,
    device: Device<O>,
    waiting: [u8; CHUNK],
    taken: usize,
    length: usize,
}

impl<B: Board, O: Operations> Line<B, O> {
    /// A device that was just powered on.
    pub const fn new(board: B, operations: O) -> Self {
        Self {
            board,
            device: Device::new(operations),
            waiting: [0; CHUNK],
            taken: 0,
            length: 0,
        }
    }

    /// Runs for ever.
    pub fn serve(&mut self) -> ! {
        loop {
            self.turn();
        }
    }

    /// One look at line and clock. Bytes are offered before time counts against them.
    pub fn turn(&mut self) {
        self.refill();
        let now = self.board.now();
        let rest = self.waiting.get(self.taken..self.length);
        let taken = self.device.push(now, rest.unwrap_or_default());
        self.taken = self.taken.saturating_add(taken);
        self.device.handle_timeout(now);
        if let Some(reply) = self.device.poll_transmit() {
            self.board.send(reply);
        }
    }

    /// Takes more from the line once all is offered and taken.
    fn refill(&mut self) {
        if self.taken >= self.length {
            self.taken = 0;
            self.length = self.board.receive(&mut self.waiting);
        }
    }
}
