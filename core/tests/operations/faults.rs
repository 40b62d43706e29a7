//! Every fault, with the byte where it is found and the words for it.

use hex_literal::hex;
use tezio_core::tezos::operation::{Entrypoint, Operation};

use crate::walked;

/// Magic byte and branch.
const HEAD: [u8; 33] = {
    let mut head = [0xe4; 33];
    head[0] = 0x03;
    head
};
const SOURCE: [u8; 21] = [0; 21];

/// `<tag><source>`, four numbers of one byte, and the body.
fn manager(tag: u8, body: &[u8]) -> Vec<u8> {
    [&HEAD[..], &[tag], &SOURCE, &hex!("01 02 03 04"), body].concat()
}

/// A transaction to `tz1` with these parameters.
fn transaction(parameters: &[u8]) -> Vec<u8> {
    manager(0x6c, &[&hex!("05 00"), &SOURCE[..], parameters].concat())
}

/// A move against a rollup that goes on with these bytes.
fn refutation(rest: &[u8]) -> Vec<u8> {
    manager(
        0xcc,
        &[&[0; 20][..], &SOURCE, &hex!("01 05"), rest].concat(),
    )
}

fn words(message: &[u8]) -> String {
    walked(message).unwrap_err().to_string()
}

fn amount(number: &[u8]) -> Result<String, String> {
    let message = manager(0x6c, &[number, &[0], &SOURCE, &[0]].concat());
    let walked = walked(&message).map_err(|fault| fault.to_string())?;
    Ok(walked[0][6].1.clone())
}

#[test]
fn numbers_have_64_bits_and_one_writing() {
    assert_eq!(amount(&hex!("00")), Ok("0".to_owned()));
    assert_eq!(amount(&hex!("7f")), Ok("127".to_owned()));
    assert_eq!(amount(&hex!("8001")), Ok("128".to_owned()));
    let most = hex!("ffffffffffffffffff01");
    assert_eq!(amount(&most), Ok(u64::MAX.to_string()));
    let fault = |fault: &str| Err(format!("unreadable operation: byte 59: {fault}"));
    let above = fault("number above 18446744073709551615");
    assert_eq!(amount(&hex!("80808080808080808002")), above);
    assert_eq!(amount(&hex!("8080808080808080808001")), above);
    let padded = fault("number with a needless zero at its end");
    assert_eq!(amount(&hex!("8000")), padded);
    assert_eq!(amount(&hex!("ffffffffffffffffff8100")), padded);
}

#[test]
fn every_byte_that_chooses_nothing_is_named_with_its_place() {
    let cases: [(Vec<u8>, &str); 15] = [
        (
            b"\x11".to_vec(),
            "byte 0: 0x11 is no magic byte of an operation",
        ),
        (
            [&HEAD[..], &[0x96]].concat(),
            "byte 33: 0x96 is no kind of operation",
        ),
        (
            [&HEAD[..], &[0x6c, 0x05]].concat(),
            "byte 34: 0x05 is no kind of key",
        ),
        (
            manager(0x6c, &hex!("00 02")),
            "byte 60: 0x02 is no kind of contract",
        ),
        (
            manager(0x6c, &[&hex!("00 01"), &[0; 20][..], &[1]].concat()),
            "byte 81: 0x01 is no padding of a contract",
        ),
        (
            manager(0x71, &hex!("00 00")),
            "byte 60: 0x00 is no contract with storage",
        ),
        (
            transaction(&hex!("01")),
            "byte 82: 0x01 is no presence byte",
        ),
        (
            transaction(&hex!("ff 0a")),
            "byte 83: 0x0a is no entrypoint",
        ),
        (
            transaction(&hex!("ff ff 02 61 20")),
            "byte 84: 0x20 is no character of an entrypoint",
        ),
        (
            [&HEAD[..], &[6], &SOURCE, &[0; 36], &[3]].concat(),
            "byte 91: 0x03 is no vote",
        ),
        (
            manager(0xc8, &hex!("03")),
            "byte 59: 0x03 is no kind of rollup",
        ),
        (
            manager(0xcc, &[&[0; 20][..], &SOURCE, &[2]].concat()),
            "byte 100: 0x02 is no refutation",
        ),
        (
            refutation(&hex!("02")),
            "byte 102: 0x02 is no step of a refutation",
        ),
        (
            refutation(&hex!("01 00000000 ff 03")),
            "byte 108: 0x03 is no proof of an input",
        ),
        (
            refutation(&hex!("01 00000000 ff 01 04")),
            "byte 109: 0x04 is no proof of what is revealed",
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(words(&message), format!("unreadable operation: {expected}"));
    }
}

#[test]
fn every_size_that_cannot_be_is_named_with_its_place() {
    let list = |bytes: usize| {
        let length = u32::try_from(bytes).unwrap().to_be_bytes();
        [&HEAD[..], &[5], &SOURCE, &[0; 4], &length, &vec![0; bytes]].concat()
    };
    assert!(walked(&list(640)).is_ok());
    let cases: [(Vec<u8>, &str); 7] = [
        (
            list(672),
            "byte 59: a list of proposals cannot have 672 bytes",
        ),
        (
            list(33),
            "byte 59: a list of proposals cannot have 33 bytes",
        ),
        (
            transaction(&[&hex!("ff ff 20")[..], &[b'a'; 32], &[0; 4]].concat()),
            "byte 84: an entrypoint cannot have 32 bytes",
        ),
        (
            manager(0x6b, &[&[0; 33][..], &hex!("ff 00000002 aaaa")].concat()),
            "byte 93: a proof of possession cannot have 2 bytes",
        ),
        (
            transaction(&hex!("ff 06 00000003 030b")),
            "byte 88: 3 bytes should follow, 2 do",
        ),
        (
            transaction(&hex!("ff 06 ffffffff 030b")),
            "byte 88: 4294967295 bytes should follow, 2 do",
        ),
        (Vec::new(), "byte 0: 1 bytes should follow, 0 do"),
    ];
    for (message, expected) in cases {
        assert_eq!(words(&message), format!("unreadable operation: {expected}"));
    }
}

#[test]
fn a_fault_inside_a_list_has_its_place_in_the_whole() {
    let messages = manager(0xc9, &hex!("0000000b 00000001 aa 00000005 bbbb"));
    assert_eq!(
        words(&messages),
        "unreadable operation: byte 72: 5 bytes should follow, 2 do"
    );
}

#[test]
fn what_stands_alone_is_named_with_its_place() {
    let drain = [&[9][..], &SOURCE, &SOURCE, &SOURCE].concat();
    let withdraw = &manager(0x6e, &[0])[33..];
    let alone = [&HEAD[..], &drain].concat();
    assert!(walked(&alone).is_ok());
    for (message, at) in [
        ([&alone[..], withdraw].concat(), 33),
        ([&HEAD[..], withdraw, &drain].concat(), 60),
        ([&alone[..], &drain].concat(), 33),
    ] {
        assert_eq!(
            words(&message),
            format!("unreadable operation: byte {at}: drain_delegate cannot stand in a batch")
        );
    }
    assert_eq!(
        words(&HEAD),
        "unreadable operation: byte 33: nothing behind the branch"
    );
}

#[test]
fn an_entrypoint_is_the_same_however_it_is_spelled() {
    let spelled = |parameters: &[u8]| walked(&transaction(parameters)).unwrap()[0][8].1.clone();
    for stake in [
        &hex!("ff 06 00000000")[..],
        &hex!("ff ff 05 7374616b65 00000000"),
    ] {
        assert_eq!(spelled(stake), "stake");
    }
    let defaults: [&[u8]; 4] = [
        &hex!("00"),
        &hex!("ff 00 00000000"),
        &hex!("ff ff 00 00000000"),
        &hex!("ff ff 07 64656661756c74 00000000"),
    ];
    for default in defaults {
        assert_eq!(spelled(default), Entrypoint::DEFAULT.name());
    }
}

#[test]
fn the_branch_is_the_one_that_is_there() {
    let message = manager(0x6e, &[0]);
    assert_eq!(Operation::parse(&message).unwrap().branch(), &[0xe4; 32]);
}
