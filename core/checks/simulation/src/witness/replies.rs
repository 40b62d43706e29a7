//! What is demanded of signatures that leave.

use tezio_core::crypto::Verify as _;
use tezio_core::octez::{Release, Reply};
use tezio_core::signer::RequestId;
use tezio_core::tezos::{Digest, Signature};
use tezio_core::watermark::{RECORD_BYTES, Released};

use super::Witness;
use crate::machine::Machine;
use crate::messages::{Slot, Wanted, position};
use crate::tally::Event;
use crate::toy::{Toy, secret};

/// Where in a record digest and signature are: behind the fields of its place, key and mark.
const ABOUT_HERE: core::ops::Range<usize> = 24..160;

impl Witness {
    /// A reply leaves.
    pub fn replied(&mut self, id: RequestId, reply: &Reply, machine: &mut Machine) {
        let waited = self.open.remove(&id);
        self.require(waited, format_args!("a reply that nobody waits for"));
        let Some(wanted) = self.asked.get(&id).cloned() else {
            return;
        };
        match reply {
            Reply::Signature(release) => self.check_release(&wanted, release, machine),
            Reply::Refused(refusal) => self.check_refusal(&wanted, refusal, machine),
            Reply::Hello
            | Reply::PublicKey(_)
            | Reply::AuthorizedKeys(_)
            | Reply::KnownKeys(_)
            | Reply::NoDeterministicNonces => self.blame(format_args!("answered {reply:?}")),
        }
    }

    fn check_release(&mut self, wanted: &Wanted, release: &Release, machine: &mut Machine) {
        let signature = release.signature();
        let verdict = Toy.verify(&secret(wanted.key), &wanted.digest, signature);
        self.require(verdict.is_ok(), format_args!("released without verifying"));
        self.check_nonce(wanted, signature);
        let Some(slot) = wanted.slot else {
            return;
        };
        let failed = self.failed;
        self.require(!failed, format_args!("released after the disk had failed"));
        let (digest, signature) = (wanted.digest, *signature);
        self.check_platter(&Released { digest, signature }, machine);
        self.check_slot(slot, digest, signature, machine);
    }

    fn check_nonce(&mut self, wanted: &Wanted, signature: &Signature) {
        let mut nonce = [0; 32];
        nonce.copy_from_slice(&signature.0[..32]);
        let use_of_it = (secret(wanted.key), wanted.digest);
        let first = *self.nonces.entry(nonce).or_insert(use_of_it);
        let same_key = first.0 == use_of_it.0;
        self.require(
            !same_key || first == use_of_it,
            format_args!("one nonce for two messages"),
        );
    }

    /// Digest and signature stand in the journal behind one another.
    pub(super) fn check_platter(&mut self, released: &Released, machine: &Machine) {
        let journal = machine.platter.durable_journal();
        let (digest, signature) = (&released.digest.0, &released.signature.0);
        let stands = journal.rchunks(RECORD_BYTES).any(|place| {
            let mut starts = place.get(ABOUT_HERE).unwrap_or_default().windows(96);
            starts.any(|at| at[..8] == digest[..8] && at[..32] == *digest && at[32..] == *signature)
        });
        self.require(
            stands,
            format_args!("released, or said to be kept, and not on the platter"),
        );
    }

    fn check_slot(
        &mut self,
        slot: Slot,
        digest: Digest,
        signature: Signature,
        machine: &mut Machine,
    ) {
        let at = position(&slot.watermark);
        let again = self.released.contains_key(&slot);
        machine.count(if again { Event::Repeat } else { Event::Release });
        let first = *self.released.entry(slot).or_insert((digest, signature));
        self.require(
            first == (digest, signature),
            format_args!("two signatures for {} [watermark {at}]", slot.mark),
        );
        let highest = self.guards[at].released.unwrap_or(slot.mark);
        self.require(
            highest <= slot.mark,
            format_args!("released {} behind {highest} [watermark {at}]", slot.mark),
        );
        self.guards[at].released = Some(slot.mark);
        let (_, last) = self.kept(at);
        self.require(
            last.is_none_or(|last| slot.mark.level <= last),
            format_args!("released {} though handed over [watermark {at}]", slot.mark),
        );
    }
}
