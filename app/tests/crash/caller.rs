//! A client of a daemon that may die under it.

use std::io::{self, ErrorKind};
use std::path::Path;

use tezio_core::tezos::{Signature, SignatureText};

use crate::support::doors::Door;
use crate::support::http::post;
use crate::support::socket_client::{self, SocketClient};
use crate::support::{Client, Daemon, HsmKey, quoted};

/// A signature, or why there is none.
pub(crate) type Answer = Result<Signature, String>;

/// A connection.
#[derive(Debug)]
pub(crate) enum Caller {
    Http(Client),
    Socket(SocketClient),
}

impl Caller {
    pub(crate) fn at(door: Door, daemon: &Daemon, socket: &Path) -> Self {
        match door {
            Door::Http | Door::Https => Self::Http(daemon.client()),
            Door::Tcp => Self::Socket(SocketClient::tcp(daemon.listens("tcp"))),
            Door::Unix => Self::Socket(SocketClient::unix(socket)),
        }
    }

    /// Asks for a signature. An error when the daemon is gone before the answer is whole.
    pub(crate) fn sign(&mut self, key: &HsmKey, message: &[u8]) -> io::Result<Answer> {
        match self {
            Self::Http(client) => {
                client.try_send(post(&key.path(), &quoted(message)).as_bytes())?;
                let response = client.try_receive()?.ok_or(ErrorKind::UnexpectedEof)?;
                Ok(if response.status == 200 {
                    let text = SignatureText::from_base58(&response.signature());
                    Ok(text.unwrap().signature)
                } else {
                    Err(response.refusal(response.status))
                })
            }
            Self::Socket(client) => {
                let payload = socket_client::sign(key.address, message, &[]);
                client.try_send(&socket_client::frame(&payload))?;
                let result = client.try_receive()?.result();
                Ok(result.map(|bytes| Signature(bytes.try_into().unwrap())))
            }
        }
    }
}
