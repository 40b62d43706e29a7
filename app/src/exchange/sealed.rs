//! JSON documents under a checksum, so that one which was cut, mistyped or edited is noticed.
//!
//! The checksum is the BLAKE2b-256, in hex, of the document without its member `checksum`, written
//! with the members of each object in alphabetical order and without any white space. It keeps
//! accidents out, not forgers: whoever can write the file can write the checksum.

use anyhow::{Context as _, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tezio_core::tezos::Digest;

const CHECKSUM: &str = "checksum";

/// The text of a document with its checksum.
pub(super) fn seal(mut document: Map<String, Value>) -> String {
    document.insert(CHECKSUM.to_owned(), checksum(&document).into());
    format!("{:#}\n", Value::Object(document))
}

/// Reads a document of this format; `what` says what it is called.
///
/// # Errors
///
/// Where it is not JSON, is another format, has a field too many or too few, or a wrong checksum.
pub(super) fn open<T: DeserializeOwned>(text: &str, format: &str, what: &str) -> Result<T> {
    let document: Map<String, Value> =
        serde_json::from_str(text).with_context(|| format!("this is not {what}"))?;
    match document.get("format").and_then(Value::as_str) {
        Some(found) if found == format => {}
        Some(found) => bail!("its format is \"{found}\"; {what} has \"{format}\""),
        None => bail!("this is not {what}: it has no format"),
    }
    let parsed = serde_json::from_str(text)?;
    check(document)?;
    Ok(parsed)
}

fn check(mut document: Map<String, Value>) -> Result<()> {
    let stated = document.remove(CHECKSUM);
    let computed = checksum(&document);
    ensure!(
        stated.as_ref().and_then(Value::as_str) == Some(&computed),
        "its checksum is wrong: it was cut or changed since it was written"
    );
    Ok(())
}

/// The checksum of a document that has none yet.
pub(super) fn checksum(document: &Map<String, Value>) -> String {
    // Members of an object are kept in alphabetical order by serde_json's maps.
    let text = serde_json::to_string(document).unwrap_or_default();
    Digest::of(text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only that it is there matters")]
        format: String,
        b: u32,
        #[expect(dead_code, reason = "only that it is there matters")]
        checksum: String,
    }

    /// `printf '{"b":1,"format":"sample 1"}' | b2sum -l 256`
    const TEXT: &str = r#"{"format": "sample 1", "b": 1,
        "checksum": "c8a2e365a7576fc13939ad1d881e28f8ebbf9d575de7daeef3139549f55993e4"}"#;

    fn read(text: &str) -> Result<Sample> {
        open(text, "sample 1", "a sample")
    }

    #[test]
    fn the_checksum_is_that_of_other_tools() {
        assert_eq!(read(TEXT).unwrap().b, 1);
    }

    #[test]
    fn what_is_sealed_opens() {
        let mut document = Map::new();
        document.insert("format".to_owned(), "sample 1".into());
        document.insert("b".to_owned(), 7.into());
        assert_eq!(read(&seal(document)).unwrap().b, 7);
    }

    #[test]
    fn every_change_is_refused_with_its_reason() {
        for (from, to, reason) in [
            ("\"b\": 1", "\"b\": 2", "checksum is wrong"),
            ("sample 1", "sample 2", "its format is \"sample 2\""),
            ("\"b\": 1,", "\"b\": 1, \"c\": 2,", "unknown field `c`"),
            ("\"b\": 1,", "", "missing field `b`"),
            ("}", "", "this is not a sample"),
            ("\"format\"", "\"form\"", "it has no format"),
        ] {
            let fault = read(&TEXT.replace(from, to)).unwrap_err();
            assert!(format!("{fault:#}").contains(reason), "{fault:#}");
        }
    }
}
