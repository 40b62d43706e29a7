//! The error trace: what octez-client shows its user when a request fails.
//!
//! ```text
//! <total: u32 BE>{<length: u32 BE><BSON document>}*
//! BSON document = <size: i32 LE>{<02><name><00><length: i32 LE><text><00>}*<00>
//! ```
//!
//! One error, with the three fields that Octez' plain failure has: kind, id and msg.

use super::Answer;

const FIELDS: [(&str, &str); 2] = [("kind", "temporary"), ("id", "failure")];

/// Writes the trace with `message` in it; `None` when it does not fit.
pub(super) fn emit(message: &str, out: &mut Answer) -> Option<()> {
    let [(kind, temporary), (id, failure)] = FIELDS;
    let fields = [(kind, temporary), (id, failure), ("msg", message)];
    let mut size = 4_usize.checked_add(1)?;
    for (name, text) in fields {
        size = size.checked_add(field_size(name, text)?)?;
    }
    put(
        out,
        &u32::try_from(size.checked_add(4)?).ok()?.to_be_bytes(),
    )?;
    put(out, &u32::try_from(size).ok()?.to_be_bytes())?;
    put(out, &u32::try_from(size).ok()?.to_le_bytes())?;
    for (name, text) in fields {
        emit_field(name, text, out)?;
    }
    put(out, &[0])
}

fn emit_field(name: &str, text: &str, out: &mut Answer) -> Option<()> {
    put(out, &[2])?;
    put(out, name.as_bytes())?;
    put(out, &[0])?;
    let length = u32::try_from(text.len().checked_add(1)?).ok()?;
    put(out, &length.to_le_bytes())?;
    put(out, text.as_bytes())?;
    put(out, &[0])
}

/// Type, name and its end, length, text and its end.
fn field_size(name: &str, text: &str) -> Option<usize> {
    let fixed = 1 + 1 + 4 + 1;
    name.len().checked_add(text.len())?.checked_add(fixed)
}

fn put(out: &mut Answer, bytes: &[u8]) -> Option<()> {
    out.extend_from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// Constructed from Octez at `d26a8bef8215`.
    #[test]
    fn trace_is_the_one_octez_client_reads() {
        let mut out = Answer::new();
        emit("magic byte 0x04 not allowed", &mut out).unwrap();
        let expected = hex!(
            "000000520000004e4e000000026b696e64000a00000074656d706f726172790002696400080000006661696c757265
             00026d7367001c0000006d6167696320627974652030783034206e6f7420616c6c6f7765640000"
        );
        assert_eq!(out.as_slice(), expected);
    }
}
