//! Bytes that are no request: what is wrong with them, and what would be right.

/// Why bytes are no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A web page sends it. Any page that a browser on an allowed host shows could ask for
    /// signatures; no signer's client does.
    #[error("requests from web pages are not allowed: there is an Origin or Sec-Fetch-Site header")]
    WebPage,
    /// The path names nothing here.
    #[error(
        "no such path: this signer has /, /keys/<address>, /authorized_keys, /known_keys and \
         /bls_prove_possession/<address>"
    )]
    Path,
    /// The path is right, the method is not.
    #[error("method not allowed here: use {allow}")]
    Method {
        /// The methods that are, as in an `Allow` header.
        allow: &'static str,
    },
    /// The body is of another type than JSON.
    #[error("content type not supported: use application/json")]
    ContentType,
    /// What should name a key does not.
    #[error("not a public key hash: it must be tz1…, tz2… or tz3… with a right checksum")]
    KeyHash,
    /// What should be the authentication is no signature.
    #[error("authentication is not a signature: it must be edsig…, spsig1…, p2sig… or sig…")]
    Authentication,
    /// What should be the signing version is none.
    #[error("version is not 0, 1, 2 or 3")]
    Version,
    /// A parameter that decides is there twice.
    #[error("parameter {0} is given twice")]
    Twice(&'static str),
    /// The body is not a JSON string.
    #[error("request body is not a JSON string of hex digits, such as \"03deadbeef\"")]
    NotJson,
    /// The string has an odd number of digits.
    #[error("odd number of hex digits ({0}): every byte takes two")]
    OddHex(usize),
    /// A character that is no hex digit.
    #[error("character {0} of the string is no hex digit (0-9, a-f)")]
    NotHex(usize),
    /// A frame begins with a tag that no request has.
    #[error("no such request: tag {0:#04x}")]
    Tag(u8),
    /// A frame ends inside a field.
    #[error("request ends too early")]
    Cut,
    /// A frame goes on behind its request.
    #[error("{0} bytes too many behind the request")]
    Trailing(usize),
    /// A presence byte is neither 00 nor ff.
    #[error("presence byte {0:#04x} is neither 00 nor ff")]
    Presence(u8),
    /// The body, or the frame, is longer than any request.
    #[error("request is larger than {limit} bytes, the most this signer reads")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
}
