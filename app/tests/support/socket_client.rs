//! Octez' socket protocol by hand, over TCP or a Unix socket: frames as octez-client sends them, and
//! answers taken apart to the last byte.
//!
//! ```text
//! frame = <length: u16 BE><payload>;  answer = <00><result>, or <01><error trace>
//! ```
//!
//! Laid out after Octez, `src/lib_signer_services/signer_messages.ml` at d26a8bef8215.

use core::net::{IpAddr, SocketAddr};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::thread::{Gid, Uid, set_thread_gid, set_thread_groups, set_thread_uid};
use tezio_core::tezos::{PublicKeyHash, Signature};

use super::http::connect_from;
use super::process::PATIENCE;

/// Which keys may authenticate.
pub(crate) const AUTHORIZED_KEYS: &[u8] = &[0x02];
/// Which keys are served.
pub(crate) const KNOWN_KEYS: &[u8] = &[0x06];

/// Connects as another user, with a group of the same number; nobody but root can.
pub(crate) fn connect_as(user: u32, path: &Path) -> std::io::Result<UnixStream> {
    let connect = || {
        // A thread's own user: the other threads stay who they are.
        set_thread_groups(&[])?;
        set_thread_gid(Gid::from_raw(user))?;
        set_thread_uid(Uid::from_raw(user))?;
        UnixStream::connect(path)
    };
    std::thread::scope(|scope| scope.spawn(connect).join().unwrap())
}

/// The payload of a request to sign, with what authenticates it, if anything does.
pub(crate) fn sign(address: &str, data: &[u8], authentication: &[u8]) -> Vec<u8> {
    let tagged = tagged(address);
    // The newest signing version, which tz4 keys alone have.
    let (before, behind): (&[u8], &[u8]) = if tagged[0] == 3 {
        (&[0x03], &[0x03])
    } else {
        (&[], &[])
    };
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [
        &[0x00],
        before,
        &tagged,
        behind,
        &length,
        data,
        authentication,
    ]
    .concat()
}

/// The payload of a request that is a tag and an address.
pub(crate) fn about(tag: u8, address: &str) -> Vec<u8> {
    [&[tag], tagged(address).as_slice()].concat()
}

/// The payload of a request for a public key.
pub(crate) fn public_key(address: &str) -> Vec<u8> {
    about(0x01, address)
}

/// The payload of a request for a proof of possession.
pub(crate) fn proof_of_possession(address: &str) -> Vec<u8> {
    [about(0x07, address), vec![0x00]].concat()
}

/// A payload with its length in front.
pub(crate) fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&length, payload].concat()
}

fn tagged(address: &str) -> [u8; 21] {
    PublicKeyHash::from_base58(address).unwrap().tagged()
}

/// One connection.
#[derive(Debug)]
pub(crate) struct SocketClient(Stream);

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl SocketClient {
    pub(crate) fn tcp(address: SocketAddr) -> Self {
        Self::on_tcp(TcpStream::connect(address).unwrap())
    }

    /// Connects from another address of the loopback.
    pub(crate) fn tcp_from(source: IpAddr, address: SocketAddr) -> Self {
        Self::on_tcp(connect_from(source, address))
    }

    pub(crate) fn unix(path: &Path) -> Self {
        Self::on_unix(UnixStream::connect(path).unwrap())
    }

    /// Connects as another user, with a group of the same number; nobody but root can.
    pub(crate) fn unix_as(user: u32, path: &Path) -> std::io::Result<Self> {
        connect_as(user, path).map(Self::on_unix)
    }

    fn on_tcp(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(Stream::Tcp(stream))
    }

    fn on_unix(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(Stream::Unix(stream))
    }

    /// Sends one payload and waits for its answer.
    pub(crate) fn ask(&mut self, payload: &[u8]) -> SocketAnswer {
        self.send(&frame(payload));
        self.receive()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).unwrap();
    }

    /// Sends unless the connection has ended.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.0 {
            Stream::Tcp(stream) => stream.write_all(bytes),
            Stream::Unix(stream) => stream.write_all(bytes),
        }
    }

    /// The next answer, whole.
    pub(crate) fn receive(&mut self) -> SocketAnswer {
        self.try_receive().unwrap()
    }

    /// The same of a daemon that may end meanwhile: an error unless the whole answer comes.
    pub(crate) fn try_receive(&mut self) -> std::io::Result<SocketAnswer> {
        let mut length = [0; 2];
        self.read(&mut length)?;
        let mut payload = vec![0; usize::from(u16::from_be_bytes(length))];
        self.read(&mut payload)?;
        Ok(SocketAnswer(payload))
    }

    /// Whether the daemon ends the connection without another byte, which is waited for.
    pub(crate) fn is_closed(&mut self) -> bool {
        let ends = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset];
        let read = self.read(&mut [0]);
        if let Err(error) = &read {
            assert!(ends.contains(&error.kind()), "{error}");
        }
        read.is_err()
    }

    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        match &mut self.0 {
            Stream::Tcp(stream) => stream.read_exact(bytes),
            Stream::Unix(stream) => stream.read_exact(bytes),
        }
    }
}

/// What an answer's frame holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SocketAnswer(Vec<u8>);

impl SocketAnswer {
    /// The answer as it came, length in front, in hex.
    pub(crate) fn frame(&self) -> String {
        hex::encode(frame(&self.0))
    }

    /// The result, or why there is none.
    pub(crate) fn result(&self) -> Result<Vec<u8>, String> {
        match self.0.split_first() {
            Some((0x00, result)) => Ok(result.to_vec()),
            Some((0x01, trace)) => Err(message(trace)),
            other => panic!("no answer: {other:?}"),
        }
    }

    /// The signature in an answer that has nothing else.
    #[track_caller]
    pub(crate) fn signature(&self) -> Signature {
        Signature(self.result().unwrap().try_into().unwrap())
    }

    /// A refusal whose reason contains `text`.
    #[track_caller]
    pub(crate) fn assert_refused(&self, text: &str) {
        let reason = self.result().expect_err("a refusal");
        assert!(reason.contains(text), "\"{reason}\" lacks \"{text}\"");
    }
}

/// The text in an error trace, which holds one plain failure and nothing else.
///
/// ```text
/// <total: u32 BE><length: u32 BE><size: i32 LE>{<02><name><00><length: i32 LE><text><00>}*<00>
/// ```
fn message(trace: &[u8]) -> String {
    let (total, errors) = number(trace, u32::from_be_bytes);
    assert_eq!(total, errors.len(), "bytes of errors");
    let (length, document) = number(errors, u32::from_be_bytes);
    assert_eq!(length, document.len(), "one error");
    let (size, mut rest) = number(document, u32::from_le_bytes);
    assert_eq!(size, length, "the document counts itself");
    let mut fields = Vec::new();
    while let Some((0x02, field)) = rest.split_first() {
        let (name, behind) = text(field, field.iter().position(|byte| *byte == 0).unwrap());
        let (length, behind) = number(behind, u32::from_le_bytes);
        let (value, behind) = text(behind, length - 1);
        fields.push((name, value));
        rest = behind;
    }
    assert_eq!(rest, [0], "the end of the document");
    let [(kind, temporary), (id, failure), (msg, reason)] = fields.try_into().unwrap();
    let names = [kind, temporary, id, failure, msg];
    assert_eq!(names, ["kind", "temporary", "id", "failure", "msg"]);
    reason
}

fn number(bytes: &[u8], read: fn([u8; 4]) -> u32) -> (usize, &[u8]) {
    let (number, behind) = bytes.split_first_chunk().unwrap();
    (usize::try_from(read(*number)).unwrap(), behind)
}

/// A text of `length` bytes and the zero behind it.
fn text(bytes: &[u8], length: usize) -> (String, &[u8]) {
    let (text, behind) = bytes.split_at(length);
    assert_eq!(behind[0], 0, "the end of a text");
    (String::from_utf8(text.to_vec()).unwrap(), &behind[1..])
}
