//! What there is before anything happens: policy, devices, disk and times.

use core::net::{IpAddr, Ipv4Addr};

use tezio_core::crypto::Sign as _;
use tezio_core::octez::authenticated_digest;
use tezio_core::policy::{AddressRange, HsmId, KeyPolicy, MagicBytes, Operations, Peer, Policy};
use tezio_core::signer::Times;
use tezio_core::tezos::{ChainId, ConsensusKind, Level, MagicByte, Round, SignatureText};
use tezio_core::watermark::{Mark, Record, Watermark};

use super::hsm::FakeHsm;
use super::keys::{Holder, address, public_key};
use super::messages::{GHOSTNET, MAINNET, Wanted};
use super::pair::Pair;
use super::store::FakeStore;

/// The parts of a [`Pair`] to be.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) policy: Policy,
    pub(crate) times: Times,
    pub(crate) hsms: Vec<FakeHsm>,
    pub(crate) store: FakeStore,
}

impl Setup {
    /// Three keys on one device, every magic byte, nobody needs to authenticate, and all marks on
    /// two chains at level 0, round 0.
    pub(crate) fn baker() -> Self {
        Self::on(&[&Holder::HSM])
    }

    /// Four keys on one device.
    pub(crate) fn four_keys() -> Self {
        let held = [Holder::Tz1, Holder::Tz2, Holder::Tz3, Holder::Zeroth];
        let mut setup = Self::on(&[&held]);
        let fourth = key_policy(Holder::Zeroth, &[&held]);
        setup.policy.keys.push(fourth).unwrap();
        let chain = MAINNET;
        for (sequence, kind) in (18..).zip(ConsensusKind::ALL) {
            let start = start_record(sequence, Holder::Zeroth, chain, kind);
            setup.store.write(start);
        }
        setup.store.sync();
        setup
    }

    /// Devices that hold these keys, in their order.
    pub(crate) fn on(homes: &[&[Holder]]) -> Self {
        let mut policy = Policy::default();
        let home = AddressRange::new(IpAddr::V4(Ipv4Addr::LOCALHOST), None).unwrap();
        policy.allowed_addresses.push(home).unwrap();
        policy
            .authorized_keys
            .push(public_key(Holder::Client).into())
            .unwrap();
        for holder in Holder::HSM {
            policy.keys.push(key_policy(holder, homes)).unwrap();
        }
        Self {
            policy,
            times: Times {
                request_ms: 10_000,
                hsm_reply_ms: 3_000,
            },
            hsms: homes.iter().map(|held| FakeHsm::holding(held)).collect(),
            store: store_with_marks(),
        }
    }

    /// The policy of one key.
    pub(crate) fn key_mut(&mut self, holder: Holder) -> &mut KeyPolicy {
        let hash = address(holder);
        let key = self.policy.keys.iter_mut().find(|key| key.hash == hash);
        key.unwrap()
    }

    /// The signer with every port open and every key shown.
    pub(crate) fn start(self) -> Pair {
        let mut pair = Pair::new(self);
        pair.open_all();
        pair.settle();
        pair.notices.clear();
        pair
    }

    /// The signer with every port closed.
    pub(crate) fn start_closed(self) -> Pair {
        Pair::new(self)
    }
}

pub(crate) fn localhost() -> Peer {
    Peer::Address(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// A signature by `client` over the request to sign `wanted` with the key of `holder`.
pub(crate) fn authentication(client: Holder, holder: Holder, wanted: &Wanted) -> SignatureText {
    let digest = authenticated_digest(&address(holder), &wanted.bytes);
    SignatureText {
        curve: Some(client.curve()),
        signature: client.secret().sign(&digest, &[9; 32]),
    }
}

fn key_policy(holder: Holder, homes: &[&[Holder]]) -> KeyPolicy {
    let numbered = (0..).map(HsmId).zip(homes);
    let at = numbered.filter(|(_, held)| held.contains(&holder));
    KeyPolicy {
        hash: address(holder),
        homes: at.map(|(hsm, _)| (hsm, holder.alias())).collect(),
        magic_bytes: all_magic_bytes(),
        authentication_required: false,
        authorized_by: None,
        chains: heapless::Vec::new(),
        operations: Operations::default(),
    }
}

fn all_magic_bytes() -> MagicBytes {
    let mut all = MagicBytes::default();
    for byte in MagicByte::SIGNABLE {
        assert!(all.insert(byte));
    }
    all
}

fn store_with_marks() -> FakeStore {
    let mut store = FakeStore::new();
    let mut sequence = 0;
    for holder in Holder::HSM {
        for chain in [MAINNET, GHOSTNET] {
            for kind in ConsensusKind::ALL {
                store.write(start_record(sequence, holder, chain, kind));
                sequence += 1;
            }
        }
    }
    store.sync();
    store
}

/// A mark that an operator set, at the first level and round.
fn start_record(sequence: u64, holder: Holder, chain: ChainId, kind: ConsensusKind) -> Record {
    let watermark = Watermark {
        chain,
        key: address(holder),
        kind,
    };
    let mark = Mark {
        level: Level::ZERO,
        round: Round::ZERO,
    };
    Record::set(sequence, watermark, mark)
}
