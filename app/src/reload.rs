//! The configuration read again: checked first, then put in force as a whole or not at all.
//!
//! What a running daemon stands on cannot change: where it listens, its HSMs and keys, its state, its
//! times and bounds. A file that changes any of that is left alone, and the log names what.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use smol::Timer;
use smol::lock::Mutex;
use tezio_core::policy::Policy;

use crate::audit;
use crate::certificates::Certificates;
use crate::config::Config;
use crate::control::Reloaded;
use crate::driver::Driver;
use crate::shadow::Shadow;
use crate::status::Warning;

/// What was read at the start, to be compared with what is read later.
#[derive(Debug)]
pub(crate) struct Reload {
    /// `None` when there is no file.
    file: Option<PathBuf>,
    /// Fields that cannot change, as they print.
    fixed: Vec<(&'static str, String)>,
    certificates: Certificates,
    /// When whoever asked last had his turn.
    last: Mutex<Option<Instant>>,
}

/// From one turn to the next: whoever asks without end fills no log with it.
const TURN: Duration = Duration::from_secs(1);

impl Reload {
    pub(crate) fn new(config: &Config, certificates: Certificates) -> Self {
        Self {
            file: config.file.clone(),
            fixed: fixed(config),
            certificates,
            last: Mutex::new(None),
        }
    }

    /// As [`Reload::again`], at most once in a second; others wait for their turn.
    pub(crate) async fn in_turn(&self, driver: &Driver) -> Reloaded {
        let mut last = self.last.lock().await;
        if let Some(last) = *last {
            Timer::at(last + TURN).await;
        }
        *last = Some(Instant::now());
        self.again(driver)
    }

    /// Reads certificates and the file again. What comes of it is in the log as well.
    pub(crate) fn again(&self, driver: &Driver) -> Reloaded {
        let mut news = Reloaded::default();
        for read in self.certificates.read_again() {
            match read {
                Ok(done) => news.done.push(done),
                Err(fault) => news.faults.push(fault),
            }
        }
        if let Some(file) = &self.file {
            match self.put_in_force(file, driver) {
                Ok(changed) => news.done.push(told(&changed)),
                Err(error) => {
                    let why = format!("{error:#}");
                    news.faults.push(format!(
                        "configuration not reloaded, what was in force stays: {why}"
                    ));
                    driver.note(audit::Event::NotReloaded { why });
                }
            }
        }
        for done in &news.done {
            tracing::info!("{done}");
        }
        for fault in &news.faults {
            tracing::error!("{fault}");
        }
        driver.reloaded(news.faults.is_empty());
        news
    }

    fn put_in_force(&self, file: &Path, driver: &Driver) -> Result<Vec<String>> {
        let config = Config::load(file)?;
        let news = fixed(&config);
        let differing = self.fixed.iter().zip(&news);
        let differing = differing
            .filter(|(old, new)| old != new)
            .map(|(_, new)| new.0);
        let differing = differing.collect::<Vec<_>>().join(", ");
        ensure!(
            differing.is_empty(),
            "it takes a restart to change {differing}"
        );
        let shadow = Shadow::of(&config)?;
        let changed = changed(&driver.policy(), &config.policy);
        let set = driver.set_policy(config.policy.clone());
        set.context("it takes a restart")?;
        config.warn_of_open_doors();
        driver.set_shadow(shadow);
        driver.set_open_doors(open_doors(&config));
        driver.note(audit::Event::Reloaded {
            changed: changed.clone(),
            config_digest: config.digest.map(|digest| digest.to_string()),
        });
        Ok(changed)
    }
}

fn told(changed: &[String]) -> String {
    if changed.is_empty() {
        return "configuration read again: the policy is the same".to_owned();
    }
    let changed = changed.join(", ");
    format!("configuration read again: the new policy is in force; changed: {changed}")
}

/// What a configuration leaves open, as warnings.
pub(crate) fn open_doors(config: &Config) -> Vec<Warning> {
    let doors = config.open_doors().into_iter();
    doors
        .map(|door| Warning::new(door.what, door.mend))
        .collect()
}

/// What the parts of a running daemon were built from.
fn fixed(config: &Config) -> Vec<(&'static str, String)> {
    let keys = config.policy.keys.iter();
    let keys = keys.map(|key| (key.hash, &key.homes)).collect::<Vec<_>>();
    vec![
        ("which keys there are", format!("{keys:?}")),
        ("listen", format!("{:?}", config.listen)),
        ("monitor", format!("{:?}", config.monitor)),
        ("monitor_names", format!("{:?}", config.monitor_names)),
        ("control", format!("{:?}", config.control)),
        ("http_prefix", config.http_prefix.clone()),
        ("hsms", format!("{:?}", config.hsms)),
        ("state", format!("{:?}", config.state)),
        ("high_water_marks", format!("{:?}", config.starting_marks)),
        ("level_jumps", format!("{:?}", config.jumps)),
        ("timeouts", format!("{:?}", config.times)),
        ("rounds", format!("{:?}", config.rounds)),
        ("limits", format!("{:?}", config.limits)),
        ("audit", format!("{:?}", config.audit)),
        ("lasting_marks", config.policy.lasting_marks.to_string()),
    ]
}

/// The parts of the policy that differ, by the names of their fields.
fn changed(old: &Policy, new: &Policy) -> Vec<String> {
    let mut changed: Vec<String> = parts(old)
        .into_iter()
        .zip(parts(new))
        .filter(|(old, new)| old != new)
        .map(|(_, (name, _))| name.to_owned())
        .collect();
    let keys = old.keys.iter().zip(&new.keys);
    let keys = keys.filter(|(old, new)| old != new);
    changed.extend(keys.map(|(key, _)| format!("key {}", key.hash)));
    changed
}

fn parts(policy: &Policy) -> [(&'static str, String); 9] {
    [
        ("security", format!("{:?}", policy.switches)),
        (
            "allow_list_known_keys",
            policy.known_keys_listed.to_string(),
        ),
        ("allowed_ips", format!("{:?}", policy.allowed_addresses)),
        ("allowed_users", format!("{:?}", policy.allowed_users)),
        ("allowed_groups", format!("{:?}", policy.allowed_groups)),
        ("authorized_keys", format!("{:?}", policy.authorized_keys)),
        ("without_hsm", format!("{:?}", policy.without_hsm)),
        ("operations", format!("{:?}", policy.rules)),
        ("clients", format!("{:?}", policy.client_rules)),
    ]
}
