//! The recorded operations: every stated kind and fact, and every stated refusal.

use tezio_core::tezos::operation::{OperationFault, OperationKind, Unreadable};

use crate::{Facts, agreed, recorded, walked};

/// What is recorded and not read here, because nothing is decided by it.
const UNREAD: [(&str, &[&str]); 10] = [
    ("preattestation", &["slot", "level", "round"]),
    ("attestation", &["slot", "level", "round"]),
    (
        "attestation_with_dal",
        &["slot", "level", "round", "dal_attestation"],
    ),
    ("preattestations_aggregate", &["level", "round"]),
    ("attestations_aggregate", &["level", "round"]),
    ("reveal", &["proof"]),
    ("update_consensus_key", &["proof"]),
    ("update_companion_key", &["proof"]),
    ("increase_paid_storage", &["amount"]),
    ("smart_rollup_add_messages", &["messages"]),
];

fn is_unread(kind: &str, field: &str) -> bool {
    let ticket = (kind, field) == ("transfer_ticket", "ticket_amount");
    let unread = |(one, fields): &(&str, &[&str])| *one == kind && fields.contains(&field);
    ticket || field == "tag" || UNREAD.iter().any(unread)
}

fn fact<'f>(facts: &'f Facts, name: &str) -> &'f str {
    let found = facts.iter().find(|(one, _)| *one == name);
    found.map_or_else(|| panic!("no {name} in {facts:?}"), |(_, text)| text)
}

#[test]
fn every_recorded_content_has_the_stated_kind_and_facts() {
    let (mut contents, mut facts) = (0, 0);
    for one in recorded("accepted") {
        let walked = walked(&one.message).unwrap();
        let stated = one.row["operations"].as_array().unwrap();
        assert_eq!(walked.len(), stated.len(), "{}", one.name);
        for (walked, stated) in walked.iter().zip(stated) {
            let kind = stated["kind"].as_str().unwrap();
            for (field, value) in stated.as_object().unwrap() {
                if !is_unread(kind, field) {
                    let value = value.as_str().unwrap_or("none");
                    assert_eq!(fact(walked, field), value, "{field} of {}", one.name);
                    facts += 1;
                }
            }
            contents += 1;
        }
    }
    assert_eq!((contents, facts), (68, 361));
}

#[test]
fn every_recorded_content_has_the_stated_tag() {
    for one in recorded("accepted") {
        for stated in one.row["operations"].as_array().unwrap() {
            let kind: OperationKind = stated["kind"].as_str().unwrap().parse().unwrap();
            assert_eq!(Some(u64::from(kind.tag())), stated["tag"].as_u64());
        }
    }
}

#[test]
fn the_table_of_layouts_reads_the_recorded_operations_too() {
    for one in recorded("accepted") {
        assert!(agreed(&one.message), "{}", one.name);
    }
    for one in recorded("refused") {
        assert!(!agreed(&one.message), "{}", one.name);
    }
}

#[test]
fn every_recorded_refusal_has_its_place_and_reason() {
    let unknown = |what, byte| OperationFault::Unknown { what, byte };
    let kind = |byte| unknown("kind of operation", byte);
    let expected = [
        (
            "non-manager operations batched",
            33,
            OperationFault::Batched(OperationKind::DrainDelegate),
        ),
        ("unknown tag 0xfd", 33, kind(0xfd)),
        ("retired tag 150", 33, kind(150)),
        ("no contents", 33, OperationFault::NoContents),
        (
            "truncated transaction",
            65,
            OperationFault::Ended {
                wanted: 20,
                left: 18,
            },
        ),
        ("trailing byte", 86, kind(0)),
        (
            "fee with non-canonical natural (8000)",
            55,
            OperationFault::Padded,
        ),
        ("signature prefix tag inside unsigned bytes", 86, kind(0xff)),
    ];
    let refused = recorded("refused");
    assert_eq!(refused.len(), expected.len());
    for (one, (name, at, fault)) in refused.iter().zip(expected) {
        assert_eq!(one.name, name);
        assert_eq!(
            walked(&one.message),
            Err(Unreadable { at, fault }),
            "{name}"
        );
    }
}
