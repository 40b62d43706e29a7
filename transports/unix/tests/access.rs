//! Who is let in, and who the kernel says it was.

mod support;

use std::io::ErrorKind;

use futures_lite::future::block_on;
use rustix::process::{getegid, geteuid, getpid};
use support::{STRANGER, accept, access, client, is_root, limits, listener, place, stranger};
use tezio_transport_unix::{Credentials, Listener, Options};

#[test]
fn a_socket_is_its_owners_alone_unless_told_otherwise() {
    let (_folder, path, _listener) = listener(Options::default());
    let own = (geteuid().as_raw(), getegid().as_raw());
    assert_eq!(access(&path), (0o600, own.0, own.1));
}

#[test]
fn owner_and_group_are_as_told() {
    let (_folder, path) = place();
    let options = Options {
        mode: 0o660,
        owner: Some(STRANGER),
        group: Some(STRANGER + 1),
        ..Options::default()
    };
    let bound = Listener::bind(&path, options);
    if is_root() {
        let _listener = bound.expect("root may");
        assert_eq!(access(&path), (0o660, STRANGER, STRANGER + 1));
    } else {
        let error = bound.expect_err("only root may");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(!path.exists(), "nothing is left behind");
    }
}

#[test]
fn a_mode_is_permission_bits() {
    let (_folder, path) = place();
    let options = Options {
        mode: 0o1600,
        ..Options::default()
    };
    let error = Listener::bind(&path, options).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(!path.exists());
}

#[test]
fn the_mode_decides_who_gets_in() {
    if !is_root() {
        return;
    }
    let reaches = |mode, group| {
        let (_folder, path, _listener) = listener(Options {
            mode,
            group,
            ..Options::default()
        });
        stranger(&path).map(drop).map_err(|error| error.kind())
    };
    assert_eq!(reaches(0o600, None), Err(ErrorKind::PermissionDenied));
    assert_eq!(reaches(0o660, None), Err(ErrorKind::PermissionDenied));
    assert_eq!(reaches(0o660, Some(STRANGER)), Ok(()));
    assert_eq!(reaches(0o666, None), Ok(()));
}

#[test]
fn a_connection_knows_who_connected() {
    let (_folder, path, listener) = listener(limits(2, 2));
    block_on(async {
        let _client = client(&path);
        let expected = Credentials {
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
            pid: u32::try_from(getpid().as_raw_nonzero().get()).ok(),
        };
        assert_eq!(accept(&listener).await.peer(), expected);
    });
}

#[test]
fn another_user_is_another_user() {
    if !is_root() {
        return;
    }
    let (_folder, path, listener) = listener(Options {
        mode: 0o666,
        ..Options::default()
    });
    block_on(async {
        let _client = stranger(&path).expect("let in");
        let peer = accept(&listener).await.peer();
        assert_eq!((peer.uid, peer.gid), (STRANGER, STRANGER));
    });
}
