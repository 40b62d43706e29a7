//! A strict reader of answers that refuse: frame, error trace and BSON document, each used up.

/// The fields of the one error in a frame, in their order.
pub(crate) fn fields(frame: &[u8]) -> Vec<(String, String)> {
    let payload = counted(frame, 2);
    let trace = counted(payload.strip_prefix(&[1]).expect("an error"), 4);
    let document = counted(trace, 4);
    let (size, elements) = document.split_first_chunk().unwrap();
    assert_eq!(u32::from_le_bytes(*size), number(document.len()));
    let mut rest = elements.strip_suffix(&[0]).expect("the end");
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (field, behind) = field(rest);
        fields.push(field);
        rest = behind;
    }
    fields
}

/// What stands behind a big-endian length of so many bytes, to the end.
fn counted(bytes: &[u8], width: usize) -> &[u8] {
    let (length, rest) = bytes.split_at(width);
    let length = length
        .iter()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    assert_eq!(length, number(rest.len()));
    rest
}

/// One text field and what is behind it.
fn field(bytes: &[u8]) -> ((String, String), &[u8]) {
    let bytes = bytes.strip_prefix(&[2]).expect("a text");
    let end = bytes.iter().position(|byte| *byte == 0).unwrap();
    let (name, rest) = (&bytes[..end], &bytes[end + 1..]);
    let (length, rest) = rest.split_first_chunk().unwrap();
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap();
    let (value, behind) = rest.split_at(length);
    let value = value.strip_suffix(&[0]).expect("the end of the text");
    assert!(!value.contains(&0));
    ((text(name), text(value)), behind)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap()
}
