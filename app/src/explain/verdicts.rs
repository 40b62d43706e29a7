//! What a configuration's policy says of a message: for each key, and each client that the key knows
//! apart from others.

use core::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};
use tezio_core::judge::{Allowed, Asked, Sent, judge};
use tezio_core::policy::{ClientRule, Day, KeyPolicy, Peer, Policy, Who};
use tezio_core::tezos::PublicKeyHash;
use tezio_core::time::Instant;
use tezio_core::verdict::Refusal;
use tezio_core::watermark::{Claim, Ledger, Standing};

use crate::reason::Reason;
use crate::signer::MARKS;

/// What is said of one key and one client.
#[derive(Debug)]
pub(crate) struct Verdict {
    key: PublicKeyHash,
    client: String,
    /// Why not, otherwise.
    policy: Result<(), Why>,
    /// What the marks say, if they are asked.
    marks: Option<Result<&'static str, Why>>,
}

/// Why not, and what to do about it, if that is known.
#[derive(Debug)]
struct Why {
    text: String,
    fix: Option<&'static str>,
}

impl From<Refusal> for Why {
    fn from(refusal: Refusal) -> Self {
        Self {
            text: refusal.to_string(),
            fix: Some(Reason::of(&refusal).fix()),
        }
    }
}

impl Why {
    fn lines(&self) -> String {
        let fix = self.fix.map(|fix| format!("    what to do: {fix}\n"));
        format!("refused: {}\n{}", self.text, fix.unwrap_or_default())
    }
}

/// The verdicts on `data`, of all keys or of one. `marks` are those of the state directory, or why
/// they are not known.
pub(crate) fn verdicts(
    policy: &Policy,
    marks: &Result<Ledger<MARKS>, String>,
    only: Option<PublicKeyHash>,
    data: &[u8],
) -> Vec<Verdict> {
    let keys = policy.keys.iter().enumerate();
    keys.filter(|(_, key)| only.is_none_or(|only| only == key.hash))
        .flat_map(|(at, key)| {
            let clients = clients(policy, at, key).into_iter();
            clients.map(|client| verdict(policy, marks, key, client, data))
        })
        .collect()
}

/// A client as far as it matters.
struct Client {
    name: String,
    peer: Peer,
    by: Option<PublicKeyHash>,
}

/// Those that the key knows apart, and somebody for all others that may ask.
fn clients(policy: &Policy, at: usize, key: &KeyPolicy) -> Vec<Client> {
    let first = policy.authorized_keys.iter().map(|key| key.hash());
    let first = first.into_iter().find(|by| key.is_authorized_by(by));
    let rules = policy.client_rules.iter().filter(|rule| rule.key == at);
    let mut clients: Vec<Client> = rules
        .map(|rule: &ClientRule| Client {
            name: name(policy, &rule.who),
            peer: peer(policy, &rule.who),
            by: rule.who.authorized_key.or(first),
        })
        .collect();
    if clients.is_empty() {
        clients.push(Client {
            name: "every client that may ask".to_owned(),
            peer: peer(policy, &Who::default()),
            by: first,
        });
    }
    clients
}

/// Somebody with these marks.
fn peer(policy: &Policy, who: &Who) -> Peer {
    let anywhere = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let home = policy.allowed_addresses.first();
    let home = home.map_or(anywhere, |range| range.first());
    let address = who.address.map_or(home, |range| range.first());
    match (who.user, who.group, who.certificate) {
        (None, None, None) if policy.allowed_addresses.is_empty() && who.address.is_none() => {
            let uid = policy.allowed_users.first().copied().unwrap_or(0);
            let gid = policy.allowed_groups.first().copied().unwrap_or(0);
            Peer::User { uid, gid }
        }
        (None, None, None) => Peer::Address(address),
        (None, None, client) => Peer::Certified { address, client },
        (user, group, _) => {
            let uid = user.or(policy.allowed_users.first().copied()).unwrap_or(0);
            let gid = group
                .or(policy.allowed_groups.first().copied())
                .unwrap_or(0);
            Peer::User { uid, gid }
        }
    }
}

fn name(policy: &Policy, who: &Who) -> String {
    let certificate = who
        .certificate
        .and_then(|client| policy.client_name(client));
    let marks = [
        who.address.map(|range| format!("address {range}")),
        who.user.map(|uid| format!("user {uid}")),
        who.group.map(|gid| format!("group {gid}")),
        certificate.map(|name| format!("certificate {name}")),
        who.authorized_key.map(|by| format!("authorized key {by}")),
    ];
    marks.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn verdict(
    policy: &Policy,
    marks: &Result<Ledger<MARKS>, String>,
    key: &KeyPolicy,
    client: Client,
    data: &[u8],
) -> Verdict {
    let asked = Asked {
        peer: client.peer,
        key: key.hash,
        data,
        signed: client.by.is_some(),
    };
    let (day, now) = (&Day::default(), Instant::default());
    let judged = judge(policy, &Sent { day, now }, &asked, |_| client.by);
    Verdict {
        key: key.hash,
        client: client.name,
        marks: judged
            .ok()
            .and_then(|allowed| standing(policy, marks, &allowed)),
        policy: judged.map(|_| ()).map_err(Why::from),
    }
}

/// What the marks say of a consensus message.
fn standing(
    policy: &Policy,
    marks: &Result<Ledger<MARKS>, String>,
    allowed: &Allowed<'_>,
) -> Option<Result<&'static str, Why>> {
    let message = &allowed.message;
    let consensus = message.consensus()?;
    if !policy.switches.high_water_mark_check {
        return Some(Ok("not asked: high_water_mark_check is off"));
    }
    let claim = Claim::new(allowed.hash, consensus, message.digest());
    Some(match marks {
        Err(unknown) => Err(Why {
            text: unknown.clone(),
            fix: None,
        }),
        Ok(ledger) => match ledger.check(&claim) {
            Ok(Standing::Free) => Ok("free: it would be signed"),
            Ok(Standing::Busy) => Ok("in use: it would wait"),
            Ok(Standing::Repeat(_)) => Ok("signed before: it would get the stored signature"),
            Err(refusal) => Err(Refusal::Watermark(refusal).into()),
        },
    })
}

impl Verdict {
    /// Lines for people.
    pub(crate) fn lines(&self) -> String {
        let Self { key, client, .. } = self;
        let verdict = match &self.policy {
            Ok(()) => "allowed\n".to_owned(),
            Err(why) => why.lines(),
        };
        let marks = match &self.marks {
            None => String::new(),
            Some(Ok(said)) => format!("    marks: {said}\n"),
            Some(Err(why)) => format!("    marks: {}", why.lines()),
        };
        format!("{key}, {client}\n    policy: {verdict}{marks}")
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let marks = self.marks.as_ref().map(|said| match said {
            Ok(said) => json!({ "allowed": true, "standing": said }),
            Err(why) => json!({ "allowed": false, "standing": why.text, "fix": why.fix }),
        });
        json!({
            "key": self.key.to_string(),
            "client": self.client,
            "allowed": self.policy.is_ok(),
            "refusal": self.policy.as_ref().err().map(|why| &why.text),
            "fix": self.policy.as_ref().err().and_then(|why| why.fix),
            "marks": marks,
        })
    }
}
