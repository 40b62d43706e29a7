//! What bakers asked of the original signer on Ghostnet is read here as it was there.

use tezio_core::octez::http::{Exchange, read};
use tezio_core::octez::{Authentication, Request, authenticated_digest};
use tezio_core::tezos::{Digest, Message, MessageFault, PublicKeyHash, SignatureText};

use crate::{bytes, number, rows, text};

const FILE: &str = include_str!("../recorded/tezio-signer-samples.json");
const GHOSTNET: [u8; 4] = [0xaf, 0x18, 0x64, 0xd9];

#[test]
fn every_block_has_its_level_round_and_digest() {
    let blocks = rows(FILE, "blocks");
    assert_eq!(blocks.len(), 15);
    for row in blocks {
        let data = bytes(&row, "data");
        let message = Message::parse(&data).unwrap();
        let block = message.consensus().unwrap();
        assert_eq!(block.chain.0, GHOSTNET);
        assert_eq!(block.level.number(), number(&row, "level"));
        assert_eq!(block.round.number(), number(&row, "round"));
        assert_eq!(Digest::of(&data).0.to_vec(), bytes(&row, "digest"));
    }
}

#[test]
fn every_request_is_read_and_its_authentication_is_over_the_right_digest() {
    let requests = rows(FILE, "requests");
    assert_eq!(requests.len(), 12);
    for row in requests {
        let (data, key) = (bytes(&row, "data"), text(&row, "key"));
        let key = PublicKeyHash::from_base58(key).unwrap();
        let digest = authenticated_digest(&key, &data);
        assert_eq!(digest.0.to_vec(), bytes(&row, "authenticated_digest"));
        SignatureText::from_base58(text(&row, "authentication")).unwrap();
        let message = Message::parse(&data).unwrap();
        let kind = message
            .consensus()
            .map(|consensus| consensus.kind.to_string());
        match kind {
            Some(kind) => assert_eq!(kind, text(&row, "kind")),
            None => assert!(row["level"].is_null(), "{row}"),
        }
        if let Some(consensus) = message.consensus() {
            assert_eq!(consensus.level.number(), number(&row, "level"));
            assert_eq!(consensus.round.number(), number(&row, "round"));
        }
    }
}

/// The device signed these; the blocks and requests are whole only at their full length.
#[test]
fn no_recorded_block_is_read_when_it_is_cut() {
    for row in rows(FILE, "blocks") {
        let data = bytes(&row, "data");
        for length in 1..data.len() {
            let cut = Message::parse(&data[..length]);
            assert!(
                matches!(cut, Err(MessageFault::Truncated { .. })),
                "cut to {length}"
            );
        }
    }
}

#[test]
fn the_exchange_that_the_original_signer_answered_is_read() {
    let all = rows(FILE, "http");
    let row = all
        .iter()
        .find(|row| text(row, "method") == "POST")
        .unwrap();
    let exchange = Exchange {
        method: "POST",
        target: text(row, "path"),
        from_web_page: false,
        content_type: Some("application/json"),
        body: Some(text(row, "request_body").as_bytes()),
    };
    let mut scratch = [0; 1024];
    let Request::Sign {
        key,
        data,
        authentication: Some(Authentication::Known(authentication)),
    } = read(&exchange, &mut scratch)
    else {
        panic!("{row}");
    };
    let requests = rows(FILE, "requests");
    let same = requests
        .iter()
        .find(|one| bytes(one, "data") == data)
        .unwrap();
    assert_eq!(key.to_base58().as_str(), text(same, "key"));
    let recorded = SignatureText::from_base58(text(same, "authentication"));
    assert_eq!(Ok(authentication), recorded);
}
