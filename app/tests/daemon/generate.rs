//! `generate`: man pages and completions, as a package takes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{PROGRAM, Process};

/// Every file below `folder`, by its path from there.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            }
        }
    }
    found
}

fn generated() -> BTreeMap<PathBuf, String> {
    let folder = tempfile::tempdir().unwrap();
    let share = folder.path().join("share");
    let mut command = Command::new(PROGRAM);
    let ended = Process::start(command.arg("generate").arg(&share)).wait();
    assert!(ended.status.success(), "{ended:?}");
    files(&share)
}

#[test]
fn every_command_has_a_page_and_the_bytes_are_always_the_same() {
    let files = generated();
    assert_eq!(files, generated());
    for words in ["", "-run", "-hsm-list", "-watermarks-lower", "-handover"] {
        let name = format!("man/man1/tezio-signer{words}.1");
        let page = &files[Path::new(&name)];
        for heading in [".SH NAME", ".SH OPTIONS", ".SH EXAMPLES"] {
            assert!(page.contains(heading), "{name}: {page}");
        }
    }
    let hidden = files
        .keys()
        .find(|path| path.ends_with("tezio-signer-generate.1"));
    assert_eq!(hidden, None);
}

/// Asks bash itself what it would offer behind `tezio-signer watermarks `.
#[test]
fn bash_completes_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("completion");
    let name = Path::new("bash-completion/completions/tezio-signer");
    std::fs::write(&script, &generated()[name]).unwrap();
    let ask = "source \"$0\"; [[ $(complete -p tezio-signer) =~ -F\\ ([^ ]+) ]]; \
               COMP_WORDS=(tezio-signer watermarks '') COMP_CWORD=2; \
               \"${BASH_REMATCH[1]}\" tezio-signer '' watermarks; echo \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    let bash = bash.args(["--norc", "--noprofile", "-c", ask]).arg(&script);
    let ended = Process::start(bash).wait();
    let offered: Vec<_> = ended.out.split_whitespace().collect();
    for command in ["init", "import", "list", "verify", "mend"] {
        assert!(offered.contains(&command), "{command}: {ended:?}");
    }
}
