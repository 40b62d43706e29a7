//! What a configuration leaves open, said at every start.

use super::{Config, Listen};

impl Config {
    /// Says which other checks the configuration leaves out.
    pub(crate) fn warn_of_open_doors(&self) {
        let switches = &self.policy.switches;
        if !switches.remote_ip_check {
            tracing::warn!("remote_ip_check is off: requests are taken from any address and user");
        }
        if !switches.signing_policy_check {
            tracing::warn!(
                "signing_policy_check is off: every key may sign every kind of operation"
            );
        }
        if !switches.auth_check {
            tracing::warn!("auth_check is off: no key needs signed requests");
        }
        if self.jumps.is_none() {
            tracing::warn!(
                "level_jump_check is off: one request can carry a mark to the last level"
            );
        }
        let open = self.listen.iter().any(Listen::is_open);
        if open && !self.policy.any_needs_authentication() {
            tracing::warn!("listening beyond this host, and no key asks for signed requests");
        }
        for key in &self.policy.keys {
            if key.operations.unreadable_allowed {
                let key = key.hash;
                tracing::warn!(%key, "allow_unreadable_operations: no limit holds for what cannot be read");
            }
        }
    }
}
