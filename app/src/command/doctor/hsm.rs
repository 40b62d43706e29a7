//! One HSM: found, opened, asked for its keys.

use std::path::{Path, PathBuf};

use smol::LocalExecutor;
use tezio_core::hsm::KeyAlias;
use tezio_core::policy::HsmId;
use tezio_core::tezos::PublicKeyHash;
use tezio_soft_hsm_pty::{Profile, SoftHsm};
use tezio_transport_serial::{Wanted, candidates};

use super::report::Section;
use super::{firmware, latency};
use crate::config::{Config, Hsm, NamedHsm};
use crate::conversation::{Conversation, Silence};
use crate::hsm_port::opening::{advice, unfound_advice};
use crate::port_state::PortState;
use crate::shown_keys::{self, ShownKey};

/// What an HSM must hold.
#[derive(Debug, Default)]
pub(super) struct Expected(Vec<(KeyAlias, PublicKeyHash)>);

impl Expected {
    /// The keys that a configuration places on its HSM of this number.
    pub(super) fn of(config: &Config, number: u8) -> Self {
        let keys = config.policy.keys.iter();
        let homes = keys.flat_map(|key| key.homes.iter().map(|home| (home, key.hash)));
        let here = homes.filter(|((hsm, _), _)| *hsm == HsmId(number));
        Self(here.map(|((_, alias), hash)| (*alias, hash)).collect())
    }

    fn under(&self, alias: KeyAlias) -> Option<PublicKeyHash> {
        let found = self.0.iter().find(|(at, _)| *at == alias);
        found.map(|(_, hash)| *hash)
    }
}

/// Examines one HSM as far as it lets itself be examined.
pub(super) async fn examine(
    executor: &LocalExecutor<'_>,
    named: &NamedHsm,
    expected: &Expected,
) -> Vec<Section> {
    let mut section = Section::new(format!("HSM {}", named.name));
    let Some(path) = place(executor, &named.hsm, &mut section) else {
        return vec![section];
    };
    let Some(mut hsm) = converse(&path, &mut section).await else {
        return vec![section];
    };
    let examined = async {
        let keys = shown_keys::read(&mut hsm).await?;
        judge_keys(&mut section, &keys, expected);
        let latency = latency::measure(&mut hsm, &keys).await?;
        let firmware = firmware::examine(&mut hsm, &keys).await?;
        Ok::<_, Silence>([latency, firmware])
    };
    match examined.await {
        Ok([latency, firmware]) => vec![section, latency, firmware],
        Err(silence) => {
            section.fail(
                format!("lost while it was examined: {silence}"),
                "plug it in again; if it happens again, try another cable and no hub",
            );
            vec![section]
        }
    }
}

/// Where it is; a simulated one is started.
fn place(executor: &LocalExecutor<'_>, hsm: &Hsm, section: &mut Section) -> Option<PathBuf> {
    match hsm {
        Hsm::Board(wanted) => find(wanted, section),
        Hsm::Simulated(profile) => simulate(executor, profile, section),
    }
}

fn find(wanted: &Wanted, section: &mut Section) -> Option<PathBuf> {
    match wanted.find(candidates) {
        Ok(path) => {
            describe_port(&path, section);
            Some(path)
        }
        Err(unfound) => {
            section.broken(unfound_advice(&unfound));
            None
        }
    }
}

fn simulate(
    executor: &LocalExecutor<'_>,
    profile: &Profile,
    section: &mut Section,
) -> Option<PathBuf> {
    match SoftHsm::open(profile) {
        Ok(soft) => {
            let path = soft.path().to_owned();
            section.note("simulated, as the daemon does it: its keys are public, for tests alone");
            executor.spawn(soft.run()).detach();
            Some(path)
        }
        Err(error) => {
            section.broken(format!("a software HSM cannot be started: {error}"));
            None
        }
    }
}

/// What the system knows of a port.
fn describe_port(path: &Path, section: &mut Section) {
    let shown = path.display();
    let listed = candidates().unwrap_or_default();
    let target = path.canonicalize().unwrap_or_default();
    let driver = driver(&target);
    match listed.iter().find(|port| port.path == target) {
        Some(port) => {
            let driver = driver
                .as_ref()
                .map(|driver| format!(", driven by {driver}"));
            section.ok(format!("{port}{}", driver.unwrap_or_default()));
        }
        None if target.starts_with("/dev/pts") => {
            section.note(format!("{shown} is a pseudo-terminal: a simulated HSM"));
        }
        None => section.note(format!("{shown} is no USB port that is known")),
    }
    if driver.is_some_and(|driver| driver != "cdc_acm") {
        section.note("not driven by cdc_acm, as a board on USB is: its rate must be 57600, 8N1");
    }
}

/// The kernel's driver of a terminal.
fn driver(terminal: &Path) -> Option<String> {
    let name = terminal.file_name()?;
    let link = Path::new("/sys/class/tty").join(name).join("device/driver");
    let driver = std::fs::read_link(link).ok()?;
    Some(driver.file_name()?.to_string_lossy().into_owned())
}

/// Opens the port and gets into step with what is there.
async fn converse(path: &Path, section: &mut Section) -> Option<Conversation> {
    match PortState::of(path, false) {
        state @ PortState::Held(_) => {
            section.fail(
                format!("{}: {state}", path.display()),
                "stop it for as long as the examination takes: systemctl stop tezio-signer",
            );
            return None;
        }
        PortState::Free
        | PortState::HeldByOthers
        | PortState::Denied
        | PortState::Untried
        | PortState::Broken(_) => {}
    }
    match Conversation::open(path).await {
        Ok(hsm) => {
            section.ok("opened at 57600 8N1, in step after silence and a probe");
            Some(hsm)
        }
        Err(silence) => {
            complain(section, path, &silence);
            None
        }
    }
}

fn complain(section: &mut Section, path: &Path, silence: &Silence) {
    match silence {
        Silence::Port(error) => section.broken(advice(path, error)),
        Silence::OutOfStep(0) => section.fail(
            "opened, but nothing answers",
            "press reset once. If it stays silent, no Tezio sketch runs on it: upload it again",
        ),
        Silence::OutOfStep(_) => section.fail(
            format!("opened, but {silence}"),
            "it runs another sketch, or a line that is not USB has another rate than 57600 8N1",
        ),
    }
}

fn judge_keys(section: &mut Section, keys: &[ShownKey], expected: &Expected) {
    for shown in keys {
        let alias = shown.alias.number();
        let wanted = expected.under(shown.alias);
        match (&shown.key, wanted) {
            (Ok(sound), None) => {
                section.ok(format!(
                    "key {alias}: {}{}",
                    sound.public.hash(),
                    role(shown.alias)
                ));
            }
            (Ok(sound), Some(hash)) if sound.public.hash() == hash => {
                section.ok(format!("key {alias}: {hash}, as configured"));
            }
            (Ok(sound), Some(hash)) => section.fail(
                format!(
                    "key {alias}: the device holds {}, the configuration says {hash}",
                    sound.public.hash()
                ),
                "plug in the board with the configured key, or correct hash in the configuration",
            ),
            (Err(fault), Some(hash)) => section.fail(
                format!("key {alias}: {hash} is configured, the device shows {fault}"),
                "provision the key on the board, or take it out of the configuration",
            ),
            (Err(fault), None) => section.note(format!("key {alias}: none ({fault})")),
        }
    }
}

/// What a key that no configuration speaks of is for.
const fn role(alias: KeyAlias) -> &'static str {
    match alias {
        KeyAlias::Authentication => ", with which the device itself can check requests",
        KeyAlias::Ed25519 | KeyAlias::Secp256k1 | KeyAlias::P256 => "",
    }
}
