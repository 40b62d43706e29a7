//! The status page: what browsers ask for by path, and whether they may.
//!
//! ```text
//! /               the page; its parts are /page.css, /page.js and /icon.svg
//! /status.json    what the page's script shows, each second
//! ```
//!
//! All of it is in the binary, and the page takes nothing from anywhere else.
//!
//! A page from elsewhere must not read this one through a name of its own that leads here (DNS
//! rebinding), so a browser gets it by address, as `localhost`, or by a name in `monitor_names`.
//! Prometheus and load balancers, which come by any name, have the other paths.

use core::cell::RefCell;
use core::net::{IpAddr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::rc::Rc;
use std::time::Instant;

use anyhow::Result;
use tezio_transport_http::{Answer, StatusCode};

use crate::driver::Driver;

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";
const JSON: &str = "application/json";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Nothing but what is ours is loaded, run or sent to, nobody frames it, and nothing of it is kept.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// A status is good for so long: however many ask, making it takes little of the signer's time.
const FRESH: Duration = Duration::from_millis(100);

/// The page's side of the monitor.
#[derive(Debug)]
pub(super) struct Page {
    driver: Rc<Driver>,
    /// By which it may be asked for, besides addresses.
    names: Vec<String>,
    last: RefCell<Option<(Instant, Vec<u8>)>>,
}

impl Page {
    pub(super) fn new(driver: Rc<Driver>, names: Vec<String>) -> Self {
        Self {
            driver,
            names,
            last: RefCell::new(None),
        }
    }

    /// The answer for `path`, asked for under the name `host`, if the path is one of the page's.
    pub(super) fn answer(&self, host: Option<&str>, path: &str) -> Option<Answer> {
        let part = |kind, text: &str| Answer::new(StatusCode::OK, kind, text);
        let known = host.is_none_or(|host| is_ours(host, &self.names));
        let answer = match path {
            "/" | "/page.css" | "/page.js" | "/icon.svg" | "/status.json" if !known => {
                Answer::new(StatusCode::MISDIRECTED_REQUEST, PLAIN, MISDIRECTED)
            }
            "/" => part(HTML, include_str!("page/index.html")),
            "/page.css" => part(STYLE, include_str!("page/page.css")),
            "/page.js" => part(SCRIPT, include_str!("page/page.js")),
            "/icon.svg" => part(PICTURE, include_str!("page/icon.svg")),
            "/status.json" => self.status(),
            _ => return None,
        };
        Some(Answer {
            more: HEADERS,
            ..answer
        })
    }

    fn status(&self) -> Answer {
        match self.json() {
            Ok(json) => Answer::new(StatusCode::OK, JSON, json),
            Err(error) => {
                tracing::error!(%error, "no status");
                Answer::empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    fn json(&self) -> Result<Vec<u8>> {
        let mut last = self.last.borrow_mut();
        if let Some((made, json)) = last.as_ref()
            && made.elapsed() < FRESH
        {
            return Ok(json.clone());
        }
        let json = serde_json::to_vec(&self.driver.status())?;
        *last = Some((Instant::now(), json.clone()));
        Ok(json)
    }
}

const MISDIRECTED: &str = "this is the monitor of a signer, and it does not know the name by which you came: ask by address, as \
     in http://127.0.0.1:9632/, or add the name to monitor_names in the configuration\n";

/// Whether a `Host` field, with or without a port, is an address, this host, or a name of ours.
fn is_ours(host: &str, names: &[String]) -> bool {
    if host.parse::<SocketAddr>().is_ok() || host.parse::<IpAddr>().is_ok() {
        return true;
    }
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    if bracketed.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok()) {
        return true;
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = name.trim_end_matches('.');
    let mut ours = names.iter().map(String::as_str).chain(["localhost"]);
    ours.any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_of_ours_are_known_and_no_others() {
        let names = ["signer.lan".to_owned()];
        for host in [
            "127.0.0.1",
            "127.0.0.1:9632",
            "10.1.2.3:80",
            "[::1]",
            "[::1]:9632",
            "localhost",
            "LocalHost:9632",
            "Signer.LAN:9632",
            "signer.lan.",
        ] {
            assert!(is_ours(host, &names), "{host}");
        }
        for host in [
            "",
            "rebound.example:9632",
            "127.0.0.1.rebound.example",
            "localhost.rebound.example",
            "xsigner.lan",
            "[rebound.example]",
            "127.0.0.1@rebound.example",
        ] {
            assert!(!is_ours(host, &names), "{host}");
        }
    }
}
