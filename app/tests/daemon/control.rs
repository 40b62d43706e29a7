//! The control socket: open to those it is meant for, deaf to everything that is no question, and never
//! the reason for which a signer does not sign.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use crate::support::doors::ourselves;
use crate::support::messages::attestation;
use crate::support::socket_client::connect_as;
use crate::support::{
    Configuration, Daemon, Home, PATIENCE, TZ3, assert_signed, ready, ready_with,
};

/// A user that is neither root nor ourselves.
const STRANGER: u32 = 54_321;

/// `<length: u32 BE><format 1><question 0>`: what is going on?
const STATUS: [u8; 6] = [0, 0, 0, 2, 1, 0];

fn socket(home: &Home) -> PathBuf {
    home.state().join("run/control")
}

fn connect(path: &Path) -> UnixStream {
    patient(UnixStream::connect(path).unwrap())
}

fn patient(stream: UnixStream) -> UnixStream {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The format and the body of the one frame that comes, and the end of the connection.
fn receive(stream: &mut UnixStream) -> (u8, Vec<u8>) {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let (length, rest) = bytes.split_first_chunk().expect("a length");
    let (format, body) = rest.split_first().expect("a format");
    assert_eq!(usize::try_from(u32::from_be_bytes(*length)), Ok(rest.len()));
    (*format, body.to_vec())
}

/// What is said to somebody who sends this.
fn told(path: &Path, bytes: &[u8]) -> String {
    let mut stream = connect(path);
    stream.write_all(bytes).unwrap();
    let (format, body) = receive(&mut stream);
    assert_eq!(format, 0, "a text");
    String::from_utf8(body).unwrap()
}

fn answers(path: &Path) {
    let mut stream = connect(path);
    stream.write_all(&STATUS).unwrap();
    let (format, body) = receive(&mut stream);
    assert_eq!((format, body[0]), (1, 0), "a status");
}

fn signs(daemon: &Daemon, level: u32) {
    let message = attestation(level, 0, 1);
    assert_signed(&TZ3, &message, &daemon.client().sign(&TZ3, &message));
}

#[test]
fn what_is_no_question_is_told_so_and_costs_nothing_else() {
    let (home, daemon) = ready();
    let path = socket(&home);
    let sound = "no frame of the control socket";
    for (bytes, reason) in [
        (&[0, 0, 0, 0][..], sound),
        (&[0, 0, 0, 1, 1], sound),
        (&[0, 0, 0, 2, 1, 99], sound),
        (&[0, 0, 0, 3, 1, 0, 0], sound),
        (&[0, 0, 0, 2, 0, b'x'], "a question was expected"),
        (b"GET / HTTP/1.1\r\n\r\n", "at most 64 are taken"),
        (&[0xff; 100], "4294967295 bytes, and at most 64"),
        (&[0, 0, 0, 65], "65 bytes, and at most 64"),
    ] {
        let told = told(&path, bytes);
        assert!(told.contains(reason), "{bytes:?}: {told}");
    }
    answers(&path);
    signs(&daemon, 7);
}

/// A client of another version learns which one runs, whatever the two have in common.
#[test]
fn another_version_is_told_which_one_runs() {
    let (home, _daemon) = ready();
    for format in [2, 17, 255] {
        let told = told(&socket(&home), &[0, 0, 0, 2, format, 0]);
        assert!(told.contains(&format!("format {format}")), "{told}");
        assert!(told.contains(env!("CARGO_PKG_VERSION")), "{told}");
        assert!(told.contains("restart"), "{told}");
    }
}

/// A daemon of another version, as far as a command can see.
#[test]
fn a_daemon_of_another_version_is_named_by_the_command() {
    let home = Home::new(&Configuration::simulated());
    let path = home.path().join("other");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut question = [0; STATUS.len()];
        stream.read_exact(&mut question).unwrap();
        stream.write_all(&[0, 0, 0, 2, 9, 0]).unwrap();
        question
    });
    let mut command = std::process::Command::new(crate::support::PROGRAM);
    command.args(["status", "--control"]).arg(&path);
    let ended = crate::support::Process::start(&mut command).wait();
    assert_eq!(other.join().unwrap(), STATUS);
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert!(ended.log.contains("format 9"), "{ended:?}");
}

/// Whoever connects and says nothing gives the place back in the end.
#[test]
fn many_silent_connections_delay_an_answer_and_no_signature() {
    let (home, daemon) = ready();
    let path = socket(&home);
    let silent: Vec<_> = (0..40).map(|_| connect(&path)).collect();
    signs(&daemon, 7);
    answers(&path);
    for mut stream in silent {
        assert_eq!(stream.read(&mut [0; 8]).unwrap_or(0), 0, "no answer");
    }
}

#[test]
fn nobody_reads_the_answers_and_the_signer_signs() {
    let (home, daemon) = ready();
    let path = socket(&home);
    let mut deaf = Vec::new();
    for level in 1..20 {
        let mut stream = connect(&path);
        stream.write_all(&STATUS).unwrap();
        deaf.push(stream);
        signs(&daemon, level);
    }
}

#[test]
fn socket_and_folder_are_the_daemon_s_own_and_go_with_it() {
    let (home, daemon) = ready();
    let mode = |path: &Path| fs::symlink_metadata(path).unwrap().mode() & 0o7777;
    let path = socket(&home);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert!(daemon.terminate().status.success());
    assert!(!path.exists());
}

#[test]
fn a_socket_left_by_a_kill_is_replaced() {
    let (home, daemon) = ready();
    daemon.kill();
    let there = fs::symlink_metadata(socket(&home)).unwrap();
    assert!(there.file_type().is_socket());
    let daemon = home.start();
    daemon.wait_ready(1);
    answers(&socket(&home));
}

/// What cannot be asked can still sign.
#[test]
fn a_place_that_is_taken_is_left_alone_and_the_signer_signs() {
    let (first, _daemon) = ready();
    let taken = socket(&first);
    let file = first.path().join("precious");
    fs::write(&file, "precious").unwrap();
    for place in [&taken, &file] {
        let place = format!("{place:?}");
        let (_home, second) = ready_with(&Configuration::simulated().with("control", &place));
        let line = second.log().wait_for("no control socket");
        assert!(line.contains(place.trim_matches('"')), "{line}");
        signs(&second, 7);
    }
    answers(&taken);
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
}

#[test]
fn another_user_is_kept_out_by_the_file_and_by_the_daemon() {
    if ourselves().0 != 0 {
        eprintln!("NOT TESTED: only root can connect as another user, and this is not root");
        return;
    }
    let control = Configuration::simulated().with("control", "\"control\"");
    let (home, _daemon) = ready_with(&control);
    let path = home.path().join("control");
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let refused = connect_as(STRANGER, &path).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    // Somebody has opened the file: the daemon looks at who asks.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let mut stranger = patient(connect_as(STRANGER, &path).unwrap());
    let (format, body) = receive(&mut stranger);
    let told = String::from_utf8(body).unwrap();
    assert_eq!(format, 0);
    assert!(told.contains("user 54321 may not ask"), "{told}");
    assert!(told.contains("control_group"), "{told}");
}

#[test]
fn a_group_may_be_let_in() {
    if ourselves().0 != 0 {
        eprintln!("NOT TESTED: only root can connect as another user, and this is not root");
        return;
    }
    let control = Configuration::simulated()
        .with("control", "\"control\"")
        .with("control_group", &STRANGER.to_string());
    let (home, _daemon) = ready_with(&control);
    let path = home.path().join("control");
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let there = fs::symlink_metadata(&path).unwrap();
    assert_eq!((there.mode() & 0o7777, there.gid()), (0o660, STRANGER));
    // Its group has the same number.
    let mut member = patient(connect_as(STRANGER, &path).unwrap());
    member.write_all(&STATUS).unwrap();
    assert_eq!(receive(&mut member).0, 1);
    let _silent: Vec<_> = (0..20).map(|_| connect_as(STRANGER, &path)).collect();
    answers(&path);
    let other = connect_as(STRANGER + 1, &path).unwrap_err();
    assert_eq!(other.kind(), ErrorKind::PermissionDenied);
}

#[test]
fn a_group_needs_a_place_that_it_can_reach() {
    let home = Home::new(&Configuration::simulated().with("control_group", "1000"));
    let log = home.refused(&["check"]);
    assert!(log.contains("outside of the state directory"), "{log}");
}
