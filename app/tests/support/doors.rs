//! A daemon that listens in every way it can, and clients that ask the same through any of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_rustls::rustls::ClientConfig;
use rustix::process::{getgid, getuid};
use tezio_core::tezos::{PublicKey, PublicKeyHash, SignatureText};

use super::configuration::Configuration;
use super::daemon::Daemon;
use super::home::Home;
use super::http::{Client, Response, quoted};
use super::socket_client::{self, SocketClient};
use super::tls_client::{Authority, TlsStream, tls_client};

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Http,
    Https,
    Tcp,
    Unix,
}

impl Door {
    pub(crate) const ALL: [Self; 4] = [Self::Http, Self::Https, Self::Tcp, Self::Unix];
}

/// A daemon with all four.
#[derive(Debug)]
pub(crate) struct Doors {
    pub(crate) daemon: Daemon,
    tls: Arc<ClientConfig>,
    home: Home,
}

/// A client at one of them.
#[derive(Debug)]
pub(crate) enum Visitor {
    Http(Client),
    Https(Box<Client<TlsStream>>),
    Socket(SocketClient),
}

/// What can be asked at every door.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    Sign {
        address: &'static str,
        message: Vec<u8>,
        authentication: Option<Proof>,
    },
    PublicKey(&'static str),
    AuthorizedKeys,
    KnownKeys,
    ProofOfPossession(&'static str),
}

/// A signature with which a client shows who it is, in both of its forms.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Doors {
    /// All four on this configuration; the HSM is ready.
    pub(crate) fn ready_with(configuration: &Configuration) -> Self {
        let doors = Self::start(configuration, |_| {});
        doors.daemon.wait_ready(1);
        doors
    }

    /// The same on a board, whose marks are initialised; not waited for.
    pub(crate) fn start_on_board(configuration: &Configuration) -> Self {
        Self::start(configuration, Home::init)
    }

    fn start(configuration: &Configuration, prepare: impl FnOnce(&Home)) -> Self {
        let listen = r#"[Http("127.0.0.1:0"), Tcp("127.0.0.1:0"), Unix(path: "signer.sock"),
            Https(address: "127.0.0.1:0", certificate: "certificate.pem", key: "key.pem")]"#;
        let home = Home::new(&configuration.clone().with("listen", listen));
        let authority = Authority::new();
        authority.issue("localhost").write(home.path());
        prepare(&home);
        let daemon = home.start();
        let tls = authority.client(None);
        Self { daemon, tls, home }
    }

    /// A client on a connection of its own.
    pub(crate) fn visit(&self, door: Door) -> Visitor {
        match door {
            Door::Http => Visitor::Http(self.daemon.client()),
            Door::Https => {
                let client = tls_client(&self.tls, self.daemon.listens("https"));
                Visitor::Https(Box::new(client))
            }
            Door::Tcp => Visitor::Socket(SocketClient::tcp(self.daemon.listens("tcp"))),
            Door::Unix => Visitor::Socket(SocketClient::unix(&self.socket())),
        }
    }

    /// Where the Unix socket is.
    pub(crate) fn socket(&self) -> PathBuf {
        socket_in(self.home.path())
    }

    /// How a client trusts the daemon.
    pub(crate) const fn tls(&self) -> &Arc<ClientConfig> {
        &self.tls
    }
}

/// The Unix socket of a home.
pub(crate) fn socket_in(folder: &Path) -> PathBuf {
    folder.join("signer.sock")
}

impl Visitor {
    /// What was asked for, in the bytes that the socket protocol has for it; or why not.
    pub(crate) fn ask(&mut self, question: &Question) -> Result<Vec<u8>, String> {
        match self {
            Self::Http(client) => result(question, &question.over_http(client)),
            Self::Https(client) => result(question, &question.over_http(client)),
            Self::Socket(client) => client.ask(&question.payload()).result(),
        }
    }
}

impl Question {
    /// A request to sign without authentication.
    pub(crate) fn sign(address: &'static str, message: &[u8]) -> Self {
        Self::Sign {
            address,
            message: message.to_vec(),
            authentication: None,
        }
    }

    fn payload(&self) -> Vec<u8> {
        match self {
            Self::Sign {
                address,
                message,
                authentication,
            } => {
                let proof = authentication.as_ref().map(|proof| proof.bytes.as_slice());
                socket_client::sign(address, message, proof.unwrap_or_default())
            }
            Self::PublicKey(address) => socket_client::public_key(address),
            Self::AuthorizedKeys => socket_client::AUTHORIZED_KEYS.to_vec(),
            Self::KnownKeys => socket_client::KNOWN_KEYS.to_vec(),
            Self::ProofOfPossession(address) => socket_client::proof_of_possession(address),
        }
    }

    fn over_http<S: std::io::Read + std::io::Write>(&self, client: &mut Client<S>) -> Response {
        match self {
            Self::Sign {
                address,
                message,
                authentication,
            } => {
                let proof = authentication.as_ref();
                let query = proof.map(|proof| format!("?authentication={}", proof.text));
                let path = format!("/keys/{address}{}", query.unwrap_or_default());
                client.post(&path, &quoted(message))
            }
            Self::PublicKey(address) => client.get(&format!("/keys/{address}")),
            Self::AuthorizedKeys => client.get("/authorized_keys"),
            Self::KnownKeys => client.get("/known_keys"),
            Self::ProofOfPossession(key) => client.get(&format!("/bls_prove_possession/{key}")),
        }
    }
}

fn result(question: &Question, response: &Response) -> Result<Vec<u8>, String> {
    if response.status != 200 {
        return Err(response.refusal(response.status));
    }
    let json = response.json();
    Ok(match question {
        Question::Sign { .. } => {
            let text = SignatureText::from_base58(&response.signature()).unwrap();
            text.signature.0.to_vec()
        }
        Question::PublicKey(_) => {
            let key = PublicKey::from_base58(json["public_key"].as_str().unwrap()).unwrap();
            [&[key.curve().tag()], key.as_bytes()].concat()
        }
        Question::AuthorizedKeys if json == serde_json::json!({}) => vec![0],
        Question::AuthorizedKeys => [vec![1], list(&json["authorized_keys"])].concat(),
        Question::KnownKeys => list(&json["known_keys"]),
        Question::ProofOfPossession(_) => panic!("no Tezio HSM has any: {json}"),
    })
}

/// Addresses in the binary form, the number of their bytes in front.
fn list(addresses: &serde_json::Value) -> Vec<u8> {
    let addresses = addresses.as_array().unwrap().iter();
    let keys = addresses
        .flat_map(|text| {
            PublicKeyHash::from_base58(text.as_str().unwrap())
                .unwrap()
                .tagged()
        })
        .collect::<Vec<_>>();
    let length = u32::try_from(keys.len()).unwrap();
    [length.to_be_bytes().as_slice(), &keys].concat()
}

/// The numbers of the user and the group that the tests run as.
pub(crate) fn ourselves() -> (u32, u32) {
    (getuid().as_raw(), getgid().as_raw())
}
