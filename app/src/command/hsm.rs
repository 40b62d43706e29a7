//! `hsm`: the serial ports of this machine, and which of them are taken for HSMs.

use core::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tezio_transport_serial::{Candidate, Verdict, candidates};

use super::say;
use crate::cli::{Hsm, HsmList};
use crate::config::{self, Config, NamedHsm};
use crate::hsm_port::opening::unfound_advice;
use crate::port_state::PortState;

pub(super) fn run(command: &Hsm) -> Result<()> {
    match command {
        Hsm::List(options) => list(options),
    }
}

fn list(options: &HsmList) -> Result<()> {
    let ports: Vec<_> = candidates()
        .context("serial ports cannot be listed")?
        .into_iter()
        .map(|port| Found::look(port, !options.no_open))
        .collect();
    let config = options.config.as_deref().map(Config::load).transpose()?;
    let named = config.map(|config| places(&config.hsms, &ports));
    if options.json {
        let list = json!({
            "ports": ports.iter().map(Found::json).collect::<Vec<_>>(),
            "hsms": named.map(|named| named.iter().map(Place::json).collect::<Vec<_>>()),
        });
        return say(&format!("{list:#}\n"));
    }
    say(&text(&ports, named.as_deref()))
}

/// A port, and its state where that was looked at.
#[derive(Debug)]
struct Found {
    port: Candidate,
    /// Of a board alone.
    state: Option<PortState>,
}

impl Found {
    fn look(port: Candidate, may_open: bool) -> Self {
        let state = port.is_board().then(|| PortState::of(&port.path, may_open));
        Self { port, state }
    }

    fn json(&self) -> Value {
        let port = &self.port;
        let usb = port.usb.as_ref().map(|usb| {
            json!({
                "vendor": format!("{:04x}", usb.vendor),
                "product_id": format!("{:04x}", usb.product_id),
                "serial": usb.serial,
                "manufacturer": usb.manufacturer,
                "product": usb.product,
            })
        });
        json!({
            "path": port.path,
            "by_id": port.by_id,
            "usb": usb,
            "taken": port.is_board(),
            "verdict": port.verdict.to_string(),
            "state": self.state.as_ref().map(ToString::to_string),
        })
    }

    fn line(&self, width: usize) -> String {
        let port = &self.port;
        let mut line = format!("{:width$}  ", port.path.display());
        let verdict = &port.verdict;
        // Writing to a string does not fail.
        let _ = match (&self.state, verdict) {
            (Some(state), _) => {
                let serial = port.serial().unwrap_or("none");
                write!(line, "{verdict}, serial number {serial}: {state}")
            }
            (None, Verdict::OtherUsb) => write!(line, "not taken: {verdict}{}", told(port)),
            (None, _) => write!(line, "not taken: {verdict}"),
        };
        line.push('\n');
        if let Some(link) = &port.by_id
            && self.state.is_some()
        {
            let _ = writeln!(line, "{:width$}  also {}", "", link.display());
        }
        line
    }
}

/// What a USB device says of itself, in brackets.
fn told(port: &Candidate) -> String {
    port.usb.as_ref().map_or_else(String::new, |usb| {
        let ids = format!("{:04x}:{:04x}", usb.vendor, usb.product_id);
        let names = [&usb.manufacturer, &usb.product].into_iter().flatten();
        let names = names.map(|name| format!(" {name}")).collect::<String>();
        format!(" ({ids}{names})")
    })
}

/// Where an HSM of the configuration is now.
#[derive(Debug)]
struct Place {
    name: String,
    wanted: String,
    /// Its path, or why there is none.
    found: Result<String, String>,
}

impl Place {
    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "wanted": self.wanted,
            "path": self.found.as_ref().ok(),
            "trouble": self.found.as_ref().err(),
        })
    }
}

fn places(hsms: &[NamedHsm], ports: &[Found]) -> Vec<Place> {
    let list = || Ok(ports.iter().map(|found| found.port.clone()).collect());
    let place = |named: &NamedHsm| {
        let (wanted, found) = match &named.hsm {
            config::Hsm::Board(wanted) => {
                let found = wanted
                    .find(list)
                    .map_err(|unfound| unfound_advice(&unfound));
                (wanted.to_string(), found.and_then(|path| there(&path)))
            }
            config::Hsm::Simulated(_) => {
                let inside = "a software HSM inside the daemon, on no port".to_owned();
                ("Simulated".to_owned(), Ok(inside))
            }
        };
        Place {
            name: named.name.clone(),
            wanted,
            found,
        }
    };
    hsms.iter().map(place).collect()
}

/// A path that leads to something, and who holds it.
fn there(path: &Path) -> Result<String, String> {
    let shown = path.display();
    if !path.exists() {
        return Err(format!("{shown} is not there"));
    }
    match PortState::of(path, false) {
        state @ (PortState::Denied | PortState::Broken(_)) => Err(format!("{shown}: {state}")),
        state @ PortState::Held(_) => Ok(format!("{shown}, {state}")),
        PortState::Free | PortState::HeldByOthers | PortState::Untried => Ok(shown.to_string()),
    }
}

fn text(ports: &[Found], named: Option<&[Place]>) -> String {
    let lengths = ports.iter().map(|found| found.port.path.as_os_str().len());
    let width = lengths.max().unwrap_or(0);
    let (taken, others): (Vec<_>, Vec<_>) = ports.iter().partition(|found| found.state.is_some());
    let lines = taken.into_iter().chain(others);
    let mut text: String = lines.map(|found| found.line(width)).collect();
    if !ports.iter().any(|found| found.state.is_some()) {
        text.push_str(NONE);
    }
    for place in named.into_iter().flatten() {
        let found = match &place.found {
            Ok(found) => found.clone(),
            Err(trouble) => format!("not there: {trouble}"),
        };
        let _ = writeln!(text, "{}: {} -> {found}", place.name, place.wanted);
    }
    text
}

const NONE: &str = "\
No board that could be a Tezio HSM. Is one plugged in, with a cable that carries data? In a container or a
virtual machine the board must be passed on to it. Without a board: tezio-signer demo
";
