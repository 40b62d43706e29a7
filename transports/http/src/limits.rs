//! What one connection may use: bytes held and time spent waiting for the peer.

use core::time::Duration;

/// Bounds of one connection. All durations are real time; none of them covers the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest request line and headers together, in bytes; a longer head is answered with 431.
    pub header_bytes: usize,
    /// Longest request body, in bytes, chunk framing not counted.
    pub body_bytes: usize,
    /// From the start of the connection, or the end of the previous answer, to a complete head.
    /// This is also how long a kept connection may stay idle.
    pub header_timeout: Duration,
    /// From a complete head to a complete body.
    pub body_timeout: Duration,
    /// From the first byte of an answer the peer does not take to the last byte of that answer.
    pub write_timeout: Duration,
}

impl Default for Limits {
    /// Room for the longest payload of an Octez socket frame (65,535 bytes), for heads larger than
    /// any Octez sends, and for a slow but honest network.
    fn default() -> Self {
        Self {
            header_bytes: 16 * 1024,
            body_bytes: 66 * 1024,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
        }
    }
}
