//! Front ends: what carries requests to the driver and replies back.
//!
//! Whatever the carrier, a request becomes the same [`tezio_core::octez::Request`] and is judged by the
//! same signer; a front end decides nothing. What they share stands here: the places where clients
//! come in, who gets one, and how all of it ends.

mod guest;
mod http;
mod https;
mod socket;

use core::time::Duration;
use std::io;
use std::rc::{Rc, Weak};
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use smol::channel::{Receiver, Sender};
use smol::future::{FutureExt as _, yield_now};
use smol::{LocalExecutor, Timer};
use tezio_core::policy::Peer;
use tezio_transport_http::tls::{Acceptor, ClientAuthority};
use tezio_transport_tcp as tcp;
use tezio_transport_unix as unix;

use crate::asked::{Client, FrontEnd};
use crate::certificates::{Certificates, Tls};
use crate::config::{Limits, Listen};
use crate::driver::Driver;
use crate::handed::{self, Handed};
use crate::metrics::Connections;
use guest::Guest;
pub(crate) use guest::Strangers;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Hall {
    pub(crate) executor: Rc<LocalExecutor<'static>>,
    pub(crate) driver: Rc<Driver>,
    /// What may stand before the paths of HTTP requests.
    pub(crate) http_prefix: String,
    /// How long a client may be silent.
    pub(crate) idle: Duration,
    /// Closed when the daemon ends.
    pub(crate) stop: Receiver<()>,
    /// Dropped with the last connection.
    pub(crate) alive: Sender<()>,
    pub(crate) strangers: Strangers,
    pub(crate) connections: Connections,
}

impl Hall {
    async fn stopped(&self) {
        let _ = self.stop.recv().await;
    }

    /// Serves a connection beside all others, and keeps the daemon alive until it ends.
    fn spawn(self: &Rc<Self>, front: FrontEnd, served: impl Future<Output = ()> + 'static) {
        let alive = self.alive.clone();
        let open = self.connections.open(front);
        let task = async move {
            served.await;
            drop((open, alive));
        };
        self.executor.spawn(task).detach();
    }
}

/// A place where clients come in.
#[derive(Debug)]
pub(crate) enum Listener {
    Http(tcp::Listener),
    Https(tcp::Listener, Rc<Tls>),
    Tcp(tcp::Listener),
    Unix(unix::Listener, String),
}

impl Listener {
    /// Listens where the configuration says, on a socket that was handed over if there is one.
    ///
    /// # Errors
    ///
    /// When that cannot be done, and what to do about it.
    pub(crate) fn bind(listen: &Listen, limits: Limits, handed: &mut Handed) -> Result<Self> {
        let mut tcp = |address| {
            let limits = tcp::Limits {
                connections: limits.connections,
                per_address: limits.connections_per_address,
            };
            let listening = match handed.take(address) {
                Some(socket) => tcp::Listener::adopt(socket, limits),
                None => tcp::Listener::bind(address, limits),
            };
            listening.with_context(|| {
                format!(
                    "cannot listen on {address}: is another signer running there? Give another \
                     address in listen"
                )
            })
        };
        match listen {
            Listen::Http(address) => Ok(Self::Http(tcp(*address)?)),
            Listen::Https {
                address,
                certificate,
                key,
                client_authority,
            } => {
                let clients = client_authority.as_deref();
                let clients = clients.map(|roots| ClientAuthority { roots });
                let acceptor = Acceptor::new(certificate, key, clients)
                    .with_context(|| format!("cannot serve HTTPS on {address}"))?;
                let tls = Tls {
                    acceptor,
                    asks_for_certificates: client_authority.is_some(),
                };
                tls.warn_of_expiry();
                Ok(Self::Https(tcp(*address)?, Rc::new(tls)))
            }
            Listen::Tcp(address) => Ok(Self::Tcp(tcp(*address)?)),
            Listen::Unix {
                path,
                mode,
                owner,
                group,
            } => {
                let options = unix::Options {
                    mode: *mode,
                    owner: *owner,
                    group: *group,
                    connections: limits.connections,
                    per_user: limits.connections_per_address,
                };
                let shown = path.display().to_string();
                let listener = unix::Listener::bind(path, options)
                    .with_context(|| format!("cannot listen on the Unix socket {shown}"))?;
                Ok(Self::Unix(listener, shown))
            }
        }
    }

    /// Where clients find it, as octez-client writes it.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(crate) fn url(&self) -> io::Result<String> {
        Ok(match self {
            Self::Http(listener) => format!("http://{}", listener.local_addr()?),
            Self::Https(listener, _) => format!("https://{}", listener.local_addr()?),
            Self::Tcp(listener) => format!("tcp://{}", listener.local_addr()?),
            Self::Unix(_, path) => format!("unix:{path}"),
        })
    }

    /// Has the service manager keep its socket for the next start, if it is one that can be kept.
    ///
    /// # Errors
    ///
    /// What the system says of its address.
    pub(crate) fn keep(&self) -> io::Result<()> {
        match self {
            Self::Http(listener) | Self::Https(listener, _) | Self::Tcp(listener) => {
                handed::keep(listener)
            }
            Self::Unix(..) => Ok(()),
        }
    }

    /// The certificates that these show, to be read again.
    pub(crate) fn certificates(listeners: &[Rc<Self>]) -> Certificates {
        let shown = listeners.iter().filter_map(|listener| match &**listener {
            Self::Https(_, tls) => Some(Rc::clone(tls)),
            Self::Http(_) | Self::Tcp(_) | Self::Unix(..) => None,
        });
        Certificates(shown.collect())
    }

    const fn front(&self) -> FrontEnd {
        match self {
            Self::Http(_) => FrontEnd::Http,
            Self::Https(..) => FrontEnd::Https,
            Self::Tcp(_) => FrontEnd::Tcp,
            Self::Unix(..) => FrontEnd::Unix,
        }
    }

    /// Connections closed unheard because their peer had its share, since the start.
    fn turned_away(&self) -> u64 {
        match self {
            Self::Http(listener) | Self::Https(listener, _) | Self::Tcp(listener) => {
                listener.turned_away()
            }
            Self::Unix(listener, _) => listener.turned_away(),
        }
    }

    /// When its certificate expires, if it shows one.
    fn expiry(&self) -> Option<SystemTime> {
        match self {
            Self::Https(_, tls) => Some(tls.acceptor.validity().until),
            Self::Http(_) | Self::Tcp(_) | Self::Unix(..) => None,
        }
    }

    /// Lets the next client in.
    async fn receive(&self, hall: &Rc<Hall>) -> io::Result<()> {
        match self {
            Self::Http(listener) => {
                let connection = listener.accept().await?;
                let client = Client {
                    front: FrontEnd::Http,
                    peer: Peer::Address(connection.peer().ip()),
                };
                let served = http::converse(Rc::clone(hall), connection, client);
                hall.spawn(FrontEnd::Http, served);
            }
            Self::Https(listener, tls) => {
                let connection = listener.accept().await?;
                let address = connection.peer().ip();
                let tls = Rc::clone(tls);
                let served = https::converse(Rc::clone(hall), connection, address, tls);
                hall.spawn(FrontEnd::Https, served);
            }
            Self::Tcp(listener) => {
                let connection = listener.accept().await?;
                let client = Client {
                    front: FrontEnd::Tcp,
                    peer: Peer::Address(connection.peer().ip()),
                };
                let served = socket::converse(Rc::clone(hall), connection, client);
                hall.spawn(FrontEnd::Tcp, served);
            }
            Self::Unix(listener, _) => {
                let connection = listener.accept().await?;
                let unix::Credentials { uid, gid, .. } = connection.peer();
                let client = Client {
                    front: FrontEnd::Unix,
                    peer: Peer::User { uid, gid },
                };
                let served = socket::converse(Rc::clone(hall), connection, client);
                hall.spawn(FrontEnd::Unix, served);
            }
        }
        Ok(())
    }
}

/// Takes over what listeners know: whom they have turned away, and when their certificates expire.
pub(crate) fn see(listeners: &[Weak<Listener>], connections: &Connections) {
    let listeners: Vec<_> = listeners.iter().filter_map(Weak::upgrade).collect();
    for front in FrontEnd::ALL {
        let of_front = listeners.iter().filter(|one| one.front() == front);
        connections.unshared(front, of_front.map(|one| one.turned_away()).sum());
    }
    connections.expire(listeners.iter().filter_map(|one| one.expiry()).min());
}

/// Lets clients in until the daemon ends.
pub(crate) async fn listen(hall: Rc<Hall>, listener: Rc<Listener>) {
    let receive = async {
        loop {
            if let Err(error) = listener.receive(&hall).await {
                tracing::error!(%error, "cannot accept connections");
                Timer::after(Duration::from_secs(1)).await;
            }
            // Clients that come without end must not keep the thread from those who are here.
            yield_now().await;
        }
    };
    receive.or(hall.stopped()).await;
}
