//! The files that an import reads: from a path to the marks in all of them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use tezio_core::tezos::ChainId;

use crate::cli::From;
use crate::exchange::{
    DIRECTORIES, Incoming, Layout, OCTEZ_FILES, parse_export, parse_octez, parse_signatory,
};

/// Reads every mark at `path`.
///
/// # Errors
///
/// Which file cannot be read, and where its fault is; or that there is none.
pub(super) fn read(from: From, path: &Path) -> Result<Vec<Incoming>> {
    let marks = match from {
        From::TezioSigner => parse(path, parse_export)?,
        From::OctezSigner => octez(path)?,
        From::Signatory => signatory(path)?,
    };
    ensure!(
        !marks.is_empty(),
        "there are no marks in {}",
        path.display()
    );
    Ok(marks)
}

fn octez(path: &Path) -> Result<Vec<Incoming>> {
    let named = |path: &Path| {
        let files = OCTEZ_FILES.into_iter();
        files
            .rev()
            .find(|(name, _)| path.file_name().is_some_and(|found| found == *name))
    };
    let names = OCTEZ_FILES.map(|(name, _)| name).join(", ");
    let shown = path.display();
    if path.is_dir() {
        let files = OCTEZ_FILES.map(|(name, kind)| (path.join(name), kind));
        let there: Vec<_> = files
            .into_iter()
            .filter(|(path, _)| is_there(path))
            .collect();
        ensure!(
            !there.is_empty(),
            "{shown} has none of octez-signer's files: {names}"
        );
        return gather(there, |(path, kind)| {
            parse(&path, |text| parse_octez(kind, text))
        });
    }
    let Some((_, kind)) = named(path) else {
        bail!("{shown}: octez-signer's files are known by their names, which are {names}");
    };
    parse(path, |text| parse_octez(kind, text))
}

fn signatory(path: &Path) -> Result<Vec<Incoming>> {
    let shown = path.display();
    if let Some(layout) = layout_of(path) {
        return gather(chains(path)?, |path| chain_file(layout, &path));
    }
    if let Some(layout) = path.parent().and_then(layout_of) {
        return chain_file(layout, path);
    }
    let stores: Vec<_> = DIRECTORIES
        .into_iter()
        .map(|(name, layout)| (path.join(name), layout))
        .filter(|(path, _)| path.is_dir())
        .collect();
    let names = DIRECTORIES.map(|(name, _)| name).join(", ");
    ensure!(
        !stores.is_empty(),
        "{shown} has none of Signatory's directories, which are {names}: name its base_dir, or one \
         of these"
    );
    gather(stores, |(path, layout)| {
        gather(chains(&path)?, |path| chain_file(layout, &path))
    })
}

fn layout_of(directory: &Path) -> Option<Layout> {
    let name = directory.file_name()?;
    let mut known = DIRECTORIES.into_iter();
    known
        .find(|(known, _)| name == *known)
        .map(|(_, layout)| layout)
}

/// The files of one of Signatory's directories.
fn chains(directory: &Path) -> Result<Vec<PathBuf>> {
    let context = || format!("cannot read {}", directory.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn chain_file(layout: Layout, path: &Path) -> Result<Vec<Incoming>> {
    let name = path.file_stem().and_then(|name| name.to_str());
    let chain = ChainId::from_base58(name.unwrap_or_default())
        .with_context(|| format!("{} is not named by a chain id", path.display()))?;
    parse(path, |text| parse_signatory(layout, chain, text))
}

fn gather<T>(files: Vec<T>, read: impl Fn(T) -> Result<Vec<Incoming>>) -> Result<Vec<Incoming>> {
    let all = files.into_iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(all.concat())
}

/// Whether there is anything of that name; what cannot be seen is left for reading to tell.
fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

fn parse(path: &Path, parse: impl Fn(&str) -> Result<Vec<Incoming>>) -> Result<Vec<Incoming>> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    parse(&text).with_context(|| format!("{shown} was not imported"))
}
