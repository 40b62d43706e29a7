//! What the walker read of a content, as names and text.

use tezio_core::tezos::operation::{Content, Details};
use tezio_core::tezos::{Contract, PublicKeyHash};

use crate::Facts;

pub(crate) fn of(content: &Content<'_>) -> Facts {
    let mut facts = vec![("kind", content.kind.to_string())];
    facts.extend(content.source.map(|source| ("source", key_hash(&source))));
    if let Some(limits) = content.limits {
        facts.push(("fee", limits.fee.to_string()));
        facts.push(("counter", limits.counter.to_string()));
        facts.push(("gas_limit", limits.gas.to_string()));
        facts.push(("storage_limit", limits.storage.to_string()));
    }
    facts.extend(details(&content.details));
    facts
}

fn details(details: &Details<'_>) -> Facts {
    match details {
        Details::Transaction {
            amount,
            destination,
            entrypoint,
        } => vec![
            ("amount", amount.to_string()),
            ("destination", contract(destination)),
            ("entrypoint", entrypoint.to_string()),
        ],
        Details::Origination { balance, delegate } => vec![
            ("balance", balance.to_string()),
            ("delegate", or_none(delegate.as_ref().map(key_hash))),
        ],
        Details::Delegation(delegate) => {
            vec![("delegate", or_none(delegate.as_ref().map(key_hash)))]
        }
        Details::Key(key) => {
            let (curve, bytes) = (key.curve().address_prefix(), hex::encode(key.as_bytes()));
            vec![("key", format!("{curve}:{bytes}"))]
        }
        Details::DepositsLimit(limit) => {
            vec![("limit", or_none(limit.map(|limit| limit.to_string())))]
        }
        Details::Ticket {
            destination,
            entrypoint,
        } => vec![
            ("destination", contract(destination)),
            ("entrypoint", entrypoint.to_string()),
        ],
        Details::PaidStorage(of) => vec![("destination", contract(of))],
        Details::Proposals(proposals) => vec![("proposals", hex::encode(proposals.concat()))],
        Details::Ballot { proposal, vote } => vec![
            ("proposal", hex::encode(proposal.0)),
            ("vote", vote.to_string()),
        ],
        Details::Drain {
            consensus_key,
            delegate,
            destination,
        } => vec![
            ("consensus_key", key_hash(consensus_key)),
            ("delegate", key_hash(delegate)),
            ("destination", key_hash(destination)),
        ],
        Details::Rollup(rollup) => vec![("rollup", hex::encode(rollup.0))],
        Details::Unread => vec![],
    }
}

fn key_hash(hash: &PublicKeyHash) -> String {
    let prefix = hash.curve().address_prefix();
    format!("{prefix}:{}", hex::encode(&hash.tagged()[1..]))
}

fn contract(contract: &Contract) -> String {
    match contract {
        Contract::Implicit(hash) => key_hash(hash),
        Contract::Originated(hash) => format!("KT1:{}", hex::encode(hash)),
    }
}

fn or_none(value: Option<String>) -> String {
    value.unwrap_or_else(|| "none".to_owned())
}
