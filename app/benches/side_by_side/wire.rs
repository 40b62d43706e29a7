//! Requests on the wire, over HTTP or Octez' socket protocol, and their answers read to the last byte.
//!
//! Blocking sockets: the load costs as little as it can.

use core::net::SocketAddr;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use tezio_core::tezos::PublicKeyHash;

/// Where a signer listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Http(SocketAddr),
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask<'a> {
    Sign(&'a PublicKeyHash, &'a [u8]),
    PublicKey(&'a PublicKeyHash),
    AuthorizedKeys,
}

/// A connection.
pub(crate) enum Line {
    Http(TcpStream),
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Door {
    /// A door by its address: `http://1.2.3.4:5`, `tcp://1.2.3.4:5` or `unix:/path`.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        if let Some(path) = url.strip_prefix("unix:") {
            return Some(Self::Unix(path.into()));
        }
        let (scheme, address) = url.split_once("://")?;
        let address = address.trim_end_matches('/').parse().ok()?;
        match scheme {
            "http" => Some(Self::Http(address)),
            "tcp" => Some(Self::Tcp(address)),
            _ => None,
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Http(_) => "HTTP",
            Self::Tcp(_) => "TCP",
            Self::Unix(_) => "Unix",
        }
    }

    pub(crate) fn connect(&self) -> io::Result<Line> {
        let tcp = |address: SocketAddr| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            io::Result::Ok(stream)
        };
        Ok(match self {
            Self::Http(address) => Line::Http(tcp(*address)?),
            Self::Tcp(address) => Line::Tcp(tcp(*address)?),
            Self::Unix(path) => Line::Unix(UnixStream::connect(path)?),
        })
    }

    /// The bytes of a request, to be made before the clock runs.
    pub(crate) fn request(&self, ask: Ask<'_>) -> Vec<u8> {
        match self {
            Self::Http(address) => http_request(*address, ask),
            Self::Tcp(_) | Self::Unix(_) => frame(ask),
        }
    }
}

impl Line {
    /// Sends a request and reads its answer. Whether it was granted.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> io::Result<bool> {
        match self {
            Self::Http(stream) => http_exchange(stream, request),
            Self::Tcp(stream) => socket_exchange(stream, request),
            Self::Unix(stream) => socket_exchange(stream, request),
        }
    }
}

fn http_request(host: SocketAddr, ask: Ask<'_>) -> Vec<u8> {
    let accept = format!("Host: {host}\r\nAccept: application/json");
    match ask {
        Ask::AuthorizedKeys => format!("GET /authorized_keys HTTP/1.1\r\n{accept}\r\n\r\n"),
        Ask::PublicKey(key) => {
            format!("GET /keys/{key} HTTP/1.1\r\n{accept}\r\n\r\n")
        }
        Ask::Sign(key, data) => {
            let body = format!("\"{}\"", hex::encode(data));
            let length = body.len();
            format!(
                "POST /keys/{key} HTTP/1.1\r\n{accept}\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            )
        }
    }
    .into_bytes()
}

fn http_exchange(stream: &mut TcpStream, request: &[u8]) -> io::Result<bool> {
    exchange(stream, request, |answer| {
        let whole = http_length(answer)?;
        (answer.len() >= whole).then(|| answer.get(9..12) == Some(b"200"))
    })
}

/// Sends `request` and reads until `granted` can tell what came of it.
fn exchange(
    stream: &mut (impl Read + Write),
    request: &[u8],
    granted: impl Fn(&[u8]) -> Option<bool>,
) -> io::Result<bool> {
    stream.write_all(request)?;
    let mut answer = [0; 4096];
    let mut length = 0;
    loop {
        let read = stream.read(&mut answer[length..])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        length += read;
        if let Some(granted) = granted(&answer[..length]) {
            return Ok(granted);
        }
    }
}

/// The length of an answer, once its head is there.
fn http_length(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = core::str::from_utf8(&answer[..end]).ok()?;
    let body = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let found = name.eq_ignore_ascii_case("content-length");
        found.then(|| value.trim().parse::<usize>().ok())?
    });
    Some(end + 4 + body.unwrap_or_default())
}

fn frame(ask: Ask<'_>) -> Vec<u8> {
    let payload = match ask {
        Ask::AuthorizedKeys => vec![0x02],
        Ask::PublicKey(key) => [&[0x01], key.tagged().as_slice()].concat(),
        Ask::Sign(key, data) => {
            let length = u32::try_from(data.len()).unwrap_or_default();
            [&[0x00], &key.tagged()[..], &length.to_be_bytes(), data].concat()
        }
    };
    let length = u16::try_from(payload.len()).unwrap_or_default();
    [&length.to_be_bytes(), payload.as_slice()].concat()
}

fn socket_exchange(stream: &mut (impl Read + Write), request: &[u8]) -> io::Result<bool> {
    exchange(stream, request, |answer| match *answer {
        [high, low, status, ..] => {
            let whole = 2 + usize::from(u16::from_be_bytes([high, low]));
            (answer.len() >= whole).then_some(status == 0)
        }
        _ => None,
    })
}
