//! A program without a heap: host and device, with their cryptography, on nothing but `core`.
//!
//! A static library is a final artifact: the compiler asks for an allocator when any crate in it
//! uses `alloc`, and for one panic handler when any crate in it uses `std`. There is no allocator
//! here and the panic handler is taken, so either of them anywhere below breaks this build. That it
//! does is shown by `heap` and `std` beside it, two packages whose builds have to fail.
//!
//! Nothing runs this. The functions are public and not generic, so every one of them is compiled
//! down to machine code, and with them all that they use of the core.
#![no_std]

use core::panic::PanicInfo;

use tezio_core::crypto::Sign;
use tezio_core::hsm::KeyAlias;
use tezio_core::hsm::device::Device;
use tezio_core::octez::http::{self, Answer, Exchange};
use tezio_core::policy::{HsmId, KeyPolicy, MagicBytes, Operations, Peer, Policy};
use tezio_core::signer::{Caller, Input, Output, RequestId, Signer, Times};
use tezio_core::tezos::{ChainId, Curve, Digest, MagicByte, PublicKeyHash, Signature};
use tezio_core::time::Instant;
use tezio_core::watermark::{
    Disk, KeepError, Keeper, Ledger, RECORD_BYTES, Record, Recovered, Unreadable,
};
use tezio_crypto::{SecretKey, Verifier};
use tezio_soft_hsm::{Profile, SoftHsm};

/// A signer as small as one board needs it: two requests at a time, six watermarks.
pub type Host = Signer<Verifier, 2, 6>;

const TIMES: Times = Times {
    request_ms: 10_000,
    hsm_reply_ms: 10_000,
};

#[panic_handler]
fn halt(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// The host's side from the start: a journal read back, a policy of one key, a signer under both.
pub fn host(key: PublicKeyHash, journal: &[u8]) -> Result<Option<Host>, Unreadable> {
    let recovered = Recovered::read(journal)?;
    let ledger = Ledger::new(recovered.marks, recovered.next_sequence);
    Ok(Signer::new(policy(key), TIMES, Verifier, ledger).ok())
}

fn policy(hash: PublicKeyHash) -> Policy {
    let mut magic_bytes = MagicBytes::default();
    for byte in MagicByte::SIGNABLE {
        magic_bytes.insert(byte);
    }
    let key = KeyPolicy {
        hash,
        homes: [(HsmId(0), KeyAlias::P256)].into_iter().collect(),
        magic_bytes,
        authentication_required: true,
        authorized_by: None,
        chains: [ChainId::MAINNET].into_iter().collect(),
        operations: Operations::default(),
    };
    Policy {
        keys: [key].into_iter().collect(),
        ..Policy::default()
    }
}

/// One record into a journal that is kept in two halves of a chip's memory, say.
pub fn keep(chip: Chip, journal: &[u8], record: Record) -> Option<Keeper<Chip, 6>> {
    let recovered = Recovered::read(journal).ok()?;
    let mut keeper = Keeper::open(chip, recovered, 16).ok()?;
    match keeper.append(&[record]) {
        Ok(()) | Err(KeepError::Full(_)) => keeper.compact().ok()?,
        Err(_) => return None,
    };
    Some(keeper)
}

/// Memory that keeps a few records.
pub struct Chip([u8; 32 * RECORD_BYTES]);

impl Disk for Chip {
    type Error = ();

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), ()> {
        let start = usize::try_from(offset).map_err(drop)?;
        let end = start.checked_add(bytes.len()).ok_or(())?;
        self.0.get_mut(start..end).ok_or(())?.copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), ()> {
        Ok(())
    }

    fn write_new(&mut self, offset: u64, bytes: &[u8]) -> Result<(), ()> {
        self.write(offset, bytes)
    }

    fn sync_new(&mut self) -> Result<(), ()> {
        Ok(())
    }

    fn discard_new(&mut self) {}

    fn replace(&mut self) -> Result<(), ()> {
        Ok(())
    }
}

/// One HTTP request into the signer.
pub fn ask(
    host: &mut Host,
    now: Instant,
    peer: Peer,
    exchange: &Exchange<'_>,
    scratch: &mut [u8],
) -> bool {
    let id = RequestId(0);
    let request = http::read(exchange, scratch);
    let from = Caller { id, peer };
    host.handle_input(now, Input::Request { from, request })
        .is_ok()
}

/// Everything else into the signer: bytes of the device, the end of a write, the time.
pub fn tell(host: &mut Host, now: Instant, from_hsm: &[u8], stored: u64) -> Option<Instant> {
    let inputs = [
        Input::HsmOpened(HsmId(0)),
        Input::FromHsm(HsmId(0), from_hsm),
        Input::Stored(stored),
        Input::Timeout,
    ];
    for input in inputs {
        host.handle_input(now, input).ok()?;
    }
    host.poll_timeout()
}

/// What the signer wants done, each thing in the bytes it leaves as.
pub fn next(host: &mut Host, packet: &mut heapless::Vec<u8, 1025>) -> Option<Done> {
    match host.poll_output()? {
        Output::ToHsm(_, bytes) => packet.extend_from_slice(bytes).ok().map(|()| Done::Packet),
        Output::Store(record) => Some(Done::Record(record)),
        Output::Reply(_, reply) => Some(Done::Answer(http::write(&reply))),
        Output::Reopen(_) | Output::Notice(..) | Output::Authorized(..) | Output::Progress(..) => {
            Some(Done::Nothing)
        }
    }
}

/// One output as bytes.
#[expect(clippy::large_enum_variant, reason = "there is no heap to put it on")]
pub enum Done {
    /// In the caller's buffer.
    Packet,
    /// For the journal.
    Record(Record),
    /// For the client.
    Answer(Answer),
    /// For the operator.
    Nothing,
}

/// The device's side: all that a board does between its serial line and its secure element.
pub type Board = Device<SoftHsm<fn() -> [u8; 32]>>;

/// A board that was just powered on.
pub fn board(profile: &Profile, entropy: fn() -> [u8; 32]) -> Option<Board> {
    SoftHsm::new(profile, entropy).ok().map(Device::new)
}

/// One turn of the board's loop.
pub fn turn(board: &mut Board, now: Instant, line: &[u8]) -> (usize, bool) {
    board.handle_timeout(now);
    let taken = board.push(now, line);
    (taken, board.poll_transmit().is_some())
}

/// One signature by a key of any curve that an HSM has.
pub fn sign(curve: Curve, secret: &[u8; 32], message: &[u8]) -> Option<Signature> {
    let key = SecretKey::from_bytes(curve, secret).ok()?;
    Some(key.sign(&Digest::of(message), &[0; 32]))
}
