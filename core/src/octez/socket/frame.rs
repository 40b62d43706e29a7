//! From a stream of bytes to whole payloads.

/// Takes a stream apart into the payloads of `<length: u16 BE><payload>`, each at most `N` bytes.
///
/// A longer payload is passed over, byte by byte and without being kept, so that the frame behind it
/// is found; its end is reported as [`Pushed::TooLong`].
#[derive(Clone, Debug)]
pub struct FrameDecoder<const N: usize> {
    head: heapless::Vec<u8, 2>,
    payload: heapless::Vec<u8, N>,
    seen: usize,
    /// Whether the payload held was given out and the next byte begins a new frame.
    given: bool,
}

/// What became of the bytes pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed<'a> {
    /// All were taken; the frame is not whole yet.
    NeedMore,
    /// A frame is whole. `rest` has not been looked at: push it next.
    Frame {
        /// What the frame holds.
        payload: &'a [u8],
        /// How many of the bytes pushed were taken.
        taken: usize,
    },
    /// A frame that was too long has passed. `rest` has not been looked at: push it next.
    TooLong {
        /// The length it announced, in bytes.
        announced: usize,
        /// How many of the bytes pushed were taken.
        taken: usize,
    },
}

impl<const N: usize> FrameDecoder<N> {
    /// A decoder at the begin of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: heapless::Vec::new(),
            payload: heapless::Vec::new(),
            seen: 0,
            given: false,
        }
    }

    /// Takes bytes up to the end of one frame.
    pub fn push(&mut self, bytes: &[u8]) -> Pushed<'_> {
        if core::mem::take(&mut self.given) {
            *self = Self::new();
        }
        let head = self.take_head(bytes);
        let Some(announced) = self.announced() else {
            return Pushed::NeedMore;
        };
        let behind = bytes.get(head..).unwrap_or_default();
        let taken = head.saturating_add(self.take_payload(announced, behind));
        if self.seen < announced {
            return Pushed::NeedMore;
        }
        self.given = true;
        if announced > N {
            return Pushed::TooLong { announced, taken };
        }
        let payload = &self.payload;
        Pushed::Frame { payload, taken }
    }

    /// Whether the stream stands between two frames.
    #[must_use]
    pub fn is_between(&self) -> bool {
        self.given || self.head.is_empty()
    }

    fn take_head(&mut self, bytes: &[u8]) -> usize {
        let missing = 2_usize.saturating_sub(self.head.len()).min(bytes.len());
        for byte in bytes.iter().take(missing) {
            // There is room for what is missing.
            let _ = self.head.push(*byte);
        }
        missing
    }

    fn announced(&self) -> Option<usize> {
        let head = self.head.as_slice().try_into().ok()?;
        Some(usize::from(u16::from_be_bytes(head)))
    }

    /// Takes what still belongs to the payload; keeps it if it fits.
    fn take_payload(&mut self, announced: usize, bytes: &[u8]) -> usize {
        let missing = announced.saturating_sub(self.seen).min(bytes.len());
        self.seen = self.seen.saturating_add(missing);
        if announced <= N {
            let kept = bytes.get(..missing).unwrap_or_default();
            // It fits: the payload announced does.
            let _ = self.payload.extend_from_slice(kept);
        }
        missing
    }
}

impl<const N: usize> Default for FrameDecoder<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Everything that comes out of a stream pushed in pieces of `size` bytes.
    fn decode(stream: &[u8], size: usize) -> Vec<Result<Vec<u8>, usize>> {
        let mut decoder = FrameDecoder::<8>::new();
        let mut frames = Vec::new();
        for mut piece in stream.chunks(size) {
            while !piece.is_empty() {
                let taken = match decoder.push(piece) {
                    Pushed::NeedMore => piece.len(),
                    Pushed::Frame { payload, taken } => {
                        frames.push(Ok(payload.to_vec()));
                        taken
                    }
                    Pushed::TooLong { announced, taken } => {
                        frames.push(Err(announced));
                        taken
                    }
                };
                piece = &piece[taken..];
            }
        }
        frames
    }

    #[test]
    fn every_split_of_a_stream_gives_the_same_frames() {
        let stream = b"\x00\x01\x02\x00\x03abc\x00\x00\x00\x09123456789\x00\x08abcdefgh";
        let expected = [
            Ok(b"\x02".to_vec()),
            Ok(b"abc".to_vec()),
            Ok(Vec::new()),
            Err(9),
            Ok(b"abcdefgh".to_vec()),
        ];
        for size in 1..=stream.len() {
            assert_eq!(decode(stream, size), expected, "pieces of {size}");
        }
    }

    #[test]
    fn a_cut_stream_gives_no_frame_and_is_not_between_two() {
        let frame = b"\x00\x03abc";
        for length in 1..frame.len() {
            let mut decoder = FrameDecoder::<8>::new();
            assert_eq!(decoder.push(&frame[..length]), Pushed::NeedMore);
            assert!(!decoder.is_between(), "{length} bytes");
        }
        let mut decoder = FrameDecoder::<8>::new();
        assert!(decoder.is_between());
        assert!(matches!(decoder.push(frame), Pushed::Frame { .. }));
        assert!(decoder.is_between());
    }
}
