//! The original's `config.yaml`: YAML to values. Fields that it does not know pass unread, as there.
//!
//! Format: github.com/prof-groff/tezio, `signer/config.yaml`, at bc67eef.

use anyhow::{Context as _, Result, bail, ensure};
use saphyr::{LoadableYamlNode as _, Yaml};

/// Everything in the file that has a meaning here.
#[derive(Debug)]
pub(super) struct Original {
    pub(super) security: [(&'static str, bool); 4],
    pub(super) allowed_ips: Vec<String>,
    pub(super) keys: Vec<Key>,
    /// The address of the key that authenticates, if there is one.
    pub(super) auth_key: Option<String>,
    /// Magic byte, level and round.
    pub(super) marks: Vec<(u8, u32, u32)>,
}

/// One of `policy.signing_keys`.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) address: String,
    pub(super) curve_alias: u8,
    pub(super) allowed_ops: Vec<u8>,
    pub(super) auth_req: bool,
}

const SWITCHES: [&str; 4] = [
    "remote_ip_check",
    "auth_check",
    "signing_policy_check",
    "high_water_mark_check",
];

/// The kinds that the original has marks for.
const MARKED: [u8; 3] = [0x11, 0x12, 0x13];

impl Original {
    /// Reads the text of the file.
    ///
    /// # Errors
    ///
    /// What is missing, or is not what it should be.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let documents = Yaml::load_from_str(text).context("this is no YAML")?;
        let [file] = documents.as_slice() else {
            bail!("{} documents, not one", documents.len());
        };
        let security = get(file, "security")?;
        let mut switches = SWITCHES.map(|name| (name, true));
        for (name, on) in &mut switches {
            *on = boolean(security, name)?;
        }
        let policy = get(file, "policy")?;
        let auth_key = policy.as_mapping_get("auth_key");
        let auth_key = auth_key.and_then(|key| key.as_mapping_get("pkh"));
        Ok(Self {
            security: switches,
            allowed_ips: texts(get(file, "allowed_ips")?)?,
            keys: keys(get(policy, "signing_keys")?)?,
            auth_key: auth_key.and_then(Yaml::as_str).map(str::to_owned),
            marks: marks(get(file, "high_water_marks")?)?,
        })
    }
}

fn get<'y>(from: &'y Yaml<'y>, name: &str) -> Result<&'y Yaml<'y>> {
    let found = from.as_mapping_get(name);
    found.with_context(|| format!("{name} is missing"))
}

fn boolean(from: &Yaml<'_>, name: &str) -> Result<bool> {
    let value = get(from, name)?.as_bool();
    value.with_context(|| format!("{name} is neither True nor False"))
}

fn byte(value: &Yaml<'_>, what: &str) -> Result<u8> {
    let number = value
        .as_integer()
        .and_then(|number| u8::try_from(number).ok());
    number.with_context(|| format!("{what} is no number from 0 to 255"))
}

fn texts(list: &Yaml<'_>) -> Result<Vec<String>> {
    let list = list.as_sequence().context("allowed_ips is no list")?;
    let text = |one: &Yaml<'_>| one.as_str().map(str::to_owned);
    let texts = list.iter().map(text).collect::<Option<_>>();
    texts.context("allowed_ips holds something that is no text")
}

fn keys(from: &Yaml<'_>) -> Result<Vec<Key>> {
    let keys = from.as_mapping().context("signing_keys is no mapping")?;
    ensure!(!keys.is_empty(), "signing_keys is empty");
    let key = |(address, said): (&Yaml<'_>, &Yaml<'_>)| {
        let address = address.as_str().context("an address is no text")?;
        key(address, said).with_context(|| format!("key {address}"))
    };
    keys.iter().map(key).collect()
}

fn key(address: &str, said: &Yaml<'_>) -> Result<Key> {
    let ops = get(said, "allowed_ops")?.as_sequence();
    let ops = ops.context("allowed_ops is no list")?.iter();
    Ok(Key {
        address: address.to_owned(),
        curve_alias: byte(get(said, "curve_alias")?, "curve_alias")?,
        allowed_ops: ops
            .map(|op| byte(op, "one of allowed_ops"))
            .collect::<Result<_>>()?,
        auth_req: boolean(said, "auth_req")?,
    })
}

/// Levels and rounds stand in two mappings by magic byte.
fn marks(from: &Yaml<'_>) -> Result<Vec<(u8, u32, u32)>> {
    let number = |field: &str, kind: u8| {
        let mut entries = get(from, field)?
            .as_mapping()
            .with_context(|| format!("high_water_marks.{field} is no mapping"))?
            .iter();
        let found = entries.find(|(key, _)| key.as_integer() == Some(i64::from(kind)));
        let number = found.and_then(|(_, number)| number.as_integer());
        let number = number.and_then(|number| u32::try_from(number).ok());
        number.with_context(|| format!("high_water_marks.{field} has no number for {kind:#04x}"))
    };
    let mark = |kind: u8| Ok((kind, number("level", kind)?, number("round", kind)?));
    MARKED.into_iter().map(mark).collect()
}
