//! The daemon's side of the control socket.

use core::time::Duration;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::rc::Rc;

use smol::channel::Receiver;
use smol::future::{FutureExt as _, yield_now};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::{LocalExecutor, Timer};
use tezio_transport_unix as unix;

use super::frame::{self, Body};
use super::{Answer, Question};
use crate::config::Control;
use crate::driver::Driver;
use crate::reload::Reload;

/// Commands that are answered at a time; others wait.
const CONNECTIONS: usize = 16;

/// Of these, how many one user may have where others than the owner may ask.
const OF_A_MEMBER: usize = 4;

/// How long a question and its answer may take to be sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is taken of one who goes on after the answer, in bytes.
const LAST_WORDS: usize = 1 << 16;

/// Listens, and makes the folder if that is ours to make.
///
/// # Errors
///
/// What the system says.
pub(crate) fn bind(control: &Control) -> io::Result<unix::Listener> {
    if control.folder_is_ours
        && let Some(folder) = control.path.parent()
    {
        make_private(folder)?;
    }
    let options = unix::Options {
        mode: if control.group.is_some() {
            0o660
        } else {
            0o600
        },
        group: control.group,
        connections: CONNECTIONS,
        per_user: control.group.map_or(CONNECTIONS, |_| OF_A_MEMBER),
        ..unix::Options::default()
    };
    unix::Listener::bind(&control.path, options)
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)
}

/// Answers until the daemon ends.
pub(crate) async fn serve(
    executor: Rc<LocalExecutor<'static>>,
    (driver, reload): (Rc<Driver>, Rc<Reload>),
    (listener, group): (unix::Listener, Option<u32>),
    stop: Receiver<()>,
) {
    let receive = async {
        loop {
            match listener.accept().await {
                Ok(connection) => {
                    let parts = (Rc::clone(&driver), Rc::clone(&reload));
                    executor.spawn(converse(connection, parts, group)).detach();
                }
                Err(error) => {
                    tracing::error!(%error, "the control socket cannot accept connections");
                    Timer::after(Duration::from_secs(1)).await;
                }
            }
            yield_now().await;
        }
    };
    let stopped = async {
        let _ = stop.recv().await;
    };
    receive.or(stopped).await;
}

async fn converse(
    mut connection: unix::Connection,
    (driver, reload): (Rc<Driver>, Rc<Reload>),
    group: Option<u32>,
) {
    let late = async {
        Timer::after(PATIENCE).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    let answer = async {
        let peer = connection.peer();
        let frame = if admits(peer, group) {
            answer(&mut connection, &driver, &reload).await?
        } else {
            tracing::warn!(uid = peer.uid, "refused on the control socket");
            frame::text(&refusal(peer))
        };
        connection.write_all(&frame).await?;
        connection.close().await?;
        hear_out(&mut connection).await
    };
    if let Err(error) = answer.or(late).await {
        tracing::debug!(%error, "a connection to the control socket ended");
    }
}

/// Lets whoever sent too much read what it is told: closing a socket with unread bytes resets it.
async fn hear_out(connection: &mut unix::Connection) -> io::Result<()> {
    let (mut bytes, mut heard) = ([0; 1024], 0);
    while heard < LAST_WORDS {
        match connection.read(&mut bytes).await? {
            0 => break,
            length => heard += length,
        }
    }
    Ok(())
}

/// Our own user and root; with a group, everybody whom the socket's file lets in: that is its members
/// alone, of whose groups the kernel tells us only the first.
fn admits(peer: unix::Credentials, group: Option<u32>) -> bool {
    let ours = rustix::process::geteuid().as_raw();
    peer.uid == ours || peer.uid == 0 || group.is_some()
}

fn refusal(peer: unix::Credentials) -> String {
    let ours = rustix::process::geteuid().as_raw();
    format!(
        "user {} may not ask this signer. Its own user (number {ours}) and root may; control_group in \
         the configuration names a group whose members may as well",
        peer.uid
    )
}

/// The frame to be sent.
///
/// # Errors
///
/// What the connection says.
async fn answer(
    connection: &mut unix::Connection,
    driver: &Driver,
    reload: &Reload,
) -> io::Result<Vec<u8>> {
    let mut announced = [0; 4];
    connection.read_exact(&mut announced).await?;
    let read = match frame::length(announced, frame::QUESTION) {
        Ok(length) => {
            let mut bytes = vec![0; length];
            connection.read_exact(&mut bytes).await?;
            frame::read(&bytes)
        }
        Err(fault) => Err(fault),
    };
    match read {
        Ok(Body::Value(Question::Status)) => {
            frame::value(&Answer::Status(Box::new(driver.status())))
        }
        Ok(Body::Value(Question::Reload)) => {
            tracing::info!("told on the control socket to read the configuration again");
            frame::value(&Answer::Reloaded(reload.in_turn(driver).await))
        }
        Ok(Body::Text(_)) => Ok(frame::text("a question was expected, and this is a text")),
        Err(fault) => Ok(frame::text(&format!(
            "{fault}. The signer that runs is version {}: ask with the tezio-signer of that version, \
             or restart it",
            env!("CARGO_PKG_VERSION")
        ))),
    }
}
