//! A `config.ron` that says what a `config.yaml` said, with comments on what is stricter.

use core::fmt::Write as _;
use core::net::IpAddr;

use anyhow::{Context as _, Result, ensure};
use tezio_core::tezos::{ClientKey, ConsensusKind, MagicByte};

use super::original::{Key, Original};
use crate::cli::ImportConfig;

/// The text of the file.
pub(super) fn configuration(original: &Original, options: &ImportConfig) -> Result<String> {
    let mut ron = String::from(HEAD);
    ron += SECURITY;
    for (name, on) in original.security {
        writeln!(ron, "        {name}: {on},")?;
    }
    ron += "    ),\n\n";
    ron += &addresses(&original.allowed_ips)?;
    ron += &authorized_keys(original, options.authorized_key.as_deref())?;
    ron += KEYS;
    for key in &original.keys {
        ron += &self::key(key)?;
    }
    ron += "    ],\n\n";
    ron += &marks(original, &options.chain)?;
    ron += ")\n";
    Ok(ron)
}

const HEAD: &str = "\
// Carried over from the original Tezio Signer's config.yaml. The sample config.ron of tezio-signer
// explains each field, docs/policy.md what can be said of operations.
(
    // The original stood behind gunicorn. Give octez-client this address, or another one here.
    listen: [Http(\"127.0.0.1:6732\")],

    // The original took the first board of any make. This takes one Arduino, and only if it shows the
    // keys below; name it with Usb(serial: \"…\") where there are several (tezio-signer hsm list).
    hsm: Usb(),

    // The original forgot its marks when it ended. These are kept here, and made once by
    // \"tezio-signer watermarks init\".
    state: \"state\",

";

const SECURITY: &str = "    \
    // The same four checks. Beside the magic byte, signing_policy_check now looks into operations; with
    // high_water_mark_check off, the daemon wants --allow-double-signing on its command line as well.
    security: (
";

const KEYS: &str = "    \
    // 0x03 no longer means every operation: drain_delegate, update_consensus_key and
    // update_companion_key must be named in operations, and what cannot be read to its last byte is
    // refused. auth_prefix is gone: it followed from the address.
    keys: [
";

/// The original compared text; what is no address never let anybody in.
fn addresses(listed: &[String]) -> Result<String> {
    let mut ron = String::from(
        "    // Compared as addresses now; ranges such as \"192.168.1.0/24\" may stand here too.\n    \
         allowed_ips: [\n",
    );
    for text in listed {
        match text.parse::<IpAddr>() {
            Ok(address) => writeln!(ron, "        \"{address}\",")?,
            Err(_) => writeln!(ron, "        // {text:?} is no address and let nobody in")?,
        }
    }
    ron += "    ],\n\n";
    Ok(ron)
}

/// The original knew the address of the key alone; the HSM knew the rest.
fn authorized_keys(original: &Original, given: Option<&str>) -> Result<String> {
    let address = original.auth_key.as_deref().unwrap_or_default();
    let Some(given) = given else {
        let asks = original.keys.iter().any(|key| key.auth_req);
        let (_, checked) = original.security[1];
        ensure!(
            !(asks && checked),
            "keys have auth_req, and config.yaml names the key that signs their requests by its \
             address alone ({address}). Give its public key, which octez-client shows with \"show \
             address NAME\": --authorized-key p2pk…"
        );
        return Ok("    authorized_keys: [],\n\n".to_owned());
    };
    let key = ClientKey::from_base58(given).context("--authorized-key")?;
    ensure!(
        address.is_empty() || key.hash().to_string() == address,
        "--authorized-key is that of {}, and config.yaml says {address}",
        key.hash()
    );
    Ok(format!(
        "    // The public key of {}. Checked here and no longer by the board, whose alias 0 is free.\n    \
         authorized_keys: [\"{given}\"],\n\n",
        key.hash()
    ))
}

fn key(key: &Key) -> Result<String> {
    let known = |byte: &&u8| MagicByte(**byte).is_signable();
    let (kept, dropped): (Vec<_>, Vec<_>) = key.allowed_ops.iter().partition(known);
    let list = |bytes: Vec<&u8>| {
        let bytes = bytes.into_iter().map(|byte| MagicByte(*byte).to_string());
        bytes.collect::<Vec<_>>().join(", ")
    };
    let mut ron = String::from("        (\n");
    if !dropped.is_empty() {
        let dropped = list(dropped);
        writeln!(
            ron,
            "            // Left out, for nothing guards them: {dropped}"
        )?;
    }
    let Key {
        address,
        curve_alias,
        auth_req,
        ..
    } = key;
    writeln!(
        ron,
        "            hash: {address:?}, curve_alias: {curve_alias},"
    )?;
    writeln!(
        ron,
        "            allowed_ops: [{}], auth_req: {auth_req},",
        list(kept)
    )?;
    ron += "        ),\n";
    Ok(ron)
}

/// The original's marks were those of all keys and chains.
fn marks(original: &Original, chain: &str) -> Result<String> {
    let mut ron = String::from(
        "    // Marks are kept by chain, key and kind. The original began with these at every start: set \
         them\n    // above everything that the keys have signed, with the baker stopped.\n    \
         high_water_marks: [\n",
    );
    for (byte, level, round) in &original.marks {
        let kind = ConsensusKind::from_magic_byte(MagicByte(*byte));
        let kind = kind.context("a fault of this program: a mark of no kind")?;
        writeln!(
            ron,
            "        (chain: {chain:?}, kind: \"{kind}\", level: {level}, round: {round}),"
        )?;
    }
    ron += "    ],\n";
    Ok(ron)
}
