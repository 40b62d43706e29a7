//! Requests and replies as HTTP has them: from method, path, query and JSON body to a [`Request`],
//! and from a [`Reply`] to status and JSON body.
//!
//! ```text
//! GET  /                                             Hello
//! GET  /keys/<address>                               PublicKey
//! POST /keys/<address>[?authentication=…][&version=…]  Sign, body: JSON string of hex
//! GET  /authorized_keys                              AuthorizedKeys
//! GET  /known_keys                                   KnownKeys
//! GET  /bls_prove_possession/<address>               ProvePossession
//! ```
//!
//! Reads are bounded by the buffer the caller lends; whatever is wrong becomes
//! [`Request::Malformed`]. Success bodies have exactly the fields that octez-client's strict decoder
//! takes. A refusal is the JSON error array whose `msg` octez-client shows its user, with one of the
//! statuses from which it reads that array (401, 403, 404, 409, 500); what could not be read at all
//! has the status that HTTP has for it.
//!
//! Format: Octez, `src/lib_signer_services/signer_services.ml`, at commit `d26a8bef8215`.

use core::fmt::Write as _;

use super::{Authentication, Reply, Request};
use crate::limits::HTTP_BODY;
use crate::malformed::Malformed;
use crate::tezos::{BlsSignature, PublicKeyHash, SignatureText};
use crate::verdict::{Refusal, Unsupported};
use crate::watermark::WatermarkRefusal;

/// An HTTP request as the transport read it.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// Upper-case method.
    pub method: &'a str,
    /// Path and query as sent.
    pub target: &'a str,
    /// Whether a web page in a browser sends this: there is an `Origin` or `Sec-Fetch-Site` header.
    pub from_web_page: bool,
    /// The `Content-Type` header, if there is one.
    pub content_type: Option<&'a str>,
    /// The whole body; `None` when it was longer than [`HTTP_BODY`].
    pub body: Option<&'a [u8]>,
}

/// An HTTP answer to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The `Allow` header of a 405.
    pub allow: Option<&'static str>,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body, with a newline at its end.
    pub body: Body,
}

/// The body of an answer.
pub type Body = heapless::String<1024>;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Reads one request; the data to be signed is decoded into `scratch`, which wants half as many
/// bytes as the body has.
#[must_use]
pub fn read<'a>(exchange: &Exchange<'_>, scratch: &'a mut [u8]) -> Request<'a> {
    read_route(exchange, scratch).unwrap_or_else(Request::Malformed)
}

fn read_route<'a>(
    exchange: &Exchange<'_>,
    scratch: &'a mut [u8],
) -> Result<Request<'a>, Malformed> {
    if exchange.from_web_page {
        return Err(Malformed::WebPage);
    }
    let (path, query) = exchange
        .target
        .split_once('?')
        .unwrap_or((exchange.target, ""));
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => read_get(exchange, Request::Hello),
        (Some("authorized_keys"), None, _) => read_get(exchange, Request::AuthorizedKeys),
        (Some("known_keys"), None, _) => read_get(exchange, Request::KnownKeys),
        (Some("bls_prove_possession"), Some(key), None) => {
            let key = PublicKeyHash::from_base58(key).map_err(|_| Malformed::KeyHash)?;
            read_get(exchange, Request::ProvePossession { key })
        }
        (Some("keys"), Some(key), None) => read_key(exchange, key, query, scratch),
        _ => Err(Malformed::Path),
    }
}

fn read_get<'a>(exchange: &Exchange<'_>, request: Request<'a>) -> Result<Request<'a>, Malformed> {
    match exchange.method {
        "GET" | "HEAD" => Ok(request),
        _ => Err(Malformed::Method { allow: "GET, HEAD" }),
    }
}

fn read_key<'a>(
    exchange: &Exchange<'_>,
    key: &str,
    query: &str,
    scratch: &'a mut [u8],
) -> Result<Request<'a>, Malformed> {
    let key = PublicKeyHash::from_base58(key).map_err(|_| Malformed::KeyHash);
    match exchange.method {
        "GET" | "HEAD" => Ok(Request::PublicKey { key: key? }),
        "POST" => read_sign(exchange, key?, query, scratch),
        _ => Err(Malformed::Method {
            allow: "GET, HEAD, POST",
        }),
    }
}

fn read_sign<'a>(
    exchange: &Exchange<'_>,
    key: PublicKeyHash,
    query: &str,
    scratch: &'a mut [u8],
) -> Result<Request<'a>, Malformed> {
    check_content_type(exchange.content_type)?;
    let authentication = read_authentication(query)?;
    check_version(query)?;
    let limit = HTTP_BODY;
    let body = exchange.body.ok_or(Malformed::TooLong { limit })?;
    let data = read_hex_string(body, scratch)?;
    Ok(Request::Sign {
        key,
        data,
        authentication,
    })
}

/// JSON, with or without parameters; nothing means JSON, as Octez has it.
fn check_content_type(content_type: Option<&str>) -> Result<(), Malformed> {
    let media = content_type.map_or(JSON, |text| text.split(';').next().unwrap_or_default());
    if media.trim().eq_ignore_ascii_case(JSON) {
        Ok(())
    } else {
        Err(Malformed::ContentType)
    }
}

fn read_authentication(query: &str) -> Result<Option<Authentication>, Malformed> {
    let Some(text) = parameter(query, "authentication")? else {
        return Ok(None);
    };
    let read = match text.get(..5) {
        Some("mdsig") => Ok(Authentication::Foreign),
        Some("BLsig") => BlsSignature::from_base58(text).map(Authentication::Bls),
        _ => SignatureText::from_base58(text).map(Authentication::Known),
    };
    read.map(Some).map_err(|_| Malformed::Authentication)
}

/// The signing version makes a difference to tz4 keys alone; it must be one that exists.
fn check_version(query: &str) -> Result<(), Malformed> {
    match parameter(query, "version")? {
        None | Some("0" | "1" | "2" | "3") => Ok(()),
        Some(_) => Err(Malformed::Version),
    }
}

/// The value of a parameter that may be there once. Others are ignored.
fn parameter<'q>(query: &'q str, name: &'static str) -> Result<Option<&'q str>, Malformed> {
    let mut values = query
        .split('&')
        .filter_map(|item| item.split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Malformed::Twice(name)),
    }
}

/// Decodes a JSON string that holds hex digits alone, white space around it allowed.
fn read_hex_string<'a>(body: &[u8], scratch: &'a mut [u8]) -> Result<&'a [u8], Malformed> {
    let digits = trimmed(body)
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .ok_or(Malformed::NotJson)?;
    if let Some(at) = digits.iter().position(|byte| !byte.is_ascii_hexdigit()) {
        return Err(Malformed::NotHex(at));
    }
    let (pairs, odd) = digits.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(Malformed::OddHex(digits.len()));
    }
    let limit = HTTP_BODY;
    let data = scratch
        .get_mut(..pairs.len())
        .ok_or(Malformed::TooLong { limit })?;
    for (byte, [high, low]) in data.iter_mut().zip(pairs) {
        *byte = digit(*high) << 4 | digit(*low);
    }
    Ok(data)
}

/// The body without JSON's white space around it, of which there are four kinds: one less than ASCII
/// has.
fn trimmed(body: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let first = body.iter().position(is_text).unwrap_or(body.len());
    let end = body
        .iter()
        .rposition(is_text)
        .map_or(first, |last| last.saturating_add(1));
    body.get(first..end).unwrap_or_default()
}

/// The value of a hex digit.
const fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte & 0x0f,
        _ => (byte & 0x0f).wrapping_add(9),
    }
}

/// Writes one reply.
#[must_use]
pub fn write(reply: &Reply) -> Answer {
    let mut body = Body::new();
    if write_body(reply, &mut body).is_err() {
        body = Body::new();
    }
    let refusal = match reply {
        Reply::Refused(refusal) => Some(refusal),
        Reply::Hello
        | Reply::Signature(_)
        | Reply::PublicKey(_)
        | Reply::AuthorizedKeys(_)
        | Reply::KnownKeys(_)
        | Reply::NoDeterministicNonces => None,
    };
    Answer {
        status: refusal.map_or(200, status),
        allow: refusal.and_then(allow),
        content_type: if *reply == Reply::Hello { TEXT } else { JSON },
        body,
    }
}

fn write_body(reply: &Reply, body: &mut Body) -> core::fmt::Result {
    match reply {
        Reply::Hello => writeln!(body, "tezio-signer {}", env!("CARGO_PKG_VERSION")),
        Reply::Signature(release) => {
            let text = release.signature().to_base58(release.curve());
            writeln!(body, r#"{{"signature":"{text}"}}"#)
        }
        Reply::PublicKey(key) => writeln!(body, r#"{{"public_key":"{key}"}}"#),
        Reply::AuthorizedKeys(None) => writeln!(body, "{{}}"),
        Reply::AuthorizedKeys(Some(keys)) => write_keys("authorized_keys", keys, body),
        Reply::KnownKeys(keys) => write_keys("known_keys", keys, body),
        Reply::NoDeterministicNonces => {
            writeln!(body, r#"{{"supports_deterministic_nonces":false}}"#)
        }
        Reply::Refused(refusal) => {
            write!(body, r#"[{{"kind":"temporary","id":"failure","msg":""#)?;
            write!(Escaped(body), "{refusal}")?;
            writeln!(body, r#""}}]"#)
        }
    }
}

fn write_keys(name: &str, keys: &[PublicKeyHash], body: &mut Body) -> core::fmt::Result {
    write!(body, r#"{{"{name}":["#)?;
    for (at, key) in keys.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        write!(body, r#"{comma}"{key}""#)?;
    }
    writeln!(body, "]}}")
}

/// Writes text into a JSON string. Messages hold no control characters.
struct Escaped<'a>(&'a mut Body);

impl core::fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for character in text.chars() {
            if matches!(character, '"' | '\\') {
                self.0.write_char('\\')?;
            }
            self.0.write_char(character)?;
        }
        Ok(())
    }
}

/// The one place that says which status a refusal has.
fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Malformed(malformed) => malformed_status(malformed),
        Refusal::Unsupported(Unsupported::Curve(_)) => 404,
        Refusal::Unsupported(Unsupported::DeterministicNonce | Unsupported::ProofOfPossession) => {
            500
        }
        Refusal::UnknownKey(_) => 404,
        Refusal::AuthenticationMissing(_) | Refusal::AuthenticationInvalid => 401,
        Refusal::Address(_)
        | Refusal::KnownKeys
        | Refusal::MagicByte { .. }
        | Refusal::TooLarge { .. }
        | Refusal::Message(_)
        | Refusal::Layout { .. }
        | Refusal::Chain { .. }
        | Refusal::Unreadable { .. }
        | Refusal::Operation(_)
        | Refusal::Client(_)
        | Refusal::Overspent { .. } => 403,
        Refusal::Watermark(WatermarkRefusal::Sealed | WatermarkRefusal::Foreign)
        | Refusal::Busy(_)
        | Refusal::Late(_)
        | Refusal::Hsm(_) => 500,
        Refusal::Watermark(
            WatermarkRefusal::Below { .. }
            | WatermarkRefusal::Conflict { .. }
            | WatermarkRefusal::Underway { .. }
            | WatermarkRefusal::AtStart { .. }
            | WatermarkRefusal::Jump { .. }
            | WatermarkRefusal::HandedOver { .. }
            | WatermarkRefusal::Unknown { .. },
        ) => 409,
    }
}

const fn malformed_status(malformed: &Malformed) -> u16 {
    match malformed {
        Malformed::WebPage => 403,
        Malformed::Path => 404,
        Malformed::Method { .. } => 405,
        Malformed::TooLong { .. } => 413,
        Malformed::ContentType => 415,
        Malformed::KeyHash
        | Malformed::Authentication
        | Malformed::Version
        | Malformed::Twice(_)
        | Malformed::NotJson
        | Malformed::OddHex(_)
        | Malformed::NotHex(_)
        | Malformed::Tag(_)
        | Malformed::Cut
        | Malformed::Trailing(_)
        | Malformed::Presence(_) => 400,
    }
}

const fn allow(refusal: &Refusal) -> Option<&'static str> {
    if let Refusal::Malformed(Malformed::Method { allow }) = refusal {
        Some(allow)
    } else {
        None
    }
}
