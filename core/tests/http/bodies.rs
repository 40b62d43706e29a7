//! Bodies of signing requests: a JSON string of hex digits and nothing else.

use tezio_core::limits::HTTP_BODY;
use tezio_core::malformed::Malformed;
use tezio_core::octez::Request;
use tezio_core::octez::http::Exchange;

use crate::{KEY, data, read, signing};

fn body(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    data(&signing(&format!("/keys/{KEY}"), bytes))
}

#[test]
fn hex_strings_are_decoded() {
    for (text, expected) in [
        ("\"03deadbeef\"", vec![0x03, 0xde, 0xad, 0xbe, 0xef]),
        ("\"03DEADbeef\"", vec![0x03, 0xde, 0xad, 0xbe, 0xef]),
        ("\"\"", vec![]),
        ("\"00\"\n", vec![0]),
        (" \t\r\n\"00\" \t\r\n", vec![0]),
    ] {
        assert_eq!(body(text.as_bytes()), Ok(expected), "{text}");
    }
}

#[test]
fn every_byte_is_decoded_from_both_kinds_of_digits() {
    for byte in 0..=u8::MAX {
        assert_eq!(body(format!("\"{byte:02x}\"").as_bytes()), Ok(vec![byte]));
        assert_eq!(body(format!("\"{byte:02X}\"").as_bytes()), Ok(vec![byte]));
    }
}

#[test]
fn every_character_that_is_no_digit_is_refused_where_it_stands() {
    for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_hexdigit()) {
        let text = [b"\"0", &[byte][..], b"3\""].concat();
        assert_eq!(body(&text), Err(Malformed::NotHex(1)), "{byte:#04x}");
    }
}

#[test]
fn what_is_no_json_string_is_refused() {
    let bom = [b"\xef\xbb\xbf", &b"\"03\""[..]].concat();
    for bytes in [
        &b""[..],
        b" ",
        b"\"",
        b"03",
        b"\"03",
        b"03\"",
        b"null",
        b"3",
        b"[\"03\"]",
        b"{\"data\":\"03\"}",
        b"'03'",
        &bom,
        b"\0\"03\"",
        b"\"03\"\0",
    ] {
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(body(bytes), Err(Malformed::NotJson), "{shown}");
    }
}

#[test]
fn what_is_no_hex_string_is_refused() {
    for (text, at) in [
        ("\"0x03\"", 1),
        ("\"03 \"", 2),
        ("\"03 04\"", 2),
        ("\"03\n\"", 2),
        ("\"03\"\"04\"", 2),
        ("\"\\u0030\\u0033\"", 0),
        ("\"03é\"", 2),
    ] {
        assert_eq!(body(text.as_bytes()), Err(Malformed::NotHex(at)), "{text}");
    }
}

#[test]
fn an_odd_number_of_digits_is_refused() {
    assert_eq!(body(b"\"0\""), Err(Malformed::OddHex(1)));
    assert_eq!(body(b"\"03d\""), Err(Malformed::OddHex(3)));
}

#[test]
fn a_body_that_was_too_long_to_be_read_is_refused() {
    let target = format!("/keys/{KEY}");
    let exchange = Exchange {
        body: None,
        ..signing(&target, b"")
    };
    let limit = HTTP_BODY;
    assert_eq!(data(&exchange), Err(Malformed::TooLong { limit }));
}

#[test]
fn data_that_does_not_fit_the_lent_buffer_is_refused_and_touches_none_of_it() {
    let target = format!("/keys/{KEY}");
    let exchange = signing(&target, b"\"030405\"");
    let mut scratch = [0xee; 2];
    let limit = HTTP_BODY;
    let refused = Request::Malformed(Malformed::TooLong { limit });
    assert_eq!(read(&exchange, &mut scratch), refused);
    assert_eq!(scratch, [0xee; 2]);
    let mut enough = [0; 3];
    let read = read(&exchange, &mut enough);
    assert!(
        matches!(
            read,
            Request::Sign {
                data: [3, 4, 5],
                ..
            }
        ),
        "{read:?}"
    );
}

#[test]
fn the_largest_body_fits_half_as_large_a_buffer() {
    let target = format!("/keys/{KEY}");
    let body = [&b"\""[..], &vec![b'a'; HTTP_BODY - 2], b"\""].concat();
    let mut scratch = vec![0; HTTP_BODY / 2];
    let read = read(&signing(&target, &body), &mut scratch);
    assert!(matches!(read, Request::Sign { data, .. } if data.len() == HTTP_BODY / 2 - 1));
}

/// Found by fuzzing: a form feed is white space to ASCII and not to JSON.
#[test]
fn white_space_is_what_json_takes_for_it() {
    for byte in (0..=u8::MAX).filter(u8::is_ascii_whitespace) {
        let spaced = [&[byte][..], b"\"03\"", &[byte]].concat();
        let expected = if byte == 0x0c {
            Err(Malformed::NotJson)
        } else {
            Ok(vec![3])
        };
        assert_eq!(body(&spaced), expected, "{byte:#04x}");
    }
}
