//! What becomes of the path: free, stale, taken, something else, too long; and at the end.

mod support;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;

use futures_lite::future::block_on;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use support::{accept, client, limits, listener, place, refusal};
use tezio_transport_unix::{Listener, Options};

/// A file as a killed process leaves it.
fn leave_stale(path: &Path) {
    drop(UnixListener::bind(path).expect("a free path"));
    assert!(path.exists());
}

#[test]
fn a_stale_file_is_replaced() {
    let (_folder, path) = place();
    leave_stale(&path);
    let listener = Listener::bind(&path, limits(1, 1)).expect("nobody is there");
    let _client = client(&path);
    block_on(accept(&listener));
}

#[test]
fn a_path_that_somebody_listens_on_is_in_use() {
    let (_folder, path, listener) = listener(limits(2, 2));
    assert_eq!(refusal(&path), ErrorKind::AddrInUse);
    block_on(async {
        // The attempt's own connection, and then a client's, still reach the first.
        drop(accept(&listener).await);
        let _client = client(&path);
        accept(&listener).await;
    });
}

#[test]
fn a_listener_with_a_full_queue_is_one_that_listens() {
    let (_folder, path) = place();
    let other = UnixListener::bind(&path).expect("a free path");
    net::listen(&other, 0).expect("a short queue");
    let address = SocketAddrUnix::new(&path).expect("short");
    let connect = || {
        let kind = (AddressFamily::UNIX, SocketType::STREAM);
        let socket = net::socket_with(kind.0, kind.1, SocketFlags::NONBLOCK, None)?;
        net::connect(&socket, &address).map(|()| socket)
    };
    let queued: Vec<_> = (0..9).map_while(|_| connect().ok()).collect();
    assert_eq!(connect().err(), Some(Errno::AGAIN), "{}", queued.len());
    assert_eq!(refusal(&path), ErrorKind::AddrInUse);
    assert!(path.exists());
}

#[test]
fn a_socket_of_another_kind_is_in_use_as_well() {
    let (_folder, path) = place();
    let _other = UnixDatagram::bind(&path).expect("a free path");
    assert_eq!(refusal(&path), ErrorKind::AddrInUse);
    assert!(path.exists());
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let (folder, path) = place();
    fs::write(&path, "precious").expect("a file");
    assert_eq!(refusal(&path), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).expect("still there"), b"precious");

    let stale = folder.path().join("stale");
    leave_stale(&stale);
    let link = folder.path().join("link");
    symlink(&stale, &link).expect("a link");
    assert_eq!(refusal(&link), ErrorKind::AlreadyExists);
    assert!(stale.exists() && link.is_symlink());

    let inner = folder.path().join("folder");
    fs::create_dir(&inner).expect("a folder");
    assert_eq!(refusal(&inner), ErrorKind::AlreadyExists);
    assert!(inner.is_dir());
}

#[test]
fn a_path_nobody_could_connect_to_is_refused_with_its_length() {
    let (folder, _) = place();
    let room = 107 - folder.path().as_os_str().len() - 1;
    let path = |length: usize| folder.path().join("s".repeat(length));
    Listener::bind(path(room), Options::default()).expect("just fits");
    assert_eq!(refusal(&path(room + 1)), ErrorKind::InvalidInput);
    let error = Listener::bind(path(room + 1), Options::default()).expect_err("too long");
    let text = error.to_string();
    assert!(text.contains("has 108 bytes"), "{text}");
    assert_eq!(refusal(Path::new("")), ErrorKind::InvalidInput);
}

#[test]
fn a_folder_that_is_missing_is_said_to_be() {
    let (folder, _) = place();
    let path = folder.path().join("missing/signer.sock");
    assert_eq!(refusal(&path), ErrorKind::NotFound);
}

#[test]
fn the_file_goes_with_the_listener() {
    let (_folder, path, listener) = listener(Options::default());
    drop(listener);
    assert!(fs::symlink_metadata(&path).is_err());
}

#[test]
fn a_file_that_took_its_place_stays() {
    let (folder, path, listener) = listener(Options::default());
    fs::remove_file(&path).expect("ours");
    let _other = UnixListener::bind(&path).expect("a free path");
    drop(listener);
    client(&path);

    let (_folder, path, listener) = support::listener(Options::default());
    fs::rename(&path, folder.path().join("elsewhere")).expect("ours");
    fs::write(&path, "precious").expect("a file");
    drop(listener);
    assert_eq!(fs::read(&path).expect("still there"), b"precious");
}

#[test]
fn a_folder_that_stays_locked_keeps_nobody_from_listening() {
    let (folder, path) = place();
    leave_stale(&path);
    let other = File::open(folder.path()).expect("a folder");
    other.lock().expect("free");
    Listener::bind(&path, Options::default()).expect("a stale file is no obstacle");
}

/// Each finds the same stale file; without taking turns, two would replace it one after the other.
#[test]
fn of_those_who_start_together_one_listens() {
    for _ in 0..50 {
        let (_folder, path) = place();
        leave_stale(&path);
        let barrier = Barrier::new(4);
        let listeners: Vec<Listener> = thread::scope(|scope| {
            let starts: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| start_at(&barrier, path.clone())))
                .collect();
            let ended = starts.into_iter().map(|start| start.join());
            ended.filter_map(|bound| bound.expect("no panic")).collect()
        });
        assert_eq!(listeners.len(), 1);
        let _client = client(&path);
        block_on(accept(&listeners[0]));
    }
}

fn start_at(barrier: &Barrier, path: PathBuf) -> Option<Listener> {
    barrier.wait();
    match Listener::bind(path, limits(9, 9)) {
        Ok(listener) => Some(listener),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            None
        }
    }
}
