//! The configuration that `init` writes, and what it says afterwards.

use core::fmt::Write as _;
use std::path::{Path, PathBuf};

use tezio_core::hsm::KeyAlias;

use super::Held;

/// How the configuration names the HSM.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// By its USB serial number.
    Usb(String),
    /// By a path.
    Port(PathBuf),
    /// Inside the daemon.
    Simulated,
}

impl Place {
    fn ron(&self) -> String {
        match self {
            Self::Usb(serial) => format!("Usb(serial: {serial:?})"),
            Self::Port(path) => format!("Serial(port: {:?})", path.display().to_string()),
            Self::Simulated => "Simulated()".to_owned(),
        }
    }
}

/// Whose configuration it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// Of whoever starts the signer in the file's folder.
    Folder,
    /// Of the service.
    Service,
}

impl Home {
    /// Where the signer is watched: a service is, a first try is not.
    const fn monitor(self) -> &'static str {
        match self {
            Self::Folder => "",
            Self::Service => MONITOR,
        }
    }
}

/// A configuration for these keys: baking for tz3, nothing yet for the others.
pub(super) fn configuration(place: &Place, home: Home, state: &Path, keys: &[Held]) -> String {
    let entries: String = keys.iter().map(entry).collect();
    let marks = match place {
        Place::Usb(_) | Place::Port(_) => NO_MARKS,
        Place::Simulated => TEST_MARKS,
    };
    let hsm = place.ron();
    let state = state.display().to_string();
    let monitor = home.monitor();
    format!(
        "{HEAD}    hsm: {hsm},\n{STATE}    state: {state:?},\n{monitor}{AUTHENTICATION}    keys: [\n\
         {entries}    ],\n{marks})\n"
    )
}

fn entry(key: &Held) -> String {
    let Held { alias, hash } = key;
    let number = alias.number();
    let (why, ops) = match alias {
        KeyAlias::Authentication => {
            return format!(
                "        // Key 0, {hash}, is left out: with it the\n        // board itself \
                 can check requests.\n"
            );
        }
        KeyAlias::Ed25519 => (SLOW, ""),
        KeyAlias::Secp256k1 => (SLOW, ""),
        KeyAlias::P256 => (BAKES, "0x11, 0x12, 0x13"),
    };
    format!(
        "{why}        (\n            hash: \"{hash}\",\n            curve_alias: {number},\n            \
         allowed_ops: [{ops}],\n            auth_req: false,\n        ),\n"
    )
}

const HEAD: &str = "\
// Configuration of tezio-signer, written by \"tezio-signer init\" from the keys that the HSM showed.
// What is left out has its default; config.ron in the source tree explains every field.
(
    // Where Octez connects to: this machine alone.
    listen: [Http(\"127.0.0.1:6732\"), Tcp(\"127.0.0.1:7732\")],
    allowed_ips: [\"127.0.0.1\", \"::1\"],
    allow_list_known_keys: true,

    // The HSM, found under whatever name the system gives it if it is named by its serial number.
";

const STATE: &str = "
    // Where the high watermarks are kept; relative to this file.
";

const MONITOR: &str = "
    // Where the signer can be watched: a page for browsers, /healthz, /readyz, and /metrics for
    // Prometheus.
    monitor: \"127.0.0.1:9632\",

    // Where \"tezio-signer status\" asks it. control_group: 1001 lets the members of a group ask as well.
    control: \"/run/tezio-signer/control\",
";

const AUTHENTICATION: &str = "
    // auth_req: false lets everybody sign who can connect. For more than this machine, set it to true
    // and list the public keys of your Octez clients under authorized_keys: docs/octez.md.
";

const BAKES: &str = "        // Blocks, preattestations and attestations. Not operations (0x03): with them the key could be
        // emptied by whoever may ask, and baking has no need of them.
";

const SLOW: &str = "        // Signs nothing until allowed_ops says what: [0x03] for operations, transfers among them. Its
        // signatures are made in software on the board, which is slow for baking.
";

const NO_MARKS: &str = "
    // Where signing starts on each chain: nothing at or below this level is signed. Set it above
    // everything that these keys have ever signed, for example to the level of the chain's head now,
    // plus a few, with every other signer of these keys stopped for good. Then, once:
    // tezio-signer watermarks init. Or take over the marks of the signer before: watermarks import.
    high_water_marks: [
        // (chain: \"NetXdQprcVkpaWU\", level: 0), // mainnet
    ],
";

const TEST_MARKS: &str = "
    // Where signing starts. These keys are public and have nothing to lose.
    high_water_marks: [
        (chain: \"NetXdQprcVkpaWU\", level: 0), // mainnet
        (chain: \"NetXnHfVqm9iesp\", level: 0), // Ghostnet
    ],
";

/// What was written, and what to do with it.
pub(super) fn next_steps(path: &Path, place: &Place, home: Home, keys: &[Held]) -> String {
    let shown = path.display();
    let mut text = format!("{shown} is written, for\n");
    for Held { alias, hash } in keys {
        let use_for = match alias {
            KeyAlias::Authentication => "left out",
            KeyAlias::Ed25519 | KeyAlias::Secp256k1 => "signs nothing yet",
            KeyAlias::P256 => "blocks, preattestations, attestations",
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {hash}  key {}: {use_for}", alias.number());
    }
    text.push_str("Compare the addresses with those you know.\n\nNext:\n");
    for (number, step) in (1..).zip(steps(&format!("--config {shown}"), place, home)) {
        let _ = writeln!(text, "  {number}. {step}");
    }
    text
}

fn steps(config: &str, place: &Place, home: Home) -> Vec<String> {
    let as_user = match home {
        Home::Folder => "",
        Home::Service => "sudo -u tezio-signer ",
    };
    let mut steps = Vec::new();
    if matches!(place, Place::Usb(_) | Place::Port(_)) {
        steps.push("in it, set high_water_marks above all that these keys have signed".to_owned());
        steps.push(format!("{as_user}tezio-signer watermarks init {config}"));
        steps.push(format!("{as_user}tezio-signer doctor {config}"));
    }
    steps.push(match home {
        Home::Folder => format!("tezio-signer run {config}"),
        Home::Service => "sudo systemctl enable --now tezio-signer".to_owned(),
    });
    steps
}
