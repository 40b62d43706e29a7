//! One owner at a time, and clear words for every path that is no port.

mod support;

use std::fs::{File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rustix::process::geteuid;
use support::{board, refusal};
use tezio_transport_serial::Port;

#[test]
fn a_held_port_is_busy_and_a_dropped_one_free() {
    let (_board, path) = board();
    let port = Port::open(&path).expect("free");
    assert_eq!(refusal(&path), ErrorKind::ResourceBusy);
    assert_eq!(
        refusal(&path),
        ErrorKind::ResourceBusy,
        "still, after an attempt"
    );
    drop(port);
    drop(Port::open(&path).expect("free again"));
    Port::open(&path).expect("and again");
}

#[test]
fn two_ways_to_a_port_lead_to_one_owner() {
    let (_board, path) = board();
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("usb-Arduino-if00");
    symlink(&path, &link).expect("a link");
    let _port = Port::open(&link).expect("free");
    assert_eq!(refusal(&path), ErrorKind::ResourceBusy);
}

#[test]
fn a_port_locked_by_another_program_is_busy() {
    let (_board, path) = board();
    let other = File::open(&path).expect("a terminal");
    other.try_lock().expect("free");
    assert_eq!(refusal(&path), ErrorKind::ResourceBusy);
    drop(other);
    Port::open(&path).expect("free");
}

/// The kernel's own lock, which stops those who ask for none. Root walks through it.
#[test]
fn a_held_port_opens_for_no_other_user_program() {
    let (_board, path) = board();
    let port = Port::open(&path).expect("free");
    Port::open(&path).expect_err("held");
    let opened = File::open(&path);
    assert_eq!(opened.is_ok(), geteuid().is_root());
    drop((opened, port));
    File::open(&path).expect("free");
}

#[test]
fn what_is_no_port_is_refused_as_such() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    assert_eq!(refusal(file.path()), ErrorKind::InvalidInput);
    assert_eq!(refusal(Path::new("/dev/null")), ErrorKind::InvalidInput);
    assert_eq!(refusal(Path::new("/dev")), ErrorKind::IsADirectory);
    assert_eq!(refusal(Path::new("/dev/no-such-port")), ErrorKind::NotFound);
}

#[test]
fn a_port_without_permission_is_refused_as_such() {
    let (_board, path) = board();
    std::fs::set_permissions(&path, Permissions::from_mode(0o000)).expect("ours to set");
    let opened = Port::open(&path).map_err(|error| error.kind());
    if geteuid().is_root() {
        opened.expect("root may");
    } else {
        assert_eq!(opened.expect_err("denied"), ErrorKind::PermissionDenied);
    }
}
