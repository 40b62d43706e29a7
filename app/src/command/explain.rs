//! `explain`: what is this message, and what would the policy say of it? Or: what became of this request?

use std::time::SystemTime;

use anyhow::{Result, anyhow, bail, ensure};
use serde_json::json;
use tezio_core::tezos::PublicKeyHash;
use tezio_core::time::UnixSeconds;
use tezio_core::watermark::Ledger;

use super::{audit, say};
use crate::audit::Entries;
use crate::cli;
use crate::config::Config;
use crate::explain::{Verdict, look_up, message_from, tell, verdicts};
use crate::journal;
use crate::request_name::RequestName;
use crate::signer::MARKS;

pub(super) fn run(options: &cli::Explain) -> Result<()> {
    if let Ok(id) = options.message.parse() {
        return request(options, id);
    }
    let data = message_from(&options.message)?;
    let config = Config::load(&options.path.config)?;
    let only = options.key.as_deref().map(PublicKeyHash::from_base58);
    let only = only
        .transpose()
        .map_err(|fault| anyhow!("--key: {fault}"))?;
    if let Some(key) = only {
        ensure!(
            config.policy.position(&key).is_some(),
            "{key} is not among keys in {}",
            options.path.config.display()
        );
    }
    let told = tell(&data);
    let verdicts = verdicts(&config.policy, &marks(&config), only, &data);
    if options.json {
        let verdicts = verdicts.iter().map(Verdict::json).collect::<Vec<_>>();
        return say(&format!(
            "{}\n",
            json!({ "message": told.json(), "verdicts": verdicts })
        ));
    }
    let verdicts = verdicts.iter().map(Verdict::lines).collect::<String>();
    say(&format!("{}\n{verdicts}", told.lines()))
}

/// Tells what became of a request.
fn request(options: &cli::Explain, id: RequestName) -> Result<()> {
    let config = Config::load(&options.path.config)?;
    let entries = Entries::of(audit::folder(&config)?);
    match look_up(&entries, id)? {
        Ok(story) if options.json => say(&format!("{}\n", story.json())),
        Ok(story) => say(&story.lines()),
        Err(trace) => bail!("{}", trace.excuse(id)),
    }
}

/// The marks as the daemon would find them now.
fn marks(config: &Config) -> Result<Ledger<MARKS>, String> {
    let path = config.marks().journal_in(&config.state);
    let recovered = journal::read(&path).map_err(|error| format!("{error:#}"))?;
    let recovered = recovered.map_err(|fault| fault.to_string())?;
    let mut ledger = Ledger::new(recovered.marks, recovered.next_sequence);
    if let Some(guard) = config.jumps {
        ledger = ledger.guarding_jumps(guard);
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    ledger.set_clock(UnixSeconds(since.map_or(0, |since| since.as_secs())));
    Ok(ledger)
}
