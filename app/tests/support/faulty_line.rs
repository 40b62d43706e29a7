//! A line between a daemon and a board that does to the bytes what cables, hubs and kernels do.
//!
//! ```text
//! daemon <-> /dev/pts/A (behind a link) <-> faults <-> /dev/pts/B <-> board
//! ```
//!
//! A thread carries the bytes. It ends when the [`FaultyLine`] is dropped.

use core::time::Duration;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::ioctl_fionbio;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// How long the thread sleeps when nothing comes.
const TURN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 2_000_000,
};

/// How long bytes are held back for more to be merged with.
const MERGED: Duration = Duration::from_millis(100);

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    ToBoard,
    ToDaemon,
}

/// What happens to the next bytes that go one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// So many are lost.
    Drop(usize),
    /// So many come twice.
    Duplicate(usize),
    /// A bit of the byte so far away is flipped.
    Corrupt(usize),
    /// They come so late.
    Delay(Duration),
    /// Each comes alone.
    Split,
    /// They come in one piece, once so many are there or nothing more comes for a while.
    Merge(usize),
    /// Nothing passes for so long; what comes in that time is lost.
    Hang(Duration),
}

enum Order {
    Fault(Way, Fault),
    /// The daemon's side goes away as when a plug is pulled.
    Vanish,
    /// It is there again, with this board behind it, under another name.
    Return(PathBuf),
}

/// The line. Dropping it pulls the plug for good.
#[derive(Debug)]
pub(crate) struct FaultyLine {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl FaultyLine {
    /// A line to the board at `board`, which the daemon finds at `link`.
    pub(crate) fn new(board: &Path, link: &Path) -> Self {
        let (orders, received) = channel();
        orders.send(Order::Return(board.to_owned())).unwrap();
        let link = link.to_owned();
        let thread = std::thread::spawn(move || Carrier::new(link).run(&received));
        Self {
            orders: Some(orders),
            thread: Some(thread),
        }
    }

    pub(crate) fn fault(&self, way: Way, fault: Fault) {
        self.order(Order::Fault(way, fault));
    }

    pub(crate) fn vanish(&self) {
        self.order(Order::Vanish);
    }

    pub(crate) fn bring_back(&self, board: &Path) {
        self.order(Order::Return(board.to_owned()));
    }

    fn order(&self, order: Order) {
        self.orders.as_ref().unwrap().send(order).unwrap();
    }
}

impl Drop for FaultyLine {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the line broke");
        }
    }
}

struct Carrier {
    link: PathBuf,
    daemon: Option<File>,
    board: Option<File>,
    to_board: Lane,
    to_daemon: Lane,
}

/// The bytes that go one way.
#[derive(Default)]
struct Lane {
    fault: Option<Fault>,
    waiting: VecDeque<(Instant, Vec<u8>)>,
    merged: Vec<u8>,
    merged_at: Option<Instant>,
    deaf_until: Option<Instant>,
}

impl Lane {
    /// Takes in bytes, and does to them what is due.
    fn take(&mut self, now: Instant, mut bytes: Vec<u8>) {
        if self.deaf_until.is_some_and(|until| now < until) {
            return;
        }
        let mut due = now;
        match self.fault.take() {
            None => {}
            Some(Fault::Drop(count)) => drop(bytes.drain(..count.min(bytes.len()))),
            Some(Fault::Duplicate(count)) => {
                let again = bytes[..count.min(bytes.len())].to_vec();
                bytes.splice(..0, again);
            }
            Some(Fault::Corrupt(at)) => {
                let at = at % bytes.len();
                bytes[at] ^= 1 << (at % 8);
            }
            Some(Fault::Delay(late)) => due += late,
            Some(Fault::Split) => {
                for byte in bytes {
                    self.waiting.push_back((due, vec![byte]));
                    due += Duration::from_millis(1);
                }
                return;
            }
            Some(Fault::Merge(count)) => {
                self.merged.append(&mut bytes);
                self.merged_at = Some(now);
                if self.merged.len() < count {
                    self.fault = Some(Fault::Merge(count));
                    return;
                }
                bytes = core::mem::take(&mut self.merged);
            }
            Some(Fault::Hang(until)) => {
                self.deaf_until = Some(now + until);
                return;
            }
        }
        // Order is kept, whatever was late before.
        due = due.max(self.waiting.back().map_or(due, |(before, _)| *before));
        self.waiting.push_back((due, bytes));
    }

    fn next(&mut self, now: Instant) -> Option<Vec<u8>> {
        let waited = self.merged_at.is_some_and(|at| now >= at + MERGED);
        if waited && !self.merged.is_empty() {
            self.fault = None;
            let merged = core::mem::take(&mut self.merged);
            self.waiting.push_back((now, merged));
        }
        let (due, _) = self.waiting.front()?;
        (*due <= now).then(|| self.waiting.pop_front().unwrap().1)
    }
}

impl Carrier {
    fn new(link: PathBuf) -> Self {
        Self {
            link,
            daemon: None,
            board: None,
            to_board: Lane::default(),
            to_daemon: Lane::default(),
        }
    }

    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            match orders.try_recv() {
                Ok(order) => self.obey(order),
                Err(TryRecvError::Empty) => self.carry(),
                Err(TryRecvError::Disconnected) => return self.vanish(),
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Fault(Way::ToBoard, fault) => self.to_board.fault = Some(fault),
            Order::Fault(Way::ToDaemon, fault) => self.to_daemon.fault = Some(fault),
            Order::Vanish => self.vanish(),
            Order::Return(board) => self.bring_back(&board),
        }
    }

    /// As udev does it, the name goes first.
    fn vanish(&mut self) {
        let _ = std::fs::remove_file(&self.link);
        self.daemon = None;
        self.board = None;
        self.to_board = Lane::default();
        self.to_daemon = Lane::default();
    }

    fn bring_back(&mut self, board: &Path) {
        self.vanish();
        let mut options = OpenOptions::new();
        let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits().cast_signed();
        options.read(true).write(true).custom_flags(flags);
        self.board = Some(options.open(board).unwrap());
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        ioctl_fionbio(&master, true).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = OsString::from_vec(ptsname(&master, Vec::new()).unwrap().into_bytes());
        self.daemon = Some(File::from(master));
        std::os::unix::fs::symlink(path, &self.link).unwrap();
    }

    fn carry(&mut self) {
        let (Some(daemon), Some(board)) = (&mut self.daemon, &mut self.board) else {
            std::thread::sleep(Duration::from_millis(2));
            return;
        };
        let mut ends = [
            PollFd::new(&*daemon, PollFlags::IN),
            PollFd::new(&*board, PollFlags::IN),
        ];
        poll(&mut ends, Some(&TURN)).unwrap();
        // Without a host, and after the board's end, poll does not wait.
        if ends
            .iter()
            .any(|end| end.revents().contains(PollFlags::HUP))
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        let now = Instant::now();
        pump(daemon, board, &mut self.to_board, now);
        pump(board, daemon, &mut self.to_daemon, now);
    }
}

/// Takes in what one end sends and gives out what is due at the other. An end that is gone is none of
/// the line's business.
fn pump(from: &mut File, to: &mut File, lane: &mut Lane, now: Instant) {
    let mut bytes = [0; 2048];
    if let Ok(length @ 1..) = from.read(&mut bytes) {
        lane.take(now, bytes[..length].to_vec());
    }
    while let Some(bytes) = lane.next(now) {
        let _ = to.write_all(&bytes);
    }
}
