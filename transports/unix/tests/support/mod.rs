//! Listeners in folders of their own and clients that connect to them.

#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(
    clippy::allow_attributes,
    reason = "which parts go unused differs by test file"
)]

use core::time::Duration;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::{fs, io, thread};

use async_io::Timer;
use futures_lite::future::{self, FutureExt};
use rustix::process::geteuid;
use rustix::thread::{Gid, Uid, set_thread_gid, set_thread_groups, set_thread_uid};
use tempfile::TempDir;
use tezio_transport_unix::{Connection, Listener, Options};

/// A user that is neither root nor ourselves.
pub(crate) const STRANGER: u32 = 54_321;

/// A folder that anybody may enter, and the path of a socket in it.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("ours");
    let path = folder.path().join("signer.sock");
    (folder, path)
}

/// A listener and where it is.
pub(crate) fn listener(options: Options) -> (TempDir, PathBuf, Listener) {
    let (folder, path) = place();
    let listener = Listener::bind(&path, options).expect("a free path");
    (folder, path, listener)
}

/// Options with these limits.
pub(crate) fn limits(connections: usize, per_user: usize) -> Options {
    Options {
        connections,
        per_user,
        ..Options::default()
    }
}

/// A connected client, queued at the listener when this returns.
pub(crate) fn client(path: &Path) -> UnixStream {
    UnixStream::connect(path).expect("a listener")
}

/// The same as [`STRANGER`], with a group of the same number; nobody but root can try.
pub(crate) fn stranger(path: &Path) -> io::Result<UnixStream> {
    assert!(is_root(), "only root can become another user");
    let connect = || {
        // A thread's own user: the other threads stay who they are.
        set_thread_groups(&[])?;
        set_thread_gid(Gid::from_raw(STRANGER))?;
        set_thread_uid(Uid::from_raw(STRANGER))?;
        UnixStream::connect(path)
    };
    thread::scope(|scope| scope.spawn(connect).join().expect("no panic"))
}

/// Whether the tests that take two users can run.
pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}

/// The kind of error that binding ends with, which names the path.
pub(crate) fn refusal(path: &Path) -> io::ErrorKind {
    let error = Listener::bind(path, Options::default()).expect_err("refused");
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()), "{text}");
    error.kind()
}

/// Permission bits, user and group of what is there.
pub(crate) fn access(path: &Path) -> (u32, u32, u32) {
    let there = fs::symlink_metadata(path).expect("something");
    (there.mode() & 0o7777, there.uid(), there.gid())
}

/// Accepts one; fails rather than hangs.
pub(crate) async fn accept(listener: &Listener) -> Connection {
    accept_one(listener).or(hung()).await
}

async fn accept_one(listener: &Listener) -> Connection {
    listener.accept().await.expect("a connection")
}

async fn hung<T>() -> T {
    Timer::after(Duration::from_secs(20)).await;
    panic!("nothing was accepted");
}

/// Whether the listener would take a connection now.
pub(crate) async fn takes_one(listener: &Listener) -> bool {
    future::poll_once(listener.accept()).await.is_some()
}
