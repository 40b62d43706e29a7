//! The host's role of the core as an image of its own, to be weighed: `device/firmware/footprint`.
//!
//! A signer for one HSM, two requests at a time and six marks, without curves: its verifier takes
//! every signature. Each entry point is there with inputs that the compiler cannot foresee, so none
//! of it is left out. It talks to nobody and is not meant to be run.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::net::{IpAddr, Ipv4Addr};
use core::panic::PanicInfo;

use tezio_core::crypto::{InvalidPublicKey, InvalidSignature, Verify, VerifyBls};
use tezio_core::hsm::KeyAlias;
use tezio_core::octez::http::{self, Exchange};
use tezio_core::policy::{HsmId, KeyPolicy, MagicBytes, Operations, Peer, Policy};
use tezio_core::signer::{Caller, Input, Output, RequestId, Signer, Times};
use tezio_core::tezos::{
    BlsPublicKey, BlsSignature, ChainId, Digest, MagicByte, PublicKey, PublicKeyHash, Signature,
};
use tezio_core::time::Instant;
use tezio_core::watermark::{Ledger, Recovered};

type Host = Signer<Trusting, 2, 6>;

const TIMES: Times = Times {
    request_ms: 10_000,
    hsm_reply_ms: 10_000,
};

/// Checks nothing. The curves are weighed with the device's image.
struct Trusting;

impl Verify for Trusting {
    type Key = ();

    fn prepare(&self, key: &PublicKey) -> Result<(), InvalidPublicKey> {
        black_box(key);
        Ok(())
    }

    fn verify(&self, (): &(), _: &Digest, signature: &Signature) -> Result<(), InvalidSignature> {
        black_box(signature);
        Ok(())
    }
}

impl VerifyBls for Trusting {
    type BlsKey = ();
    type BlsSigned = ();

    fn prepare_bls(&self, _: &BlsPublicKey) -> Result<(), InvalidPublicKey> {
        Err(InvalidPublicKey)
    }

    fn prepare_signed(&self, _: &[&[u8]], _: &BlsSignature) -> Result<(), InvalidSignature> {
        Err(InvalidSignature)
    }

    fn verify_bls(&self, (): &(), (): &()) -> Result<(), InvalidSignature> {
        Err(InvalidSignature)
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut host = None;
    start(&mut host);
    if let Some(host) = &mut host {
        loop {
            request(host);
            from_hsm(host);
            stored(host);
            timeout(host);
            output(host);
        }
    }
    halt()
}

/// A journal read back, a policy of one key, a signer under both.
#[inline(never)]
fn start(host: &mut Option<Host>) {
    let journal: &[u8] = black_box(&[]);
    let Ok(recovered) = Recovered::read(journal) else {
        return;
    };
    let ledger = Ledger::new(recovered.marks, recovered.next_sequence);
    *host = Signer::new(policy(), TIMES, Trusting, ledger).ok();
}

fn policy() -> Policy {
    let mut magic_bytes = MagicBytes::default();
    for byte in MagicByte::SIGNABLE {
        magic_bytes.insert(byte);
    }
    let key = KeyPolicy {
        hash: black_box(PublicKeyHash::from_base58(
            "tz3MyarJihHrejsze59J2Seita7jYWDCJDPe",
        ))
        .unwrap_or_else(|_| halt()),
        homes: [(HsmId(0), KeyAlias::P256)].into_iter().collect(),
        magic_bytes,
        authentication_required: false,
        authorized_by: None,
        chains: [ChainId::MAINNET].into_iter().collect(),
        operations: Operations::default(),
    };
    Policy {
        keys: [key].into_iter().collect(),
        ..Policy::default()
    }
}

#[inline(never)]
fn request(host: &mut Host) {
    let mut scratch = [0; 1024];
    let exchange = black_box(Exchange {
        method: "POST",
        target: "/keys/",
        from_web_page: false,
        content_type: None,
        body: Some(&[]),
    });
    let request = http::read(&exchange, &mut scratch);
    let id = RequestId(black_box(0));
    let peer = black_box(Peer::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let from = Caller { id, peer };
    let _ = black_box(host.handle_input(now(), Input::Request { from, request }));
}

#[inline(never)]
fn from_hsm(host: &mut Host) {
    let bytes: &[u8] = black_box(&[0; 64]);
    let _ = host.handle_input(now(), Input::HsmOpened(HsmId(0)));
    let _ = host.handle_input(now(), Input::FromHsm(HsmId(0), bytes));
}

#[inline(never)]
fn stored(host: &mut Host) {
    let _ = host.handle_input(now(), Input::Stored(black_box(1)));
}

#[inline(never)]
fn timeout(host: &mut Host) {
    let _ = host.handle_input(now(), Input::Timeout);
    black_box(host.poll_timeout());
}

#[inline(never)]
fn output(host: &mut Host) {
    while let Some(output) = host.poll_output() {
        match output {
            Output::Reply(_, reply) => {
                black_box(&http::write(&reply));
            }
            other => {
                black_box(&other);
            }
        }
    }
}

fn now() -> Instant {
    Instant::from_millis(black_box(0))
}

fn halt() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    halt()
}
