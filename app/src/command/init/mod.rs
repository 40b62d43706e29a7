//! `init`: a configuration for the board that is plugged in.
//!
//! ```text
//! port -> keys, shown twice -> text of a configuration -> a new file -> what to do next
//! ```
//!
//! The file is sound as it is written, and signs nothing yet: where signing starts is for its owner to
//! say. No file that is there is touched.

mod text;

use std::fs::{OpenOptions, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use smol::LocalExecutor;
use tezio_core::hsm::KeyAlias;
use tezio_core::tezos::PublicKeyHash;
use tezio_soft_hsm_pty::{Profile, SoftHsm};
use tezio_transport_serial::{Candidate, Unfound, Wanted, WantedUsb, candidates};

use super::say;
use crate::cli;
use crate::config::Config;
use crate::conversation::{Conversation, Silence};
use crate::hsm_port::opening::{advice, unfound_advice};
use crate::shown_keys;
use text::{Home, Place};

/// A key that the board showed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    alias: KeyAlias,
    hash: PublicKeyHash,
}

pub(super) fn run(options: &cli::Init) -> Result<()> {
    let shown = options.output.display();
    // Looked at first, since a board takes its time; decided when the file is made.
    if options.output.exists() {
        bail!("{shown} is there already: move it away, or name another file with --output");
    }
    let executor = LocalExecutor::new();
    let (place, keys) = smol::block_on(executor.run(look(&executor, options)))?;
    let home = if options.service {
        Home::Service
    } else {
        Home::Folder
    };
    let text = text::configuration(&place, home, &options.state, &keys);
    let folder = options.output.parent().unwrap_or(Path::new(""));
    Config::parse(&text, folder).context("a fault of this program: what it wrote is not sound")?;
    create(&options.output, home, &text)?;
    say(&text::next_steps(&options.output, &place, home, &keys))
}

/// Where the HSM is, and the keys that it shows.
async fn look(executor: &LocalExecutor<'_>, options: &cli::Init) -> Result<(Place, Vec<Held>)> {
    let (place, path) = if options.simulated {
        let soft = SoftHsm::open(&Profile::default()).context("cannot start a software HSM")?;
        let path = soft.path().to_owned();
        executor.spawn(soft.run()).detach();
        (Place::Simulated, path)
    } else {
        find(options)?
    };
    let keys = read(&path).await?;
    Ok((place, keys))
}

fn find(options: &cli::Init) -> Result<(Place, PathBuf)> {
    let wanted = match &options.port {
        Some(path) => Wanted::Path(path.clone()),
        None => Wanted::Usb(WantedUsb {
            serial: options.usb.clone(),
            product: None,
        }),
    };
    let path = wanted
        .find(candidates)
        .map_err(|unfound| anyhow!(unfound_text(&unfound)))?;
    let listed = candidates().unwrap_or_default();
    let target = path.canonicalize().unwrap_or_default();
    let port = listed.iter().find(|port| port.path == target);
    let place = match (&options.port, port.and_then(Candidate::serial)) {
        // The path was the owner's choice.
        (Some(path), _) => Place::Port(std::path::absolute(path)?),
        (None, Some(serial)) => Place::Usb(serial.to_owned()),
        (None, None) => Place::Port(path.clone()),
    };
    Ok((place, path))
}

fn unfound_text(unfound: &Unfound) -> String {
    if matches!(unfound, Unfound::Several(_)) {
        format!("{unfound}. Name one of them with --usb SERIAL or --port PATH")
    } else {
        unfound_advice(unfound)
    }
}

async fn read(path: &Path) -> Result<Vec<Held>> {
    let converse = async {
        let mut hsm = Conversation::open(path).await?;
        shown_keys::read(&mut hsm).await
    };
    let shown = converse.await.map_err(|silence| match silence {
        Silence::Port(error) => anyhow!(advice(path, &error)),
        Silence::OutOfStep(_) => anyhow!(
            "{}: {silence}. \"tezio-signer doctor --port {0}\" looks closer",
            path.display()
        ),
    })?;
    let mut keys = Vec::new();
    for shown in shown {
        match shown.key {
            Ok(sound) => keys.push(Held {
                alias: shown.alias,
                hash: sound.public.hash(),
            }),
            Err(fault) => {
                tracing::warn!("key {} is left out: {fault}", shown.alias.number());
            }
        }
    }
    let signs = |held: &Held| held.alias != KeyAlias::Authentication;
    if !keys.iter().any(signs) {
        bail!("the board shows no key to sign with: is its secure element provisioned?");
    }
    Ok(keys)
}

/// Makes the file if there is none: for its owner alone, or for the service's group too, which is the
/// group of the folder that the package makes.
fn create(path: &Path, home: Home, text: &str) -> Result<()> {
    let shown = path.display();
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| {
            if home == Home::Service {
                file.set_permissions(Permissions::from_mode(0o640))?;
            }
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{shown} is there already: move it away, or name another file with --output")
        }
        made => made.with_context(|| format!("cannot write {shown}")),
    }
}
