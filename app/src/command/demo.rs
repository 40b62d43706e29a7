//! `demo`: a software HSM and the daemon in one process, to see it sign within a minute.

use core::fmt::Write as _;

use anyhow::{Context as _, Result};
use tezio_core::tezos::{ChainId, ConsensusKind};

use super::say;
use crate::cli;
use crate::config::Config;
use crate::daemon;

/// The published test keys of the software HSM, as the sample configuration lists them.
const TZ1: &str = "tz1RecHxwZJmZY4dypq2KmvxKYgUBGJceH1v";
const TZ2: &str = "tz2Dy8HhPZZqmxVK5hE8Unc66fiWvqY8wFXN";
const TZ3: &str = "tz3MyarJihHrejsze59J2Seita7jYWDCJDPe";

/// The test network Ghostnet.
const CHAIN: ChainId = ChainId([0xaf, 0x18, 0x64, 0xd9]);

pub(super) fn run(options: &cli::Demo) -> Result<()> {
    let state = tempfile::Builder::new()
        .prefix("tezio-demo-")
        .tempdir()
        .context("cannot make a temporary directory")?;
    let config = Config::parse(&configuration(options), state.path())?;
    daemon::run(config, |urls| {
        urls.first().map_or(Ok(()), |url| say(&greeting(url)))
    })
}

fn configuration(options: &cli::Demo) -> String {
    let port = options.port;
    let latency = if options.instant {
        "Instant"
    } else {
        "Measured"
    };
    format!(
        r#"(
            listen: [Http("127.0.0.1:{port}")],
            hsm: Simulated(latency: {latency}),
            state: "state",
            allowed_ips: ["127.0.0.1"],
            keys: [
                (hash: "{TZ1}", curve_alias: 1, allowed_ops: [0x03], auth_req: false),
                (hash: "{TZ2}", curve_alias: 2, allowed_ops: [0x03], auth_req: false),
                (hash: "{TZ3}", curve_alias: 3, allowed_ops: [0x03, 0x11, 0x12, 0x13], auth_req: false),
            ],
            high_water_marks: [(chain: "{CHAIN}", level: 0)],
        )"#
    )
}

fn greeting(url: &str) -> String {
    let first = curl(url, &attestation(0x11));
    let other = curl(url, &attestation(0x22));
    format!(
        "tezio-signer demo on {url}, with a software HSM. Its keys are public: tests only.\n\
         \n\
         \x20 {TZ1}  Ed25519    operations\n\
         \x20 {TZ2}  secp256k1  operations\n\
         \x20 {TZ3}  P-256      operations, blocks, preattestations, attestations\n\
         \n\
         Sign the attestation of level 1, round 0:\n\
         \n\
         {first}\n\
         \n\
         Once more, and the same signature comes back. Another attestation of the same level and\n\
         round is refused, for that would be double signing:\n\
         \n\
         {other}\n\
         \n\
         With Octez: octez-client import secret key demo {url}/{TZ3}\n\
         Ctrl-C ends it.\n"
    )
}

fn curl(url: &str, hex: &str) -> String {
    format!("curl -sS -H 'Content-Type: application/json' -d '\"{hex}\"' {url}/keys/{TZ3}")
}

/// An attestation of level 1, round 0 on [`CHAIN`], for a block whose payload hash is `payload`
/// 32 times.
fn attestation(payload: u8) -> String {
    let mut bytes = vec![ConsensusKind::Attestation.magic_byte().0];
    bytes.extend_from_slice(&CHAIN.0);
    bytes.extend_from_slice(&[0xbb; 32]);
    bytes.extend_from_slice(&[21, 0, 0]);
    bytes.extend_from_slice(&1_u32.to_be_bytes());
    bytes.extend_from_slice(&0_u32.to_be_bytes());
    bytes.extend_from_slice(&[payload; 32]);
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
