//! Batches of every length that an HSM can be sent.

use tezio_core::hsm::MAX_DATA;

use crate::codec::{Content, Value, digits, draw, layout, write};
use crate::prng::Prng;
use crate::{Facts, agreed, stated, walked};

const BRANCH: [u8; 32] = [0xe4; 32];

/// A content of this kind whose fields are as short as can be.
fn shortest(kind: &str) -> Content {
    let mut prng = Prng::new(1);
    let drawn = (0..4_000).map(|_| draw(layout(kind), &mut prng));
    let mut shortest = drawn.min_by_key(|one| write(&BRANCH, core::slice::from_ref(one)).len());
    let content = shortest.as_mut().unwrap();
    for value in &mut content.values {
        if let Value::Digits(number) = value {
            *number = digits(0);
        }
    }
    content.clone()
}

fn facts(contents: &[Content]) -> Vec<Facts> {
    contents.iter().map(stated::of).collect()
}

/// All batches of `content` over and over that an HSM can be sent.
fn batches(content: &Content) -> impl Iterator<Item = Vec<Content>> {
    let batches = (1..).map(|count| vec![content.clone(); count]);
    batches.take_while(|batch| write(&BRANCH, batch).len() <= MAX_DATA)
}

#[test]
fn batches_of_one_to_the_most_that_an_hsm_takes_are_walked_whole() {
    for (kind, most) in [("transaction", 19), ("delegation", 36), ("reveal", 16)] {
        let content = shortest(kind);
        let mut longest = 0;
        for batch in batches(&content) {
            let message = write(&BRANCH, &batch);
            assert!(agreed(&message));
            assert_eq!(walked(&message).unwrap(), facts(&batch));
            longest = batch.len();
        }
        assert_eq!(longest, most, "{kind}");
    }
}

#[test]
fn a_transfer_is_found_at_every_place_of_every_batch() {
    let mut prng = Prng::new(2);
    let harmless = shortest("delegation");
    for batch in batches(&harmless) {
        for place in 0..batch.len() {
            let mut batch = batch.clone();
            batch[place] = draw(layout("transaction"), &mut prng);
            let walked = walked(&write(&BRANCH, &batch)).unwrap();
            assert_eq!(walked[place], stated::of(&batch[place]));
            assert_eq!(walked[place][0].1, "transaction");
            assert_eq!(walked.len(), batch.len());
        }
    }
}

#[test]
fn one_unknown_kind_hides_all_others() {
    let harmless = shortest("delegation");
    let batch = vec![harmless; 20];
    let message = write(&BRANCH, &batch);
    for place in 0..20 {
        for tag in [0, 7, 10, 22, 40, 41, 150, 157, 253, 254, 255] {
            let mut changed = message.clone();
            changed[33 + place * 27] = tag;
            assert!(!agreed(&changed), "tag {tag} at {place}");
        }
    }
}
