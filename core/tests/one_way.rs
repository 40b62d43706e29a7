//! The modules of the core know one another in one direction: no circle among them, none among the
//! files inside one of them, and between modules only backwards along the list in `lib.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The order that `lib.rs` documents, with the foundations first.
const ORDER: [&str; 14] = [
    "time",
    "limits",
    "reader",
    "tezos",
    "crypto",
    "hsm",
    "policy",
    "watermark",
    "malformed",
    "verdict",
    "judge",
    "octez",
    "signer",
    "lib",
];

/// Left out of the graphs inside a module: a parent declares its children and they may use it.
const PARENTS: [&str; 1] = ["mod"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file, as the path of its module: `hsm/link`, `time`.
fn files() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|suffix| suffix == "rs") {
                let relative = path.strip_prefix(source()).unwrap().with_extension("");
                let name = relative.to_str().unwrap().to_owned();
                found.insert(name, code(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The text without comments and without unit tests, white space made even.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let shipped = shipped
        .split("#[cfg(test)]\npub(super) mod tests")
        .next()
        .unwrap();
    let lines = shipped.lines().map(|line| line.split("//").next().unwrap());
    lines
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The names right behind each `prefix` in `code`, those in braces included.
fn named_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let joined = code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let rest = &code[at + prefix.len()..];
        if !joined {
            names.extend(first_names(rest));
        }
    }
    names
}

fn first_names(rest: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        let letters = text
            .chars()
            .take_while(|one| one.is_alphanumeric() || *one == '_');
        letters.collect()
    };
    match rest.strip_prefix('{') {
        None => vec![word(rest)],
        Some(list) => {
            let mut depth = 1;
            let end = list.find(|one| {
                depth += i32::from(one == '{') - i32::from(one == '}');
                depth == 0
            });
            list[..end.unwrap()]
                .split(',')
                .map(|item| word(item.trim()))
                .collect()
        }
    }
}

/// Which module each one uses, for modules that are `crate::…`.
fn module_graph() -> BTreeMap<String, BTreeSet<String>> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, code) in files() {
        let module = file.split('/').next().unwrap().to_owned();
        let used = named_after(&code, "crate::").into_iter();
        let used = used.filter(|name| *name != module && ORDER.contains(&name.as_str()));
        let used: Vec<String> = used.collect();
        graph.entry(module).or_default().extend(used);
    }
    graph
}

/// Which file of `folder` each one uses, by `super::` paths and by the names that its `mod.rs` passes
/// on from another.
fn file_graph(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let all = files();
    let inside = |name: &String| {
        name.strip_prefix(folder)?
            .strip_prefix('/')
            .map(str::to_owned)
    };
    let names: BTreeSet<String> = all.keys().filter_map(inside).collect();
    let exported = exports(&all[&format!("{folder}/mod")]);
    let mut graph = BTreeMap::new();
    for name in names
        .iter()
        .filter(|name| !PARENTS.contains(&name.as_str()))
    {
        let used = named_after(&all[&format!("{folder}/{name}")], "super::").into_iter();
        let used = used.map(|word| exported.get(&word).cloned().unwrap_or(word));
        let used = used.filter(|file| names.contains(file) && file != name);
        graph.insert(name.clone(), used.collect());
    }
    graph
}

/// For each name that a `mod.rs` passes on with `use child::Name`, the child.
fn exports(code: &str) -> BTreeMap<String, String> {
    let mut exported = BTreeMap::new();
    for statement in code.split(';').filter_map(|part| part.split("use ").nth(1)) {
        if let Some((child, rest)) = statement.split_once("::") {
            for name in first_names(rest) {
                exported.insert(name, child.to_owned());
            }
        }
    }
    exported
}

/// A way from a node back to itself, if there is one.
fn circle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut left = graph.clone();
    loop {
        let leaves: Vec<String> = left
            .iter()
            .filter(|(_, used)| used.iter().all(|name| !left.contains_key(name)))
            .map(|(name, _)| name.clone())
            .collect();
        if leaves.is_empty() {
            return (!left.is_empty()).then(|| left.into_keys().collect());
        }
        left.retain(|name, _| !leaves.contains(name));
    }
}

#[test]
fn every_module_has_its_place_in_the_order() {
    for module in module_graph().keys() {
        assert!(
            ORDER.contains(&module.as_str()),
            "{module} is not in the list"
        );
    }
}

#[test]
fn modules_use_those_before_them_alone() {
    let place = |name: &String| ORDER.iter().position(|one| one == name).unwrap();
    for (module, used) in module_graph() {
        for name in &used {
            assert!(place(name) < place(&module), "{module} uses {name}");
        }
    }
}

#[test]
fn modules_make_no_circle() {
    let graph = module_graph();
    assert!(graph["signer"].len() > 5, "the paths are found: {graph:?}");
    assert_eq!(circle(&graph), None);
}

#[test]
fn files_inside_a_module_make_no_circle() {
    for folder in [
        "tezos",
        "tezos/operation",
        "hsm",
        "hsm/device",
        "watermark",
        "octez",
        "signer",
    ] {
        let graph = file_graph(folder);
        assert!(
            graph.values().any(|used| !used.is_empty()),
            "{folder}: {graph:?}"
        );
        assert_eq!(circle(&graph), None, "in {folder}");
    }
}

#[test]
fn the_documented_order_is_the_one_tested() {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let list = text.split("none behind: ").nth(1).unwrap();
    let list = list.split('.').next().unwrap();
    let named: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    let behind: Vec<&str> = ORDER[3..13].to_vec();
    assert_eq!(named, behind);
}

#[test]
fn a_circle_is_found_where_there_is_one() {
    let edge = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let round = BTreeMap::from([edge("a", "b"), edge("b", "c"), edge("c", "a")]);
    assert!(circle(&round).is_some());
    let straight = BTreeMap::from([edge("a", "b"), edge("b", "c"), edge("d", "a")]);
    assert_eq!(circle(&straight), None);
    let found = named_after("use crate::{a::B, c}; mycrate::d crate::e::f", "crate::");
    assert_eq!(found, ["a", "c", "e"].map(str::to_owned).into());
}
