//! What the command line does not know of itself: examples, files, signals, the environment.

mod table;

use table::SECTIONS;

const EXAMPLES: &str = "EXAMPLES";

/// A section of a page: terms, and what is to be said of each.
#[derive(Debug)]
pub(super) struct Section {
    /// The page, as in `tezio-signer-run`.
    page: &'static str,
    pub(super) heading: &'static str,
    /// Under `EXAMPLES` the term is a command, as it is typed.
    pub(super) entries: &'static [(&'static str, &'static str)],
}

/// The sections of a page, in order.
pub(super) fn sections(page: &str) -> impl Iterator<Item = &'static Section> {
    SECTIONS.iter().filter(move |section| section.page == page)
}

#[cfg(test)]
mod tests {
    //! Pages and examples against the command line.

    use clap::Parser as _;

    use super::super::{commands, page, shown};
    use super::*;
    use crate::cli::Arguments;

    /// The names of all pages, and of those for commands that do something.
    fn names() -> (Vec<String>, Vec<String>) {
        let mut root = shown().disable_help_subcommand(true);
        root.build();
        let all = commands(root);
        let leaves = all.iter().filter(|command| !command.has_subcommands());
        let leaves = leaves.map(page::name).collect();
        (all.iter().map(page::name).collect(), leaves)
    }

    #[test]
    fn every_command_has_an_example() {
        for name in names().1 {
            assert!(
                sections(&name).any(|section| section.heading == EXAMPLES),
                "no example of {name}: write one in app/src/command/generate/words.rs"
            );
        }
    }

    #[test]
    fn every_section_has_its_page() {
        let (all, _) = names();
        for section in SECTIONS {
            assert!(all.iter().any(|name| name == section.page), "{section:?}");
        }
    }

    #[test]
    fn examples_are_commands_that_there_are() {
        let examples = SECTIONS
            .iter()
            .filter(|section| section.heading == EXAMPLES);
        for (line, _) in examples.flat_map(|section| section.entries) {
            let parsed = Arguments::try_parse_from(line.split_whitespace());
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }
}
