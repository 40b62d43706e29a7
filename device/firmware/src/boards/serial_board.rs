//! A board whose line is any serial port of embedded-io, USB's among them.

use embedded_io::{Read, ReadReady, Write};
use tezio_core::time::Instant;

use crate::board::Board;

/// A serial port and a count of milliseconds.
///
/// A port that fails is a port without bytes: the host sees silence and comes back.
#[derive(Debug)]
pub struct SerialBoard<S, C> {
    serial: S,
    millis: C,
}

impl<S, C: FnMut() -> u64> SerialBoard<S, C> {
    /// A board on `serial`, at whose start `millis` began to count.
    pub const fn new(serial: S, millis: C) -> Self {
        Self { serial, millis }
    }
}

impl<S: Read + ReadReady + Write, C: FnMut() -> u64> Board for SerialBoard<S, C> {
    fn now(&mut self) -> Instant {
        Instant::from_millis((self.millis)())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        if self.serial.read_ready().unwrap_or(false) {
            self.serial.read(buffer).unwrap_or(0)
        } else {
            0
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        // What a host does not take is lost, as on the published firmware's port.
        let _ = self.serial.write_all(bytes);
        let _ = self.serial.flush();
    }
}
