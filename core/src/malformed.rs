//! Bytes that are no request: what is wrong with them, and what would be right.

/// Why bytes are no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The path names nothing here.
    #[error("no such path: this signer has /, /keys/<address> and /authorized_keys")]
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
    /// The path's last part is no address.
    #[error("not a public key hash: it must be tz1…, tz2… or tz3… with a right checksum")]
    KeyHash,
    /// The `authentication` parameter is no signature.
    #[error("authentication is not a signature: it must be edsig…, spsig1…, p2sig… or sig…")]
    Authentication,
    /// The `version` parameter is no signing version.
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
    /// The body is longer than any request.
    #[error("request body is larger than {limit} bytes, the most this signer reads")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
}
