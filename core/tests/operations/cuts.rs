//! Recorded operations that end early or late.

use crate::{agreed, recorded, walked};

/// Cuts between the contents of a batch: what is left is a smaller batch, in truth as well.
const SMALLER_BATCHES: [(&str, usize); 4] = [
    ("upstream batch-reveal-transaction", 95),
    ("batch reveal+transaction+delegation+stake", 96),
    ("batch reveal+transaction+delegation+stake", 149),
    ("batch reveal+transaction+delegation+stake", 179),
];

#[test]
fn every_operation_cut_anywhere_is_unreadable_but_between_the_contents_of_a_batch() {
    let mut smaller = Vec::new();
    for one in recorded("accepted") {
        let whole = walked(&one.message).unwrap();
        for length in 0..one.message.len() {
            let cut = &one.message[..length];
            if agreed(cut) {
                let left = walked(cut).unwrap();
                assert!(left.len() < whole.len() && whole.starts_with(&left));
                smaller.push((one.name.clone(), length));
            }
        }
    }
    let expected = SMALLER_BATCHES.map(|(name, length)| (name.to_owned(), length));
    assert_eq!(smaller, expected);
}

#[test]
fn every_operation_with_one_byte_more_is_unreadable() {
    for one in recorded("accepted") {
        for extra in 0..=u8::MAX {
            let mut longer = one.message.clone();
            longer.push(extra);
            assert!(!agreed(&longer), "{} and {extra:#04x}", one.name);
        }
    }
}

#[test]
fn every_operation_without_one_of_its_bytes_is_what_the_table_says() {
    for one in recorded("accepted") {
        for at in 0..one.message.len() {
            let mut shorter = one.message.clone();
            shorter.remove(at);
            agreed(&shorter);
        }
    }
}
