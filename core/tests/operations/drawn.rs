//! Operations of all kinds drawn from fixed seeds, and what becomes of them when they are damaged.

use crate::codec::{Content, bytes, draw, write};
use crate::layouts::LAYOUTS;
use crate::prng::Prng;
use crate::{agreed, stated, walked};

const OPERATIONS: u64 = 1_000;
/// Octez takes none that is longer.
const LONGEST: usize = 32 * 1024;

/// One content of any kind, or up to 40 manager operations.
fn drawn(prng: &mut Prng) -> (Vec<u8>, Vec<Content>) {
    let managers = LAYOUTS.iter().position(|one| one.manager).unwrap();
    let contents: Vec<Content> = match prng.below(3) {
        0 => vec![draw(prng.pick(&LAYOUTS), prng)],
        _ => {
            let count = 1 + prng.below(40);
            (0..count)
                .map(|_| draw(prng.pick(&LAYOUTS[managers..]), prng))
                .collect()
        }
    };
    let branch = bytes(32, prng);
    (write(&branch, &contents), contents)
}

#[test]
fn drawn_operations_are_walked_to_what_they_were_drawn_as() {
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..OPERATIONS {
        let (message, contents) = drawn(&mut Prng::new(seed));
        let stated: Vec<_> = contents.iter().map(stated::of).collect();
        assert_eq!(walked(&message), Ok(stated), "seed {seed}");
        assert!(agreed(&message), "seed {seed}");
        kinds.extend(contents.iter().map(|content| content.layout.tag));
    }
    assert_eq!(kinds.len(), LAYOUTS.len());
}

#[test]
fn damaged_operations_are_walked_to_what_they_became_or_not_at_all() {
    let (mut readable, mut unreadable) = (0, 0);
    for seed in 0..OPERATIONS {
        let prng = &mut Prng::new(seed);
        let (message, _) = drawn(prng);
        for _ in 0..20 {
            let damaged = damage(&message, prng);
            *(if agreed(&damaged) {
                &mut readable
            } else {
                &mut unreadable
            }) += 1;
        }
    }
    assert!(
        readable > 1_000 && unreadable > 1_000,
        "{readable} {unreadable}"
    );
}

/// The message with some of its bytes changed, gone, doubled or moved.
fn damage(message: &[u8], prng: &mut Prng) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    let mut places = [prng.below(length), prng.below(length)];
    places.sort_unstable();
    let [from, to] = places.map(|place| usize::try_from(place).unwrap());
    let near = message
        .len()
        .min(from + 1 + usize::try_from(prng.below(8)).unwrap());
    let (before, here, behind) = (&message[..from], &message[from..near], &message[near..]);
    match prng.below(6) {
        0 => [before, behind].concat(),
        1 => [before, here, here, behind].concat(),
        2 => [before, &bytes(4, prng), behind].concat(),
        3 => [before, &[0, 0, 0, *prng.pick(&[0, 1, 32])], behind].concat(),
        4 => [
            before,
            *prng.pick(&[&[0x00], &[0xff]]),
            &message[from + 1..],
        ]
        .concat(),
        _ => [before, &message[to..], &message[from..to]].concat(),
    }
}

#[test]
fn bytes_of_no_meaning_are_unreadable_or_read_alike() {
    for seed in 0..OPERATIONS {
        let prng = &mut Prng::new(seed);
        let branch = bytes(32, prng);
        let tag = prng.pick(&LAYOUTS).tag;
        let size = prng.below(200);
        let mut rest = bytes(size, prng);
        if prng.below(2) == 0 {
            rest.iter_mut().for_each(|byte| *byte %= 4);
        }
        agreed(&[&[0x03], branch.as_slice(), &[tag], &rest].concat());
    }
}

#[test]
fn the_longest_operations_are_walked_whole() {
    let prng = &mut Prng::new(7);
    let transaction = LAYOUTS
        .iter()
        .find(|one| one.name == "transaction")
        .unwrap();
    let mut contents = vec![draw(transaction, prng)];
    while write(&[0; 32], &contents).len() < LONGEST {
        contents.push(draw(transaction, prng));
    }
    contents.pop();
    assert!(contents.len() > 100);
    assert!(agreed(&write(&[0; 32], &contents)));
}
