//! `simulate`: a Tezio HSM in software on a pseudo-terminal, as a process of its own.

use anyhow::{Context as _, Result, anyhow};
use smol::future::FutureExt as _;
use tezio_soft_hsm_pty::{Latency, Profile, SoftHsm, profile_from_ron};

use super::say;
use crate::cli;
use crate::signals::Signals;

pub(super) fn run(options: &cli::Simulate) -> Result<()> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let profile = profile(options)?;
    smol::block_on(async {
        let hsm = SoftHsm::open(&profile).context("cannot open a pseudo-terminal")?;
        let link = options
            .link
            .as_ref()
            .map(|path| {
                hsm.link(path)
                    .with_context(|| format!("cannot make the link {}", path.display()))
            })
            .transpose()?;
        say(&format!("{}\n", hsm.path().display()))?;
        let run = async { hsm.run().await.context("the pseudo-terminal failed") };
        let end = async {
            signals.end().await;
            Ok(())
        };
        let ended = run.or(end).await;
        drop(link);
        ended
    })
}

fn profile(options: &cli::Simulate) -> Result<Profile> {
    let mut profile = match &options.profile {
        None => Profile::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the profile {}", path.display()))?;
            profile_from_ron(&text).map_err(|fault| anyhow!("in {}: {fault}", path.display()))?
        }
    };
    if options.instant {
        profile.latency = Latency::Instant;
    }
    Ok(profile)
}
