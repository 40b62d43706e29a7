//! One man page: what the command line knows of a command, and what it does not.
//!
//! ```text
//! command -> NAME, SYNOPSIS, DESCRIPTION, OPTIONS, SUBCOMMANDS
//!         -> its closing words, as they stand -> sections of `words` -> SEE ALSO
//! ```

use anyhow::Result;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::PROGRAM;
use super::words::{self, Section};

/// The page of a built command: the name of its file, and its text.
pub(super) fn of(command: Command) -> Result<(String, Vec<u8>)> {
    let name = name(&command);
    let page = Man::new(command.clone())
        .source(format!("{PROGRAM} {}", env!("CARGO_PKG_VERSION")))
        .manual("Tezos remote signer");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    if command.get_arguments().next().is_some() {
        page.render_options_section(&mut text)?;
    }
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    let mut rest = Roff::new();
    closing_words(&mut rest, &command);
    for section in words::sections(&name) {
        put(&mut rest, section);
    }
    see_also(&mut rest, &name);
    rest.to_writer(&mut text)?;
    Ok((page.get_filename(), text))
}

/// As `tezio-signer-watermarks-init`.
pub(super) fn name(command: &Command) -> String {
    let name = command.get_display_name();
    name.unwrap_or_else(|| command.get_name()).to_owned()
}

/// Lists with columns of their own: not to be filled.
fn closing_words(roff: &mut Roff, command: &Command) {
    let Some(text) = command.get_after_help() else {
        return;
    };
    roff.control("SH", ["OVERVIEW"]).control("nf", []);
    for line in text.to_string().lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

fn put(roff: &mut Roff, section: &Section) {
    roff.control("SH", [section.heading]);
    for (term, text) in section.entries {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*text)]);
    }
}

fn see_also(roff: &mut Roff, name: &str) {
    let parent = name.rsplit_once('-').map(|(parent, _)| parent);
    let parent = parent.filter(|parent| parent.starts_with(PROGRAM));
    let page = parent.unwrap_or("tezio-signer-run");
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold(page), roman("(1)")]);
    roff.control("PP", []);
    roff.text([roman(
        "/usr/share/doc/tezio-signer has the operators' documents, and examples/config.ron \
         explains every field of the configuration.",
    )]);
}
