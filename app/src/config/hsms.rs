//! The HSMs that a configuration file names: where each one is, and what it is called.

use anyhow::{Result, ensure};
use tezio_core::limits::HSMS;
use tezio_soft_hsm_pty::Profile;
use tezio_transport_serial::{Wanted, WantedUsb};

use super::file;

/// What the only HSM is called.
const ONE: &str = "hsm";

/// An HSM and what it is called in the log.
#[derive(Debug)]
pub(crate) struct NamedHsm {
    pub(crate) name: String,
    pub(crate) hsm: Hsm,
}

/// Where an HSM is.
#[derive(Debug)]
pub(crate) enum Hsm {
    /// A board on a serial port.
    Board(Wanted),
    /// A software HSM inside the daemon, with public test keys.
    Simulated(Box<Profile>),
}

impl core::fmt::Display for Hsm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Board(wanted) => wanted.fmt(f),
            Self::Simulated(_) => f.write_str("simulated, with public keys"),
        }
    }
}

impl From<&file::Hsm> for Hsm {
    fn from(hsm: &file::Hsm) -> Self {
        match hsm {
            file::Hsm::Serial { port } => Self::Board(Wanted::Path(port.clone())),
            file::Hsm::Usb { serial, product } => Self::Board(Wanted::Usb(WantedUsb {
                serial: serial.clone(),
                product: product.clone(),
            })),
            file::Hsm::Simulated(profile) => Self::Simulated(profile.clone()),
        }
    }
}

impl file::Config {
    /// The HSMs, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// When there are none or too many, or what they are does not go together.
    pub(super) fn named_hsms(&self) -> Result<Vec<NamedHsm>> {
        ensure!(
            self.hsm.is_some() == self.hsms.is_empty(),
            "name the HSM under hsm, or several under hsms, and not both"
        );
        ensure!(self.hsms.len() <= HSMS, "more than {HSMS} hsms");
        let one = self.hsm.iter().map(|hsm| (ONE, hsm));
        let several = self.hsms.iter().map(|(name, hsm)| (name.as_str(), hsm));
        let hsms: Vec<_> = one
            .chain(several)
            .map(|(name, hsm)| NamedHsm {
                name: name.to_owned(),
                hsm: hsm.into(),
            })
            .collect();
        check_kinds(&hsms)?;
        check_places(&hsms)?;
        Ok(hsms)
    }
}

fn check_kinds(hsms: &[NamedHsm]) -> Result<()> {
    let simulated = |named: &&NamedHsm| matches!(named.hsm, Hsm::Simulated(_));
    let count = hsms.iter().filter(simulated).count();
    ensure!(
        count == 0 || count == hsms.len(),
        "hsms mixes boards and simulated HSMs, whose keys are public: their marks are kept apart"
    );
    Ok(())
}

/// Two names for one port would wait for each other for ever.
fn check_places(hsms: &[NamedHsm]) -> Result<()> {
    let mut known: Vec<(&str, &Wanted)> = Vec::new();
    for NamedHsm { name, hsm } in hsms {
        let Hsm::Board(wanted) = hsm else {
            continue;
        };
        if let Wanted::Usb(usb) = wanted {
            ensure!(
                usb.serial.is_some() || hsms.len() == 1,
                "hsms: {name} may be any board: with several HSMs, give each one on Usb its serial"
            );
        }
        if let Some((other, _)) = known.iter().find(|(_, other)| *other == wanted) {
            anyhow::bail!("hsms: {other} and {name} are the same: {wanted}");
        }
        known.push((name, wanted));
    }
    Ok(())
}
