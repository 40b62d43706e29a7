//! What the fields of a content state, as names and text.

use crate::Facts;
use crate::codec::{Content, Value, number};

const ENTRYPOINTS: [&str; 10] = [
    "default",
    "root",
    "do",
    "set_delegate",
    "remove_delegate",
    "deposit",
    "stake",
    "unstake",
    "finalize_unstake",
    "set_delegate_parameters",
];

pub(crate) fn of(content: &Content) -> Facts {
    let mut facts = vec![("kind", content.layout.name.to_owned())];
    for ((name, _), value) in content.layout.fields().zip(&content.values) {
        match *name {
            "" => {}
            "vote" => facts.push(("vote", vote(value))),
            "entrypoint" => facts.push(("entrypoint", entrypoint(value))),
            name => facts.push((name, text(value))),
        }
    }
    facts
}

fn text(value: &Value) -> String {
    match value {
        Value::Digits(digits) => number(digits).unwrap().to_string(),
        Value::Bytes(bytes) => hex::encode(bytes),
        Value::Case(tag, values) => match (tag, values.as_slice()) {
            (0x00, []) => "none".to_owned(),
            (0xff, [value]) => text(value),
            (0, [account @ Value::Case(..)]) => text(account),
            (1, [Value::Bytes(hash), Value::Case(..)]) => format!("KT1:{}", hex::encode(hash)),
            (curve, [Value::Bytes(bytes)]) => format!("tz{}:{}", curve + 1, hex::encode(bytes)),
            _ => panic!("{value:?}"),
        },
        Value::Repeat(_) => panic!("{value:?}"),
    }
}

fn vote(value: &Value) -> String {
    let votes = ["yay", "nay", "pass"];
    let Value::Case(vote, _) = value else {
        panic!("{value:?}");
    };
    votes[usize::from(*vote)].to_owned()
}

fn entrypoint(value: &Value) -> String {
    match value {
        Value::Bytes(name) if name.is_empty() => "default".to_owned(),
        Value::Bytes(name) => String::from_utf8(name.clone()).unwrap(),
        Value::Case(_, parts) => match parts.as_slice() {
            [] => "default".to_owned(),
            [Value::Case(0xff, name), ..] => entrypoint(&name[0]),
            [Value::Case(tag, _), ..] => ENTRYPOINTS[usize::from(*tag)].to_owned(),
            _ => panic!("{value:?}"),
        },
        Value::Digits(_) | Value::Repeat(_) => panic!("{value:?}"),
    }
}
