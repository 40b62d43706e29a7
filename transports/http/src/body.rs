//! A request's body: from hyper's frames to one run of bytes, bounded in length and time.
//!
//! Frames are copied out as they come. Keeping them would be cheaper for one large frame and ruinous
//! for a peer that sends its body in chunks of one byte, each with its own bookkeeping.

use async_io::Timer;
use futures_lite::future;
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};

use crate::{Body, Limits};

/// A body that never became one. The handler is not asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Its framing is wrong, or the peer left in the middle.
    Malformed,
    /// It was not complete in time.
    TooSlow,
}

impl Broken {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

/// Receives a body. One whose announced length is too long is not read at all, and a peer waiting
/// for `100 Continue` is then not told to go on.
///
/// # Errors
///
/// [`Broken`], by what is wrong with it.
pub(crate) async fn receive(incoming: Incoming, limits: &Limits) -> Result<Body, Broken> {
    let limit = limits.body_bytes;
    let announced = incoming.size_hint().exact();
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit))
    {
        return Ok(Body::TooLong { limit, announced });
    }
    let too_late = async {
        Timer::after(limits.body_timeout).await;
        Err(Broken::TooSlow)
    };
    future::or(collect(incoming, limit), too_late).await
}

async fn collect(mut incoming: Incoming, limit: usize) -> Result<Body, Broken> {
    let mut bytes = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|_| Broken::Malformed)?;
        let data = frame.data_ref().map_or(&[][..], |data| data.as_ref());
        if data.len() > limit - bytes.len() {
            return Ok(Body::TooLong {
                limit,
                announced: None,
            });
        }
        bytes.extend_from_slice(data);
    }
    Ok(Body::Complete(bytes))
}
