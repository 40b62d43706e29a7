//! Commands that documents show are commands that the program has, with the options that it has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{PROGRAM, Process};

/// What stands behind the program's name without being a command: the formats of files.
const NO_COMMANDS: [&str; 1] = ["marks"];

/// Commands that have commands of their own.
const FAMILIES: [&str; 4] = ["audit", "hsm", "watermarks", "handover"];

/// A command as a document shows it.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    words: Vec<String>,
    options: Vec<String>,
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let inside = |folder: PathBuf| std::fs::read_dir(folder).unwrap();
    let entries = inside(root.join("docs")).chain(inside(root.to_owned()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.push(root.join("config.ron"));
    paths.sort();
    paths
}

/// The pieces of a text in which commands can stand: lines of code, and what is in backticks or
/// quotation marks.
fn code(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let mut pieces = Vec::new();
    let mut fenced = false;
    for line in joined.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") || line.trim_start().starts_with("//     ") {
            pieces.push(line.to_owned());
        } else {
            let marked = line.split(['`', '"']).skip(1).step_by(2);
            pieces.extend(marked.map(str::to_owned));
        }
    }
    pieces
}

/// The commands of this program in a piece of code.
fn commands(piece: &str) -> Vec<Shown> {
    let (piece, _comment) = piece.split_once(" # ").unwrap_or((piece, ""));
    let lone: Vec<&str> = piece.split("tezio-signer ").collect();
    let mut found = Vec::new();
    for (before, behind) in lone.iter().zip(&lone[1..]) {
        // A part of another name, or a text in quotation marks.
        if before.ends_with(|last: char| last.is_alphanumeric() || "-_\"".contains(last)) {
            continue;
        }
        let end = behind.find([';', '|', '#', '>', '(', '`', '"', '…']);
        let all = behind[..end.unwrap_or(behind.len())].split_whitespace();
        let all: Vec<&str> = all.collect();
        let is_word = |word: &&str| word.starts_with(|first: char| first.is_ascii_lowercase());
        let Some(first) = all.first().copied().filter(|word| is_word(word)) else {
            continue;
        };
        if NO_COMMANDS.contains(&first) || !shows_a_command(before) {
            continue;
        }
        let depth = if FAMILIES.contains(&first) { 2 } else { 1 };
        let words = all.iter().take(depth).copied().filter(|word| is_word(word));
        let options = all.iter().filter(|word| word.starts_with("--"));
        found.push(Shown {
            words: words.map(bare).collect(),
            options: options.map(|option| bare(option)).collect(),
        });
    }
    found
}

/// Whether the program is called there, and not named as a user, a group, a package or a unit.
fn shows_a_command(before: &str) -> bool {
    let last = before.split_whitespace().last().unwrap_or_default();
    let named = [
        "-u", "-g", "-o", "-p", "adduser", "dialout", "start", "stop", "restart", "another",
    ];
    !named.contains(&last)
}

fn bare(word: &str) -> String {
    let word = word.trim_end_matches(['.', ',', ':', ')']);
    word.split('=').next().unwrap().to_owned()
}

/// What the help of a command says; nothing when there is no such command.
fn help(words: &[String]) -> Option<String> {
    let mut command = Command::new(PROGRAM);
    let ended = Process::start(command.args(words).arg("--help")).wait();
    let usage = format!("tezio-signer {}", words.join(" "));
    (ended.status.success() && ended.out.contains(&usage)).then_some(ended.out)
}

#[test]
fn every_command_in_a_document_is_one_of_the_program() {
    let mut helps: BTreeMap<Vec<String>, Option<String>> = BTreeMap::new();
    let mut faults = BTreeSet::new();
    let mut count = 0;
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        for shown in code(&text).iter().flat_map(|piece| commands(piece)) {
            count += 1;
            let name = path.file_name().unwrap().display().to_string();
            let entry = helps.entry(shown.words.clone());
            match entry.or_insert_with(|| help(&shown.words)) {
                None => drop(faults.insert(format!("{name}: no command {:?}", shown.words))),
                Some(help) => {
                    let missing = shown.options.iter().filter(|one| !help.contains(*one));
                    let missing =
                        missing.map(|one| format!("{name}: {:?} has no {one}", shown.words));
                    faults.extend(missing);
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(count > 50, "commands are found: {count}");
}

#[test]
fn a_command_is_found_wherever_it_stands() {
    let found = |text: &str| -> Vec<String> {
        let all = code(text);
        let all = all.iter().flat_map(|piece| commands(piece));
        all.map(|one| [one.words, one.options].concat().join(" "))
            .collect()
    };
    let text = "Run `tezio-signer wach --loud`, or\n```sh\n$ sudo -u tezio-signer tezio-signer watermarks \
                list \\\n    --quiet=yes | cat\n```\n`systemctl restart tezio-signer now`, \
                `tezio-signer marks 1`, `x-tezio-signer run`";
    assert_eq!(found(text), ["wach --loud", "watermarks list --quiet"]);
}
