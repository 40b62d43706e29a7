//! Clients that mean no good: each attack is one connection, used as no client of a signer would.
//!
//! What an attack is answered does not matter, and any error on its connection is a success of the
//! daemon; each ends in bounded time.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use super::doors::{Door, Doors};
use super::keys::TZ1;
use super::messages::operation;
use super::socket_client::{frame, sign};
use super::tls_client::tls_stream;

/// How long an attack waits for a byte, or for room, before it looks whether all is over.
const GLANCE: Duration = Duration::from_millis(100);

/// How often an attack that has had its effect looks for an answer.
const GLANCES: usize = 5;

/// A kind of attack.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attack {
    /// Half a request, and silence until the daemon has had enough.
    HalfRequest,
    /// A head, or a stream of frames, that never ends.
    Endless,
    /// The largest length that can be announced, and bytes to fill it.
    Oversized,
    /// A whole request, and gone.
    Leaver,
    /// Bytes without meaning; in the clear where TLS is expected.
    Garbage,
    /// A request one byte at a time.
    Trickle,
    /// Questions without end whose answers nobody reads. None of them takes a place among the
    /// signing requests that wait: those are few enough to be taken up by as many clients.
    Deaf,
}

impl Attack {
    pub(crate) const ALL: [Self; 7] = [
        Self::HalfRequest,
        Self::Endless,
        Self::Oversized,
        Self::Leaver,
        Self::Garbage,
        Self::Trickle,
        Self::Deaf,
    ];

    /// Makes the attack once, or until `over`. `seed` makes one differ from the next.
    pub(crate) fn strike(self, doors: &Doors, door: Door, seed: u32, over: &AtomicBool) {
        // Whatever the daemon does to the connection is right.
        let _ = self.attempt(doors, door, seed, over);
    }

    fn attempt(self, doors: &Doors, door: Door, seed: u32, over: &AtomicBool) -> Result<()> {
        let request = request(door);
        let in_the_clear = matches!((self, door), (Self::Garbage, Door::Https));
        let mut stream = if in_the_clear {
            tcp(doors, "https")?
        } else {
            connect(doors, door)?
        };
        match self {
            Self::HalfRequest => {
                let half = usize::try_from(seed).unwrap() % request.len();
                send(&mut stream, &request[..half])?;
                return hear_out(&mut stream, usize::MAX, over);
            }
            Self::Endless => return send_for_ever(&mut stream, endless(door), over),
            Self::Oversized => {
                send(&mut stream, oversized(door))?;
                send(&mut stream, &[0x20; 0xffff])?;
            }
            Self::Leaver => return send(&mut stream, &request),
            Self::Garbage => send(&mut stream, &noise(seed))?,
            Self::Trickle => {
                for byte in &request {
                    std::thread::sleep(Duration::from_millis(20));
                    send(&mut stream, &[*byte])?;
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                }
            }
            Self::Deaf => return send_for_ever(&mut stream, question(door), over),
        }
        hear_out(&mut stream, GLANCES, over)
    }
}

/// Anything that bytes go through.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

fn connect(doors: &Doors, door: Door) -> Result<Box<dyn Stream>> {
    match door {
        Door::Http => tcp(doors, "http"),
        Door::Https => {
            let stream = tls_stream(doors.tls(), doors.daemon.listens("https"));
            hasty(&stream.sock)?;
            Ok(Box::new(stream))
        }
        Door::Tcp => tcp(doors, "tcp"),
        Door::Unix => {
            let stream = UnixStream::connect(doors.socket())?;
            stream.set_read_timeout(Some(GLANCE))?;
            stream.set_write_timeout(Some(GLANCE))?;
            Ok(Box::new(stream))
        }
    }
}

fn tcp(doors: &Doors, scheme: &str) -> Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(doors.daemon.listens(scheme))?;
    hasty(&stream)?;
    Ok(Box::new(stream))
}

fn hasty(stream: &TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(GLANCE))?;
    stream.set_write_timeout(Some(GLANCE))
}

/// A sound request to sign.
fn request(door: Door) -> Vec<u8> {
    let message = operation(1);
    match door {
        Door::Http | Door::Https => format!(
            "POST {} HTTP/1.1\r\nhost: signer\r\ncontent-length: 14\r\n\r\n\"{}\"",
            TZ1.path(),
            hex::encode(message)
        )
        .into_bytes(),
        Door::Tcp | Door::Unix => frame(&sign(TZ1.address, &message, &[])),
    }
}

/// A sound request that is answered at once.
const fn question(door: Door) -> &'static [u8] {
    match door {
        Door::Http | Door::Https => b"GET /authorized_keys HTTP/1.1\r\nhost: signer\r\n\r\n",
        Door::Tcp | Door::Unix => &[0x00, 0x01, 0x02],
    }
}

/// What has no end when it is repeated.
const fn endless(door: Door) -> &'static [u8] {
    match door {
        Door::Http => b"GET /authorized_keys?",
        Door::Https => b"x-header: and so on and so on and so on\r\n",
        // Too long, and too long again.
        Door::Tcp | Door::Unix => &[0xff; 256],
    }
}

const fn oversized(door: Door) -> &'static [u8] {
    match door {
        Door::Http | Door::Https => {
            b"POST /keys/x HTTP/1.1\r\nhost: signer\r\ncontent-length: 18446744073709551615\r\n\r\n"
        }
        Door::Tcp | Door::Unix => &[0xff, 0xff],
    }
}

/// Up to 255 bytes (xorshift).
fn noise(seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..seed % 256).map(next).collect()
}

fn send(stream: &mut Box<dyn Stream>, bytes: &[u8]) -> Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

fn send_for_ever(stream: &mut Box<dyn Stream>, bytes: &[u8], over: &AtomicBool) -> Result<()> {
    while !over.load(Ordering::Relaxed) {
        send(stream, bytes)?;
    }
    Ok(())
}

/// Reads until the daemon ends the connection, or has been looked at so often.
fn hear_out(stream: &mut Box<dyn Stream>, glances: usize, over: &AtomicBool) -> Result<()> {
    let mut scrap = [0; 4096];
    for _ in 0..glances {
        if over.load(Ordering::Relaxed) {
            break;
        }
        match stream.read(&mut scrap) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
