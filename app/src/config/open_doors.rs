//! What a configuration leaves open, said at every start and shown in every status.

use tezio_core::policy::KeyPolicy;

use super::{Config, Listen};

/// Something that is left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenDoor {
    /// What is open.
    pub(crate) what: String,
    /// What shuts it.
    pub(crate) mend: &'static str,
}

impl Config {
    /// Says which other checks the configuration leaves out.
    pub(crate) fn warn_of_open_doors(&self) {
        for door in self.open_doors() {
            tracing::warn!("{}", door.what);
        }
    }

    /// Everything that is left open.
    pub(crate) fn open_doors(&self) -> Vec<OpenDoor> {
        let mut doors = self.switches_that_are_off();
        let mut open = |is_so: bool, what: &str, mend| {
            doors.extend(is_so.then(|| OpenDoor::new(what, mend)));
        };
        open(
            self.listen.iter().any(Listen::is_open) && !self.policy.any_needs_authentication(),
            "listening beyond this host, and no key asks for signed requests",
            "authorized_keys and auth_req: true, so that only your baker's requests are signed",
        );
        open(
            self.monitor.is_some_and(|place| !place.ip().is_loopback()),
            "the monitor is open beyond this host: it asks nobody who they are",
            "monitor: \"127.0.0.1:9632\", or a firewall in front of it",
        );
        let blind = |key: &&KeyPolicy| key.operations.unreadable_allowed;
        doors.extend(self.policy.keys.iter().filter(blind).map(|key| {
            let key = key.hash;
            let what = format!(
                "allow_unreadable_operations for {key}: no limit holds for what cannot be read"
            );
            OpenDoor::new(what, "take allow_unreadable_operations out")
        }));
        doors
    }

    fn switches_that_are_off(&self) -> Vec<OpenDoor> {
        const MEND: &str = "set it to true under security";
        let switches = &self.policy.switches;
        let off = [
            (
                switches.high_water_mark_check,
                "HIGH WATERMARKS ARE OFF: double signing is possible",
            ),
            (
                switches.remote_ip_check,
                "remote_ip_check is off: requests are taken from any address and user",
            ),
            (
                switches.signing_policy_check,
                "signing_policy_check is off: every key may sign every kind of operation",
            ),
            (
                switches.auth_check,
                "auth_check is off: no key needs signed requests",
            ),
            (
                self.jumps.is_some(),
                "level_jump_check is off: one request can carry a mark to the last level",
            ),
        ];
        off.into_iter()
            .filter(|(on, _)| !on)
            .map(|(_, what)| OpenDoor::new(what, MEND))
            .collect()
    }
}

impl OpenDoor {
    fn new(what: impl Into<String>, mend: &'static str) -> Self {
        Self {
            what: what.into(),
            mend,
        }
    }
}
