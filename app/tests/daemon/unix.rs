//! The Unix socket: Octez' protocol for processes of this host, its file open to nobody but those
//! it is meant for, and the users and groups that may ask through it.

use core::sync::atomic::{AtomicBool, Ordering};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::thread;

use crate::support::doors::{ourselves, socket_in};
use crate::support::messages::{attestation, operation};
use crate::support::socket_client::{AUTHORIZED_KEYS, SocketClient, frame, sign};
use crate::support::{Configuration, Daemon, Home, TZ1, TZ2, TZ3};

/// A user that is neither root nor ourselves.
const STRANGER: u32 = 54_321;

fn configuration() -> Configuration {
    with_options("")
}

/// With further fields of the socket's entry.
fn with_options(options: &str) -> Configuration {
    let socket = format!("Unix(path: \"signer.sock\", {options})");
    let listen = format!("[{socket}, Http(\"127.0.0.1:0\")]");
    Configuration::simulated().with("listen", &listen)
}

/// In a home that anybody may enter.
fn home(configuration: &Configuration) -> Home {
    let home = Home::new(configuration);
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    home
}

fn serving(configuration: &Configuration) -> (Home, Daemon) {
    let home = home(configuration);
    let daemon = home.start();
    daemon.wait_ready(1);
    (home, daemon)
}

fn client(home: &Home) -> SocketClient {
    SocketClient::unix(&socket_in(home.path()))
}

fn signs(client: &mut SocketClient) {
    let message = operation(1);
    let answer = client.ask(&sign(TZ1.address, &message, &[]));
    TZ1.assert_made(&answer.signature(), &message);
}

/// Whether another user's process can be had; if not, the test says so.
fn have_strangers() -> bool {
    let root = ourselves().0 == 0;
    if !root {
        eprintln!("NOT TESTED: only root can connect as another user, and this is not root");
    }
    root
}

#[test]
fn requests_are_answered_together_and_in_pieces() {
    let (home, _daemon) = serving(&configuration());
    let mut client = client(&home);
    for key in [TZ1, TZ2, TZ3] {
        for message in [operation(1), attestation(1, 0, 1)] {
            let request = frame(&sign(key.address, &message, &[]));
            client.send(&[request.clone(), request.clone()].concat());
            for _ in 0..2 {
                key.assert_made(&client.receive().signature(), &message);
            }
            for byte in request {
                client.send(&[byte]);
            }
            key.assert_made(&client.receive().signature(), &message);
            assert_eq!(client.ask(AUTHORIZED_KEYS).result(), Ok(vec![0]));
        }
    }
}

/// Looked at all the while, the file never has more than it is to have.
#[test]
fn the_file_has_its_mode_from_the_start() {
    for (options, mode) in [("", 0o600), ("mode: 0o660", 0o660), ("mode: 0o622", 0o622)] {
        let home = home(&with_options(options));
        let (path, over) = (socket_in(home.path()), AtomicBool::new(false));
        let seen = thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut seen = 0;
                while !over.load(Ordering::Relaxed) {
                    seen |= permissions(&path).unwrap_or(0);
                }
                seen
            });
            let daemon = home.start();
            client(&home).ask(AUTHORIZED_KEYS);
            assert_eq!(permissions(&path), Some(mode));
            over.store(true, Ordering::Relaxed);
            assert!(daemon.terminate().status.success());
            watcher.join().unwrap()
        });
        assert_eq!(seen & !mode, 0, "{seen:o}");
    }
}

fn permissions(path: &Path) -> Option<u32> {
    let there = fs::symlink_metadata(path).ok()?;
    Some(there.mode() & 0o7777)
}

#[test]
fn owner_and_group_are_as_told() {
    if !have_strangers() {
        return;
    }
    let options = format!("mode: 0o660, owner: {STRANGER}, group: 12345");
    let (home, _daemon) = serving(&with_options(&options));
    let there = fs::symlink_metadata(socket_in(home.path())).unwrap();
    assert_eq!((there.uid(), there.gid()), (STRANGER, 12345));
}

#[test]
fn a_file_left_by_a_kill_is_replaced() {
    let (home, daemon) = serving(&configuration());
    signs(&mut client(&home));
    daemon.kill();
    let there = fs::symlink_metadata(socket_in(home.path())).unwrap();
    assert!(there.file_type().is_socket());
    let daemon = home.start();
    daemon.wait_ready(1);
    signs(&mut client(&home));
}

#[test]
fn a_second_daemon_is_refused_and_the_first_goes_on() {
    let (home, _daemon) = serving(&configuration());
    let path = socket_in(home.path());
    let listen = format!("[Unix(path: {path:?})]");
    let second = Home::new(&Configuration::simulated().with("listen", &listen));
    let log = second.refused(&["run"]);
    assert!(log.contains("another program listens there"), "{log}");
    assert!(log.contains(path.to_str().unwrap()), "{log}");
    signs(&mut client(&home));
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let home = home(&configuration());
    let path = socket_in(home.path());
    fs::write(&path, "precious").unwrap();
    let log = home.refused(&["run"]);
    assert!(log.contains("something else is there"), "{log}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn the_file_goes_with_the_daemon() {
    let (home, daemon) = serving(&configuration());
    let mut idle = client(&home);
    signs(&mut idle);
    let ended = daemon.terminate();
    assert!(ended.status.success(), "{ended:?}");
    assert!(idle.is_closed());
    assert_eq!(permissions(&socket_in(home.path())), None);
}

#[test]
fn users_and_groups_may_be_listed() {
    let (user, group) = ourselves();
    let (other_user, other_group) = (user + 1, group + 1);
    for (users, groups, allowed) in [
        (vec![], vec![], true),
        (vec![user], vec![], true),
        (vec![], vec![group], true),
        (vec![other_user], vec![group], true),
        (vec![user], vec![other_group], true),
        (vec![other_user], vec![], false),
        (vec![], vec![other_group], false),
    ] {
        let configuration = configuration()
            .with("allowed_users", &format!("{users:?}"))
            .with("allowed_groups", &format!("{groups:?}"));
        let (home, _daemon) = serving(&configuration);
        let mut client = client(&home);
        if allowed {
            signs(&mut client);
        } else {
            let reason = format!("requests from user {user}, group {group} are not allowed");
            client.ask(AUTHORIZED_KEYS).assert_refused(&reason);
            client.ask(AUTHORIZED_KEYS).assert_refused("allowed_users");
        }
    }
}

#[test]
fn another_user_may_ask_where_the_file_and_the_list_let_him() {
    if !have_strangers() {
        return;
    }
    let reason = format!("requests from user {STRANGER}, group {STRANGER} are not allowed");
    for (mode, users, expected) in [
        ("0o600", "[]", Err(ErrorKind::PermissionDenied)),
        ("0o666", "[]", Ok(None)),
        ("0o666", "[54321]", Ok(None)),
        ("0o666", "[0]", Ok(Some(reason.as_str()))),
    ] {
        let configuration = with_options(&format!("mode: {mode}")).with("allowed_users", users);
        let (home, _daemon) = serving(&configuration);
        let connected = SocketClient::unix_as(STRANGER, &socket_in(home.path()));
        match (connected, expected) {
            (Ok(mut stranger), Ok(None)) => signs(&mut stranger),
            (Ok(mut stranger), Ok(Some(reason))) => {
                let asked = stranger.ask(&sign(TZ1.address, &operation(1), &[]));
                asked.assert_refused(reason);
            }
            (Err(error), Err(kind)) => assert_eq!(error.kind(), kind),
            (connected, _) => panic!("{mode} {users}: {connected:?}"),
        }
        // The tests' own user is on every list, or there is none.
        if users != "[54321]" {
            signs(&mut client(&home));
        }
    }
}
