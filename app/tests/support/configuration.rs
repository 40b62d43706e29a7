//! A configuration file in the making.

use std::collections::BTreeMap;
use std::path::Path;

use super::keys::{TZ1, TZ2, TZ3};

/// A board that answers at once and signs every kind with every key.
pub(crate) const OPEN_PROFILE: &str =
    "latency: Instant, kinds: (ed25519: [3, 17, 18, 19], secp256k1: [3, 17, 18, 19])";

/// The fields of a configuration, each with its RON text.
#[derive(Clone, Debug)]
pub(crate) struct Configuration(BTreeMap<&'static str, String>);

impl Configuration {
    /// Three keys for everything, without authentication, on a software HSM inside the daemon.
    pub(crate) fn simulated() -> Self {
        Self::on(format!("Simulated({OPEN_PROFILE})"))
    }

    /// The same on a serial port.
    pub(crate) fn serial(port: &Path) -> Self {
        Self::on(format!("Serial(port: \"{}\")", port.display()))
    }

    fn on(hsm: String) -> Self {
        let keys = [TZ1, TZ2, TZ3].map(|key| key.entry(false)).concat();
        Self(BTreeMap::new())
            .with("listen", r#"[Http("127.0.0.1:0")]"#)
            .with("hsm", &hsm)
            .with("state", r#""state""#)
            .with("allowed_ips", r#"["127.0.0.1"]"#)
            .with("keys", &format!("[{keys}]"))
            .with(
                "high_water_marks",
                r#"[(chain: "NetXnHfVqm9iesp", level: 0), (chain: "NetXdQprcVkpaWU", level: 0)]"#,
            )
            .with("timeouts", "(request_ms: 20000, hsm_reply_ms: 5000)")
    }

    /// Sets a field, or replaces it.
    pub(crate) fn with(mut self, field: &'static str, text: &str) -> Self {
        self.0.insert(field, text.to_owned());
        self
    }

    /// Leaves a field out.
    pub(crate) fn without(mut self, field: &str) -> Self {
        self.0.remove(field);
        self
    }

    /// The whole file, one line for each field.
    pub(crate) fn text(&self) -> String {
        let fields = self
            .0
            .iter()
            .map(|(name, text)| format!("{name}: {text},\n"));
        format!("(\n{})\n", fields.collect::<String>())
    }
}
