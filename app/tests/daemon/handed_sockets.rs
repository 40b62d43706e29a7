//! Sockets that outlive the daemon: a service manager keeps them while it is started again, and clients
//! who come meanwhile wait instead of being refused. This test is the manager.

use core::mem::MaybeUninit;
use core::net::SocketAddr;
use std::io::IoSliceMut;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::Command;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use tempfile::TempDir;

use crate::support::messages::attestation;
use crate::support::{Client, Configuration, Daemon, Home, PATIENCE, PROGRAM, TZ3, assert_signed};

/// The manager's end.
struct Manager {
    folder: TempDir,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { folder, socket }
    }

    /// Starts the daemon with this socket as its first descriptor, as `sd_listen_fds` describes it.
    fn start(&self, home: &Home, handed: &TcpListener, name: &str) -> Daemon {
        let mut command = self.command(home, name);
        Daemon::start_with(&mut command, OwnedFd::from(handed.try_clone().unwrap()))
    }

    /// What starts it, with the socket as its standard input.
    fn command(&self, home: &Home, name: &str) -> Command {
        let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ exec \"$0\" \"$@\"";
        let mut command = Command::new("sh");
        command
            .args(["-c", script, PROGRAM, "run", "--config"])
            .arg(home.path().join("config.ron"))
            .env("NOTIFY_SOCKET", self.folder.path().join("notify"))
            .env("LISTEN_FDS", "1")
            .env("LISTEN_FDNAMES", name);
        command
    }

    /// The next thing it is told, with the socket that comes along.
    fn told(&self) -> (String, Option<TcpListener>) {
        let mut bytes = [0; 256];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let buffers = &mut [IoSliceMut::new(&mut bytes)];
        let received = recvmsg(&self.socket, buffers, &mut control, RecvFlags::empty()).unwrap();
        let mut socket = None;
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(mut sockets) = message {
                socket = sockets.next().map(TcpListener::from);
            }
        }
        let text = str::from_utf8(&bytes[..received.bytes]).unwrap();
        (text.trim_end().to_owned(), socket)
    }
}

fn listening_on(address: SocketAddr) -> Configuration {
    Configuration::simulated().with("listen", &format!("[Http(\"{address}\")]"))
}

fn name(address: SocketAddr) -> String {
    address.to_string().replace(':', "-")
}

#[test]
fn a_client_that_comes_between_two_runs_waits_for_the_second() {
    let manager = Manager::new();
    let home = Home::new(&Configuration::simulated());
    let mut command = home.command(&["run"]);
    let notify = manager.folder.path().join("notify");
    let first = Daemon::start(command.env("NOTIFY_SOCKET", notify));
    let address = first.address();
    let (text, kept) = manager.told();
    assert_eq!(text, format!("FDSTORE=1\nFDNAME={}", name(address)));
    let kept = kept.unwrap();
    first.wait_ready(1);
    assert!(first.terminate().status.success());

    // Nobody is there: without the kept socket this would be refused.
    let mut client = Client::connect(address);
    let message = attestation(7, 0, 1);
    let underway = std::thread::spawn(move || client.sign(&TZ3, &message));
    home.configure(&listening_on(address));
    let second = manager.start(&home, &kept, &name(address));
    assert_eq!(second.address(), address);
    assert_signed(&TZ3, &attestation(7, 0, 1), &underway.join().unwrap());
}

#[test]
fn a_socket_that_the_configuration_names_no_more_is_closed_and_forgotten() {
    let manager = Manager::new();
    let kept = TcpListener::bind("127.0.0.1:0").unwrap();
    let old = kept.local_addr().unwrap();
    let home = Home::new(&Configuration::simulated());
    let daemon = manager.start(&home, &kept, "any name");
    assert_eq!(manager.told().0, "FDSTOREREMOVE=1\nFDNAME=any name");
    assert_ne!(daemon.address(), old);
    daemon.wait_ready(1);
    drop(kept);
    assert!(std::net::TcpStream::connect(old).is_err());
}

/// Its clients would wait for a signer that is tried again and again, and refuses to start.
#[test]
fn a_signer_that_cannot_start_has_its_sockets_closed() {
    let manager = Manager::new();
    let kept = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::new(&Configuration::simulated().with("keys", "[]"));
    let mut command = manager.command(&home, "one:two");
    let ended = crate::support::Process::start_with(&mut command, OwnedFd::from(kept)).wait();
    assert!(!ended.status.success(), "{ended:?}");
    for name in ["one", "two"] {
        let told = format!("FDSTOREREMOVE=1\nFDNAME={name}");
        assert_eq!(manager.told().0, told);
    }
}

#[test]
fn a_socket_that_was_handed_to_another_process_is_left_alone() {
    let manager = Manager::new();
    let kept = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::new(&listening_on(kept.local_addr().unwrap()));
    let mut command = home.command(&["run"]);
    let notify = manager.folder.path().join("notify");
    command.env("NOTIFY_SOCKET", notify);
    command.env("LISTEN_FDS", "1").env("LISTEN_PID", "1");
    let ended = crate::support::Process::start(&mut command).wait();
    assert!(
        ended.log.contains("is another signer running there?"),
        "{ended:?}"
    );
}
