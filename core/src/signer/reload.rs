//! Another policy for a signer at work: whole or not at all.
//!
//! What is at an HSM or on its way to the disk goes on; what still waits is judged anew and refused if
//! it may not go on. Marks, and what was sent in the last 24 hours, stay.

use super::Signer;
use super::queue::judge_again;
use crate::crypto::{Verify, VerifyBls};
use crate::policy::Policy;
use crate::tezos::PublicKeyHash;
use crate::time::Instant;

use super::clients::Clients;

/// Why a policy cannot take the place of another while the signer works. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Other keys, in another order or on other HSMs: sessions and requests go by their places.
    #[error("which keys there are, and where they live, cannot change while the signer runs")]
    Keys,
    /// Other names of clients: connections go by their places.
    #[error("allowed_clients cannot change while the signer runs")]
    Clients,
    /// Watermarks switched on or off.
    #[error("high_water_mark_check cannot change while the signer runs")]
    Watermarks,
    /// An authorized key that is no point on its curve.
    #[error("authorized key {0} is no sound public key: not a point of its group")]
    AuthorizedKey(PublicKeyHash),
}

impl<V: Verify + VerifyBls, const JOBS: usize, const MARKS: usize> Signer<V, JOBS, MARKS> {
    /// The policy in force.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Puts `policy` in force. Outputs are to be drained afterwards, as after an input.
    ///
    /// # Errors
    ///
    /// [`Unfit`]; the old policy stays in force.
    pub fn set_policy(&mut self, now: Instant, policy: Policy) -> Result<(), Unfit> {
        self.check_fit(&policy)?;
        let clients = Clients::prepare(&self.verifier, &policy.authorized_keys);
        self.clients = clients.map_err(Unfit::AuthorizedKey)?;
        self.day = self
            .day
            .carried_over(now, &self.policy.rules, &policy.rules);
        self.policy = policy;
        for job in &mut self.jobs {
            // It was counted under limits that may have other numbers now, and stays so.
            job.counted = None;
            if job.is_queued()
                && let Err(refusal) = judge_again(&self.policy, &self.day, now, job)
            {
                job.refuse(refusal);
            }
        }
        Ok(())
    }

    fn check_fit(&self, policy: &Policy) -> Result<(), Unfit> {
        let places = |policy: &Policy| {
            let keys = policy.keys.iter();
            keys.map(|key| (key.hash, key.homes.clone()))
                .collect::<heapless::Vec<_, { crate::limits::KEYS }>>()
        };
        if places(&self.policy) != places(policy) {
            return Err(Unfit::Keys);
        }
        if self.policy.allowed_clients != policy.allowed_clients {
            return Err(Unfit::Clients);
        }
        let guarded = |policy: &Policy| policy.switches.high_water_mark_check;
        if guarded(&self.policy) != guarded(policy) {
            return Err(Unfit::Watermarks);
        }
        Ok(())
    }
}
