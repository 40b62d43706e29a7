//! What stands in operations: from lines of hex digits, magic byte first, to lines of JSON.
//!
//! A line is an array of the contents, with the field names that the protocol has for them, or an
//! object whose only field `unreadable` says where and why. Numbers of 64 bits are strings.
//!
//! ```sh
//! cargo run -p tezio-core --example operation <<<03…
//! ```

use std::io::{self, BufRead as _, Write as _};

use serde_json::{Map, Value, json};
use tezio_core::tezos::ProtocolHash;
use tezio_core::tezos::operation::{Content, Details, Limits, Operation};

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let message = hex::decode(line?.trim()).map_err(io::Error::other)?;
        writeln!(output, "{}", operation(&message))?;
    }
    Ok(())
}

fn operation(message: &[u8]) -> Value {
    match Operation::parse(message) {
        Ok(operation) => operation.contents().map(|one| content(&one)).collect(),
        Err(unreadable) => json!({ "unreadable": unreadable.to_string() }),
    }
}

fn content(content: &Content<'_>) -> Value {
    let mut fields = Map::new();
    fields.insert("kind".to_owned(), content.kind.to_string().into());
    if let Some(source) = content.source {
        fields.insert("source".to_owned(), source.to_string().into());
    }
    let further = [content.limits.map(limits), Some(details(&content.details))];
    for value in further.into_iter().flatten() {
        if let Value::Object(more) = value {
            fields.extend(more);
        }
    }
    fields.into()
}

fn limits(limits: Limits) -> Value {
    json!({
        "fee": limits.fee.to_string(),
        "counter": limits.counter.to_string(),
        "gas_limit": limits.gas.to_string(),
        "storage_limit": limits.storage.to_string(),
    })
}

fn details(details: &Details<'_>) -> Value {
    match details {
        Details::Transaction {
            amount,
            destination,
            entrypoint,
        } => json!({
            "amount": amount.to_string(),
            "destination": destination.to_string(),
            "entrypoint": entrypoint.name(),
        }),
        Details::Origination { balance, delegate } => json!({
            "balance": balance.to_string(),
            "delegate": delegate.map(|delegate| delegate.to_string()),
        }),
        Details::Delegation(delegate) => {
            json!({ "delegate": delegate.map(|delegate| delegate.to_string()) })
        }
        Details::Key(key) => json!({ "public_key_hash": key.hash().to_string() }),
        Details::DepositsLimit(limit) => {
            json!({ "limit": limit.map(|limit| limit.to_string()) })
        }
        Details::Ticket {
            destination,
            entrypoint,
        } => json!({
            "destination": destination.to_string(),
            "entrypoint": entrypoint.name(),
        }),
        Details::PaidStorage(contract) => json!({ "destination": contract.to_string() }),
        Details::Proposals(hashes) => {
            let hashes = hashes.iter().map(|hash| ProtocolHash(*hash).to_string());
            json!({ "proposals": hashes.collect::<Vec<_>>() })
        }
        Details::Ballot { proposal, vote } => json!({
            "proposal": proposal.to_string(),
            "ballot": vote.to_string(),
        }),
        Details::Drain {
            consensus_key,
            delegate,
            destination,
        } => json!({
            "consensus_key": consensus_key.to_string(),
            "delegate": delegate.to_string(),
            "destination": destination.to_string(),
        }),
        Details::Rollup(rollup) => json!({ "rollup": rollup.to_string() }),
        Details::Unread => json!({}),
    }
}
