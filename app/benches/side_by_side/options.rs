//! The command line.

use anyhow::{Context as _, Result, bail};
use tezio_core::tezos::{ConsensusKind, PublicKeyHash};

use crate::load::Role;
use crate::message::{LEVEL, Template};
use crate::wire::Door;

/// What is run.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) rivals: Vec<Rival>,
    /// The first table alone.
    pub(crate) brief: bool,
}

/// Another signer.
#[derive(Debug)]
pub(crate) struct Rival {
    pub(crate) name: String,
    pub(crate) door: Door,
    pub(crate) role: Role,
}

impl Options {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut template = Template::consensus(ConsensusKind::Attestation);
        let (mut rivals, mut brief) = (Vec::new(), false);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--brief" => brief = true,
                // What cargo itself adds.
                "--bench" => {}
                "--signer" => rivals.push(words.next().context("--signer NAME=URL,KEY")?),
                "--message" => {
                    let text = words.next().context("--message HEX")?;
                    template = sound(text).context("no hex with LLLLLLLL in it")?;
                }
                other => bail!("unknown: {other}; there is --signer, --message and --brief"),
            }
        }
        let rivals = rivals.iter().map(|text| Rival::parse(text, &template));
        Ok(Self {
            rivals: rivals.collect::<Result<_>>()?,
            brief,
        })
    }
}

impl Rival {
    fn parse(text: &str, template: &Template) -> Result<Self> {
        let parts = || {
            let (name, rest) = text.split_once('=')?;
            let (url, key) = rest.rsplit_once(',')?;
            Some((
                name,
                Door::parse(url)?,
                PublicKeyHash::from_base58(key).ok()?,
            ))
        };
        let (name, door, key) = parts().context("--signer NAME=URL,KEY, as other=http://…,tz3…")?;
        Ok(Self {
            name: name.to_owned(),
            door,
            role: Role {
                key,
                template: template.clone(),
            },
        })
    }
}

/// A template of somebody else.
fn sound(text: String) -> Option<Template> {
    let is_hex = hex::decode(text.replace(LEVEL, "00000000")).is_ok();
    (is_hex && text.contains(LEVEL)).then_some(Template(text))
}
