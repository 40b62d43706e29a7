//! A policy that is only tried: each request is judged by it beside the one in force, and the log says
//! where the two differ.
//!
//! It decides nothing. Who signed a request is known from the policy in force; where that asks for no
//! authentication and the other does, one that is there is taken for good. Limits per day count what
//! both allow.

use anyhow::{Context as _, Result, ensure};
use tezio_core::judge::{Allowed, Asked, Sent, judge};
use tezio_core::octez::Request;
use tezio_core::policy::{Day, Policy};
use tezio_core::tezos::PublicKeyHash;
use tezio_core::time::Instant;
use tezio_core::verdict::Refusal;

use crate::asked::Client;
use crate::config::Config;
use crate::request_name::RequestName;

/// The policy that is tried.
#[derive(Debug)]
pub(crate) struct Shadow {
    policy: Policy,
    day: Day,
}

impl Shadow {
    /// That of the file that `config` names, if it names one.
    ///
    /// # Errors
    ///
    /// What is wrong with that file.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>> {
        let Some(path) = &config.shadow_policy else {
            return Ok(None);
        };
        let other = Config::load(path).context("shadow_policy")?;
        ensure!(
            other.policy.allowed_clients == config.policy.allowed_clients,
            "shadow_policy: allowed_clients must be the same in both files"
        );
        tracing::info!(file = %path.display(), "a policy is tried beside the one in force");
        Ok(Some(Self {
            policy: other.policy,
            day: Day::default(),
        }))
    }

    /// Judges a request by both policies and says where they differ.
    pub(crate) fn compare(
        &mut self,
        in_force: &Policy,
        now: Instant,
        (id, client): (RequestName, Client),
        request: &Request<'_>,
        by: Option<PublicKeyHash>,
    ) {
        let Request::Sign {
            key,
            data,
            authentication,
        } = request
        else {
            return;
        };
        let asked = Asked {
            peer: client.peer,
            key: *key,
            data,
            signed: authentication.is_some(),
        };
        // Limits per day are left out here: what the one in force has counted, its signer knows.
        let unlimited = Day::default();
        let force = verdict(in_force, &unlimited, now, &asked, by);
        let tried = verdict(&self.policy, &self.day, now, &asked, by);
        let peer = &client.peer;
        match (force, tried) {
            (Ok(_), Ok(allowed)) => drop(self.day.count(now, allowed.spending)),
            (Err(_), Err(_)) => {}
            (Ok(_), Err(refusal)) => {
                tracing::warn!(%id, %peer, %key, %refusal, "shadow_policy would refuse this");
            }
            (Err(refusal), Ok(_)) => {
                tracing::warn!(%id, %peer, %key, %refusal, "shadow_policy would allow this");
            }
        }
    }
}

fn verdict<'a>(
    policy: &Policy,
    day: &Day,
    now: Instant,
    asked: &Asked<'a>,
    by: Option<PublicKeyHash>,
) -> Result<Allowed<'a>, Refusal> {
    judge(policy, &Sent { day, now }, asked, |key| {
        let known = policy.authorized_keys.iter().map(|key| key.hash());
        let mut counting = known
            .into_iter()
            .filter(|known| key.is_authorized_by(known));
        match by {
            Some(by) => counting.find(|known| *known == by),
            None => counting.next(),
        }
    })
}
