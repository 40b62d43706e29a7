//! One exchange: what the peer asked, and what it is told.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Response, StatusCode};

/// A request, complete.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The method as sent: any token, HEAD and OPTIONS included.
    pub method: Method,
    /// Path and query as sent, nothing decoded or collapsed. Scheme and host of an absolute target
    /// are left out. The target of a CONNECT is empty; it is to be refused, since a success would
    /// mean a tunnel, which has no length.
    pub target: String,
    /// The headers as sent, names in lower case.
    pub headers: HeaderMap,
    /// The body, or why there is none.
    pub body: Body,
}

impl Exchange {
    pub(crate) fn new(head: Parts, body: Body) -> Self {
        let target = head
            .uri
            .path_and_query()
            .map_or("", |target| target.as_str());
        Self {
            method: head.method,
            target: target.to_owned(),
            headers: head.headers,
            body,
        }
    }

    /// The first header of that name, unless it is absent or holds anything but visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A request's body, with its chunks joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// All of it; empty when the request has none.
    Complete(Vec<u8>),
    /// Longer than [`Limits::body_bytes`](crate::Limits::body_bytes). None of it is kept, and the
    /// connection closes after the answer.
    TooLong {
        /// The limit it exceeds, in bytes.
        limit: usize,
        /// The length the peer gave in advance, in bytes; a chunked body has none.
        announced: Option<u64>,
    },
}

/// What the peer is told. The length, the date and the fate of the connection are added on the way
/// out; an answer to HEAD loses its body there, but keeps its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// `Content-Type`, if any: visible ASCII.
    pub content_type: Option<&'static str>,
    /// `Allow`, for a 405: visible ASCII.
    pub allow: Option<&'static str>,
    /// Further fields: names in lower case, values of visible ASCII and blanks.
    pub more: &'static [(&'static str, &'static str)],
    /// The body; may be empty.
    pub body: Vec<u8>,
}

impl Answer {
    /// A status and nothing else.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            content_type: None,
            allow: None,
            more: &[],
            body: Vec::new(),
        }
    }

    /// A status and a body of the given type.
    #[must_use]
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            content_type: Some(content_type),
            body: body.into(),
            ..Self::empty(status)
        }
    }

    /// The answer as hyper takes it; `last` tells the peer that the connection ends with it.
    pub(crate) fn into_response(self, last: bool) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let fields = [
            (CONTENT_TYPE, self.content_type),
            (ALLOW, self.allow),
            (CONNECTION, last.then_some("close")),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        for (name, value) in self.more {
            let name = HeaderName::from_static(name);
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
