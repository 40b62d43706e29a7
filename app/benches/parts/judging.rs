//! Messages, frames and texts in the core.

use core::hint::black_box;
use core::net::{IpAddr, Ipv4Addr};

use tezio_core::hsm::{Command, KeyAlias, Mode, RequestPacket};
use tezio_core::judge::{Asked, Sent, judge};
use tezio_core::octez::socket::{FrameDecoder, Pushed, read};
use tezio_core::policy::{
    AddressRange, Day, HsmId, KeyPolicy, MagicBytes, Operations, Peer, Policy,
};
use tezio_core::tezos::operation::Operation;
use tezio_core::tezos::{
    ConsensusKind, Curve, Level, MagicByte, Message, PublicKeyHash, Round, Signature,
};
use tezio_core::time::Instant;
use tezio_core::watermark::{Claim, Ledger, Mark, Marks, Record, Watermark};

use crate::message::{CHAIN, Template};
use crate::timing::Timings;

const KEY: PublicKeyHash = PublicKeyHash::new(Curve::P256, [7; 20]);

/// As many marks as the daemon has room for.
const MARKS: usize = 192;

pub(crate) fn table() -> String {
    let mut table = Timings::new(
        "In the core",
        "*Judged* is parsed and held against the policy; the ledger has a mark for each of three kinds of \
         16 keys. A message is hashed once, whatever becomes of it.",
    );
    let (policy, day, ledger) = (policy(), Day::default(), ledger());
    let sent = Sent {
        day: &day,
        now: Instant::from_millis(0),
    };
    for kind in ConsensusKind::ALL {
        let data = Template::consensus(kind).at(4_000_000);
        let asked = Asked {
            peer: Peer::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            key: KEY,
            data: &data,
            signed: false,
        };
        table.add(&format!("{kind}: judged"), || {
            judge(&policy, &sent, black_box(&asked), |_| None).is_ok()
        });
        let digest = Message::parse(&data).map(|message| message.digest());
        table.add(&format!("{kind}: judged, ledger asked"), || {
            let allowed = judge(&policy, &sent, black_box(&asked), |_| None).ok()?;
            let claim = Claim::new(KEY, allowed.message.consensus()?, digest.ok()?);
            ledger.check(&claim).ok()
        });
        table.add(&format!("{kind}: hashed"), || {
            Message::parse(black_box(&data)).map(|message| message.digest())
        });
    }
    let operation = Template::operation().at(1);
    table.add("transaction: walked to its last byte", || {
        Operation::parse(black_box(&operation)).map(|operation| operation.contents().count())
    });
    frames(&mut table);
    texts(&mut table);
    table.end()
}

fn frames(table: &mut Timings) {
    let data = Template::consensus(ConsensusKind::Attestation).at(1);
    let command = Command::Sign {
        alias: KeyAlias::P256,
        mode: Mode::MessageRaw,
        data: &data,
    };
    table.add("HSM packet: made", || black_box(&command).packet().emit());
    let packet = command.packet().emit().unwrap_or_default();
    table.add("HSM packet: read", || {
        RequestPacket::parse(black_box(&packet[1..])).is_ok()
    });
    let mut payload = vec![0];
    payload.extend(KEY.tagged());
    payload.extend([0, 0, 0, 80]);
    payload.extend(&data);
    let mut frame = vec![0, u8::try_from(payload.len()).unwrap_or_default()];
    frame.extend(&payload);
    let mut decoder = Box::<FrameDecoder<{ 36 * 1024 }>>::default();
    table.add("Octez frame: read to a request", || {
        match decoder.push(black_box(&frame)) {
            Pushed::Frame { payload, .. } => Some(matches!(
                read(payload),
                tezio_core::octez::Request::Sign { .. }
            )),
            Pushed::NeedMore | Pushed::TooLong { .. } => None,
        }
    });
}

fn texts(table: &mut Timings) {
    let text = KEY.to_base58();
    table.add("base58: address read", || {
        PublicKeyHash::from_base58(black_box(&text)).is_ok()
    });
    table.add("base58: address written", || black_box(KEY).to_base58());
    let signature = Signature([0x5c; 64]);
    table.add("base58: signature written", || {
        black_box(signature).to_base58(Curve::P256)
    });
}

fn policy() -> Policy {
    let mut policy = Policy::default();
    let home = AddressRange::new(IpAddr::V4(Ipv4Addr::LOCALHOST), None);
    policy.allowed_addresses.extend(home);
    let mut magic_bytes = MagicBytes::default();
    for byte in MagicByte::SIGNABLE {
        magic_bytes.insert(byte);
    }
    policy.keys.extend(keys().map(|hash| KeyPolicy {
        hash,
        homes: [(HsmId(0), KeyAlias::P256)].into_iter().collect(),
        magic_bytes: magic_bytes.clone(),
        authentication_required: false,
        authorized_by: None,
        chains: heapless::Vec::new(),
        operations: Operations::default(),
    }));
    policy
}

/// The key that is asked comes last.
fn keys() -> impl Iterator<Item = PublicKeyHash> {
    let others = (0..15).map(|number| PublicKeyHash::new(Curve::P256, [number; 20]));
    others.filter(|key| *key != KEY).chain([KEY])
}

fn ledger() -> Ledger<MARKS> {
    let mut marks = Marks::new();
    let mut sequence = 0;
    for key in keys() {
        for kind in ConsensusKind::ALL {
            let watermark = Watermark {
                chain: CHAIN,
                key,
                kind,
            };
            let mark = Mark {
                level: Level::ZERO,
                round: Round::ZERO,
            };
            // There is room for four chains of them.
            let _ = marks.apply(&Record::set(sequence, watermark, mark));
            sequence += 1;
        }
    }
    Ledger::new(marks, sequence)
}
