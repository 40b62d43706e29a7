//! The end of a connection: what the peer still sends is read and thrown away.
//!
//! A TCP socket closed with unread bytes in it sends a reset, and a reset can overtake the answer in
//! the peer's own buffers. So, once our side is closed, the peer is heard out until it closes too,
//! within bounds. This works best on a stream whose `poll_close` tells the peer (as
//! `shutdown(Write)` does); on others a peer that waits for the end waits for the clock.

use core::time::Duration;

use async_io::Timer;
use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, future};

const LINGER_BYTES: usize = 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(1);

/// Reads until the peer closes, 1 MiB has come, or 1 s has passed.
pub(crate) async fn linger<S: AsyncRead + Unpin>(stream: &mut S) {
    future::or(discard(stream, LINGER_BYTES), out_of_time()).await;
}

/// The same for a stream that nobody has closed yet; closing it has its part of the 1 s.
pub(crate) async fn close_and_linger<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) {
    let parting = async {
        if stream.close().await.is_ok() {
            discard(stream, LINGER_BYTES).await;
        }
    };
    future::or(parting, out_of_time()).await;
}

async fn out_of_time() {
    Timer::after(LINGER_TIME).await;
}

async fn discard<S: AsyncRead + Unpin>(stream: &mut S, mut budget: usize) {
    let mut scrap = [0; 4096];
    while budget > 0 {
        match stream.read(&mut scrap).await {
            Ok(count) if count > 0 => budget = budget.saturating_sub(count),
            Ok(_) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    //! Both bounds, each without the other's help.

    use super::*;

    #[test]
    fn an_endless_peer_is_not_heard_for_ever() {
        let mut peer = futures_lite::io::repeat(0).take(10_000_000);
        future::block_on(discard(&mut peer, LINGER_BYTES));
        assert_eq!(peer.limit(), 10_000_000 - LINGER_BYTES as u64);
    }

    #[test]
    fn a_silent_peer_is_not_waited_for_for_ever() {
        let (near, _far) = std::os::unix::net::UnixStream::pair().expect("a pair");
        let mut near = async_io::Async::new(near).expect("a reactor");
        future::block_on(linger(&mut near));
    }
}
