//! The witness: sees every request, record and reply, and fails the test that breaks a promise.
//!
//! 1. A slot (key, kind, chain, level, round) has one released signature, over one message, ever.
//! 2. It is released after its record is on the disk, and the record holds it.
//! 3. What is released verifies.
//! 4. Released marks do not fall; recorded marks rise.
//! 5. Each request has at most one reply, and none after its client has gone.

use std::collections::{HashMap, HashSet};

use tezio_core::crypto::Verify as _;
use tezio_core::octez::{Release, Reply};
use tezio_core::signer::RequestId;
use tezio_core::tezos::{Digest, PublicKeyHash, Signature};
use tezio_core::watermark::{Mark, Record, Watermark};
use tezio_crypto::Verifier;

use super::keys::{Holder, public_key};
use super::messages::{Slot, Wanted};
use super::store::FakeStore;

/// What has been seen, over all restarts of the signer.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    asked: HashMap<RequestId, (Holder, Wanted)>,
    open: HashSet<RequestId>,
    released: HashMap<(PublicKeyHash, Slot), (Digest, Signature)>,
    highest: HashMap<Watermark, (u32, u32)>,
    recorded: HashMap<Watermark, Mark>,
    /// Whether marks are kept.
    guarded: bool,
}

impl Witness {
    pub(crate) fn new(guarded: bool) -> Self {
        Self {
            guarded,
            ..Self::default()
        }
    }

    pub(crate) fn asked(&mut self, id: RequestId, holder: Holder, wanted: &Wanted) {
        self.open.insert(id);
        self.asked.insert(id, (holder, wanted.clone()));
    }

    /// A request that is not for a signature.
    pub(crate) fn asked_otherwise(&mut self, id: RequestId) {
        self.open.insert(id);
    }

    pub(crate) fn gone(&mut self, id: RequestId) {
        self.open.remove(&id);
    }

    /// The signer is gone, and every client with it.
    pub(crate) fn all_gone(&mut self) {
        self.open.clear();
    }

    /// The requests without a reply.
    pub(crate) fn unanswered(&self) -> Vec<RequestId> {
        let mut open: Vec<_> = self.open.iter().copied().collect();
        open.sort_unstable();
        open
    }

    pub(crate) fn recorded(&mut self, record: &Record) {
        let before = self.recorded.insert(record.watermark, record.mark);
        assert!(
            before.is_none_or(|before| before < record.mark),
            "{} fell from {before:?} to {}",
            record.watermark,
            record.mark
        );
    }

    /// Marks on the disk alone count after a restart.
    pub(crate) fn restarted(&mut self, store: &FakeStore) {
        self.recorded.clear();
        for record in store.records() {
            self.recorded(&record);
        }
    }

    pub(crate) fn replied(&mut self, id: RequestId, reply: &Reply, store: &FakeStore) {
        assert!(
            self.open.remove(&id),
            "a reply that nobody waits for: {id:?} {reply:?}"
        );
        let Reply::Signature(release) = reply else {
            return;
        };
        let (holder, wanted) = self.asked[&id].clone();
        let key = public_key(holder);
        verify(holder, &wanted, release);
        if let Some(slot) = wanted.slot
            && self.guarded
        {
            let digest = Digest::of(&wanted.bytes);
            self.check_record(store, key.hash(), slot, digest, release);
            self.check_slot(key.hash(), slot, digest, release);
        }
    }

    fn check_record(
        &self,
        store: &FakeStore,
        key: PublicKeyHash,
        slot: Slot,
        digest: Digest,
        release: &Release,
    ) {
        let kept = store.records().into_iter().any(|record| {
            let place = (
                record.watermark.key,
                record.watermark.kind,
                record.watermark.chain,
            );
            let mark = (record.mark.level.number(), record.mark.round.number());
            let kept = record.released().map(|kept| (kept.digest, kept.signature));
            place == (key, slot.kind, slot.chain)
                && mark == (slot.level, slot.round)
                && kept == Some((digest, *release.signature()))
        });
        assert!(kept, "released before it was on the disk: {slot:?}");
    }

    fn check_slot(&mut self, key: PublicKeyHash, slot: Slot, digest: Digest, release: &Release) {
        let now = (digest, *release.signature());
        let before = *self.released.entry((key, slot)).or_insert(now);
        assert_eq!(before, now, "two signatures for {slot:?}");
        let watermark = Watermark {
            chain: slot.chain,
            key,
            kind: slot.kind,
        };
        let mark = (slot.level, slot.round);
        let highest = self.highest.entry(watermark).or_insert(mark);
        assert!(*highest <= mark, "released {mark:?} behind {highest:?}");
        *highest = mark;
    }
}

fn verify(holder: Holder, wanted: &Wanted, release: &Release) {
    let prepared = Verifier.prepare(&public_key(holder)).unwrap();
    let digest = Digest::of(&wanted.bytes);
    let verdict = Verifier.verify(&prepared, &digest, release.signature());
    assert_eq!(verdict, Ok(()), "released without verifying");
    assert_eq!(release.curve(), holder.curve());
}
