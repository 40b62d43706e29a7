//! A message, field by field.

use serde_json::{Map, Value, json};
use tezio_core::tezos::operation::{Content, Details, Limits, Operation};
use tezio_core::tezos::{
    ChainId, ConsensusMessage, Digest, MagicByte, Message, Mutez, ProtocolHash,
};

/// What is known of a message.
#[derive(Debug)]
pub(crate) struct Told {
    /// What it is, in a few words.
    pub(crate) what: String,
    parts: Vec<Part>,
}

/// The message itself, or one content of an operation.
#[derive(Debug, Default)]
struct Part {
    title: String,
    fields: Vec<(&'static str, String)>,
}

impl Part {
    fn say(&mut self, name: &'static str, value: impl ToString) {
        self.fields.push((name, value.to_string()));
    }
}

/// Tells what is known of a message.
pub(crate) fn tell(data: &[u8]) -> Told {
    let mut whole = Part::default();
    whole.say("bytes", data.len());
    whole.say("digest", hex::encode(Digest::of(data).0));
    let (what, contents) = match Message::parse(data) {
        Err(fault) => (format!("no message that could be signed: {fault}"), vec![]),
        Ok(message) => match message.consensus() {
            Some(consensus) => (vote_or_block(&mut whole, consensus), vec![]),
            None => other(&mut whole, &message),
        },
    };
    whole.title.clone_from(&what);
    let parts = core::iter::once(whole).chain(contents).collect();
    Told { what, parts }
}

fn vote_or_block(whole: &mut Part, consensus: &ConsensusMessage) -> String {
    whole.say("chain", chain(consensus.chain));
    whole.say("level", consensus.level);
    whole.say("round", consensus.round);
    consensus.kind.to_string()
}

/// A chain's id, with its name if it has one.
fn chain(id: ChainId) -> String {
    let mut named = ChainId::NAMED.into_iter();
    match named.find(|(_, known)| *known == id) {
        Some((name, _)) => format!("{id} ({name})"),
        None => id.to_string(),
    }
}

fn other(whole: &mut Part, message: &Message<'_>) -> (String, Vec<Part>) {
    match message.magic_byte() {
        MagicByte::OPERATION => operation(whole, message.data()),
        MagicByte::AUTHENTICATION => ("authentication of a request".to_owned(), vec![]),
        MagicByte::MICHELSON => ("packed Michelson data".to_owned(), vec![]),
        byte => (
            format!("message of an unknown kind, magic byte {byte}"),
            vec![],
        ),
    }
}

fn operation(whole: &mut Part, data: &[u8]) -> (String, Vec<Part>) {
    match Operation::parse(data) {
        Err(unreadable) => (unreadable.to_string(), vec![]),
        Ok(operation) => {
            whole.say("branch", hex::encode(operation.branch()));
            let count = operation.contents().count();
            let parts = (1..).zip(operation.contents());
            let parts = parts.map(|(number, one)| content(number, count, &one));
            let kinds = operation.contents().map(|one| one.kind.to_string());
            let kinds = kinds.collect::<Vec<_>>().join(", ");
            (format!("operation: {kinds}"), parts.collect())
        }
    }
}

fn content(number: usize, of: usize, content: &Content<'_>) -> Part {
    let mut part = Part {
        title: format!("content {number} of {of}: {}", content.kind),
        ..Part::default()
    };
    if let Some(source) = content.source {
        part.say("source", source);
    }
    details(&mut part, &content.details);
    if let Some(limits) = content.limits {
        say_limits(&mut part, limits);
    }
    part
}

fn say_limits(part: &mut Part, limits: Limits) {
    part.say("fee", Mutez(limits.fee));
    part.say("counter", limits.counter);
    part.say("gas limit", limits.gas);
    part.say("storage limit", limits.storage);
}

fn details(part: &mut Part, details: &Details<'_>) {
    match details {
        Details::Transaction {
            amount,
            destination,
            entrypoint,
        } => {
            part.say("amount", Mutez(*amount));
            part.say("destination", destination);
            part.say("entrypoint", entrypoint);
        }
        Details::Origination { balance, delegate } => {
            part.say("balance", Mutez(*balance));
            part.say("delegate", or_none(*delegate));
        }
        Details::Delegation(delegate) => part.say("delegate", or_none(*delegate)),
        Details::Key(key) => part.say("key", key.hash()),
        Details::DepositsLimit(limit) => part.say("limit", or_none(limit.map(Mutez))),
        Details::Ticket {
            destination,
            entrypoint,
        } => {
            part.say("destination", destination);
            part.say("entrypoint", entrypoint);
        }
        Details::PaidStorage(contract) => part.say("contract", contract),
        Details::Proposals(hashes) => {
            for hash in *hashes {
                part.say("proposal", ProtocolHash(*hash));
            }
        }
        Details::Ballot { proposal, vote } => {
            part.say("proposal", proposal);
            part.say("vote", vote);
        }
        Details::Drain {
            consensus_key,
            delegate,
            destination,
        } => {
            part.say("consensus key", consensus_key);
            part.say("delegate", delegate);
            part.say("destination", destination);
        }
        Details::Rollup(rollup) => part.say("rollup", rollup),
        Details::Unread => {}
    }
}

fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

impl Told {
    /// Lines for people.
    pub(crate) fn lines(&self) -> String {
        let part = |part: &Part| {
            let fields = part.fields.iter();
            let fields = fields.map(|(name, value)| format!("  {name:<14} {value}\n"));
            format!("{}\n{}", part.title, fields.collect::<String>())
        };
        self.parts.iter().map(part).collect()
    }

    /// The same for programs: the message, and its contents if it is an operation.
    pub(crate) fn json(&self) -> Value {
        let object = |part: &Part| {
            let mut fields = Map::new();
            for (name, value) in &part.fields {
                let name = name.replace(' ', "_");
                fields.insert(name, value.clone().into());
            }
            Value::from(fields)
        };
        let mut parts = self.parts.iter();
        let whole = parts.next().map(object);
        let contents = parts.map(|part| json!({ "what": part.title, "fields": object(part) }));
        json!({
            "what": self.what,
            "fields": whole,
            "contents": contents.collect::<Vec<_>>(),
        })
    }
}
