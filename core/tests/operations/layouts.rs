//! The layouts of all operations as a table of fields.
//!
//! Written from the description of protocol 025 alone; [`crate::codec`] is the one machine over it.

/// How one field is written.
#[derive(Debug)]
pub(crate) enum Field {
    /// So many bytes.
    Fixed(usize),
    /// A number of 64 bits.
    Number,
    /// A number of any size, with or without a sign.
    Big,
    /// A length of so many bytes, and as many bytes as it says.
    Blob(usize),
    /// A length of four bytes that says this and nothing else, and the bytes.
    Exactly(usize),
    /// A length of four bytes, and elements of this size, at most so many of them.
    Arrays(usize, usize),
    /// A length of so many bytes, and the name of an entrypoint.
    Name(usize),
    /// A byte that says which of these fields follow.
    Case(&'static [(u8, &'static [Named])]),
    /// A length of four bytes, and these fields over and over.
    Repeat(&'static [Named]),
}

/// A field, and the fact that it states; none if that is empty.
pub(crate) type Named = (&'static str, Field);

/// A kind of operation.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) tag: u8,
    pub(crate) name: &'static str,
    pub(crate) manager: bool,
    body: &'static [Named],
}

impl Layout {
    /// All fields behind the tag.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static Named> {
        let head = if self.manager { MANAGER } else { &[] };
        head.iter().chain(self.body)
    }
}

use Field::{Arrays, Big, Blob, Case, Exactly, Fixed, Name, Number, Repeat};

macro_rules! key_hash {
    ($fact:literal) => {
        ($fact, Case(KEY_HASHES))
    };
}

const ANY: usize = usize::MAX;
const HASH: &[Named] = &[("", Fixed(20))];
const KEY_HASHES: &[(u8, &[Named])] = &[(0, HASH), (1, HASH), (2, HASH), (3, HASH), (4, HASH)];
const KEYS: &[(u8, &[Named])] = &[
    (0, &[("", Fixed(32))]),
    (1, &[("", Fixed(33))]),
    (2, &[("", Fixed(33))]),
    (3, &[("", Fixed(48))]),
    (4, &[("", Fixed(1312))]),
];
const ORIGINATED: &[Named] = &[("", Fixed(20)), ("", Case(&[(0, &[])]))];
const CONTRACTS: &[(u8, &[Named])] = &[(0, &[key_hash!("")]), (1, ORIGINATED)];
const ENTRYPOINTS: &[(u8, &[Named])] = &[
    (0, &[]),
    (1, &[]),
    (2, &[]),
    (3, &[]),
    (4, &[]),
    (5, &[]),
    (6, &[]),
    (7, &[]),
    (8, &[]),
    (9, &[]),
    (255, &[("", Name(1))]),
];
const MANAGER: &[Named] = &[
    key_hash!("source"),
    ("fee", Number),
    ("counter", Number),
    ("gas_limit", Number),
    ("storage_limit", Number),
];
const KEY_AND_PROOF: &[Named] = &[
    ("key", Case(KEYS)),
    ("", Case(&[(0x00, &[]), (0xff, &[("", Exactly(96))])])),
];
const MAYBE_DELEGATE: Named = ("delegate", Case(&[(0x00, &[]), (0xff, &[key_hash!("")])]));
const VOTE: &[Named] = &[("", Fixed(2 + 4 + 4 + 32))];
const INPUT_PROOFS: &[(u8, &[Named])] = &[
    (0, &[("", Fixed(4)), ("", Big), ("", Blob(4))]),
    (
        1,
        &[(
            "",
            Case(&[
                (0, &[("", Blob(2))]),
                (1, &[]),
                (2, &[("", Fixed(7)), ("", Blob(4))]),
                (3, &[]),
            ]),
        )],
    ),
    (2, &[]),
];
const STEPS: &[(u8, &[Named])] = &[
    (
        0,
        &[(
            "",
            Repeat(&[
                ("", Case(&[(0x00, &[]), (0xff, &[("", Fixed(32))])])),
                ("", Big),
            ]),
        )],
    ),
    (
        1,
        &[
            ("", Blob(4)),
            (
                "",
                Case(&[(0x00, &[]), (0xff, &[("", Case(INPUT_PROOFS))])]),
            ),
        ],
    ),
];

const fn single(tag: u8, name: &'static str, body: &'static [Named]) -> Layout {
    let manager = false;
    Layout {
        tag,
        name,
        manager,
        body,
    }
}

const fn batched(tag: u8, name: &'static str, body: &'static [Named]) -> Layout {
    let manager = true;
    Layout {
        tag,
        name,
        manager,
        body,
    }
}

/// All kinds.
pub(crate) static LAYOUTS: [Layout; 37] = [
    single(1, "seed_nonce_revelation", &[("", Fixed(36))]),
    single(
        2,
        "double_consensus_operation_evidence",
        &[("", Fixed(2)), ("", Blob(4)), ("", Blob(4))],
    ),
    single(3, "double_baking_evidence", &[("", Blob(4)), ("", Blob(4))]),
    single(4, "activate_account", &[("", Fixed(40))]),
    single(
        5,
        "proposals",
        &[
            key_hash!("source"),
            ("", Fixed(4)),
            ("proposals", Arrays(32, 20)),
        ],
    ),
    single(
        6,
        "ballot",
        &[
            key_hash!("source"),
            ("", Fixed(4)),
            ("proposal", Fixed(32)),
            ("vote", Case(&[(0, &[]), (1, &[]), (2, &[])])),
        ],
    ),
    single(8, "vdf_revelation", &[("", Fixed(200))]),
    single(
        9,
        "drain_delegate",
        &[
            key_hash!("consensus_key"),
            key_hash!("delegate"),
            key_hash!("destination"),
        ],
    ),
    single(17, "failing_noop", &[("", Blob(4))]),
    single(20, "preattestation", VOTE),
    single(21, "attestation", VOTE),
    single(23, "attestation_with_dal", &[("", Fixed(42)), ("", Big)]),
    single(
        24,
        "dal_entrapment_evidence",
        &[
            ("", Blob(4)),
            ("", Fixed(3)),
            ("", Case(&[(0x00, &[]), (0xff, &[("", Fixed(1))])])),
            ("", Fixed(4)),
            ("", Arrays(32, ANY)),
            ("", Fixed(48)),
        ],
    ),
    single(
        30,
        "preattestations_aggregate",
        &[("", Fixed(40)), ("", Arrays(2, ANY))],
    ),
    single(
        31,
        "attestations_aggregate",
        &[
            ("", Fixed(40)),
            (
                "",
                Repeat(&[
                    ("", Fixed(2)),
                    ("", Case(&[(0x00, &[]), (0xff, &[("", Big)])])),
                ]),
            ),
        ],
    ),
    batched(107, "reveal", KEY_AND_PROOF),
    batched(
        108,
        "transaction",
        &[
            ("amount", Number),
            ("destination", Case(CONTRACTS)),
            (
                "entrypoint",
                Case(&[
                    (0x00, &[]),
                    (0xff, &[("", Case(ENTRYPOINTS)), ("", Blob(4))]),
                ]),
            ),
        ],
    ),
    batched(
        109,
        "origination",
        &[
            ("balance", Number),
            MAYBE_DELEGATE,
            ("", Blob(4)),
            ("", Blob(4)),
        ],
    ),
    batched(110, "delegation", &[MAYBE_DELEGATE]),
    batched(111, "register_global_constant", &[("", Blob(4))]),
    batched(
        112,
        "set_deposits_limit",
        &[("limit", Case(&[(0x00, &[]), (0xff, &[("", Number)])]))],
    ),
    batched(
        113,
        "increase_paid_storage",
        &[("", Big), ("destination", Case(&[(1, ORIGINATED)]))],
    ),
    batched(114, "update_consensus_key", KEY_AND_PROOF),
    batched(115, "update_companion_key", KEY_AND_PROOF),
    batched(
        158,
        "transfer_ticket",
        &[
            ("", Blob(4)),
            ("", Blob(4)),
            ("", Case(CONTRACTS)),
            ("", Big),
            ("destination", Case(CONTRACTS)),
            ("entrypoint", Name(4)),
        ],
    ),
    batched(
        200,
        "smart_rollup_originate",
        &[
            ("", Case(&[(0, &[]), (1, &[]), (2, &[])])),
            ("", Blob(4)),
            ("", Blob(4)),
            (
                "",
                Case(&[(0x00, &[]), (0xff, &[("", Repeat(&[key_hash!("")]))])]),
            ),
        ],
    ),
    batched(
        201,
        "smart_rollup_add_messages",
        &[("", Repeat(&[("", Blob(4))]))],
    ),
    batched(202, "smart_rollup_cement", &[("rollup", Fixed(20))]),
    batched(
        203,
        "smart_rollup_publish",
        &[("rollup", Fixed(20)), ("", Fixed(76))],
    ),
    batched(
        204,
        "smart_rollup_refute",
        &[
            ("rollup", Fixed(20)),
            key_hash!(""),
            (
                "",
                Case(&[
                    (0, &[("", Fixed(64))]),
                    (1, &[("", Big), ("", Case(STEPS))]),
                ]),
            ),
        ],
    ),
    batched(
        205,
        "smart_rollup_timeout",
        &[("rollup", Fixed(20)), key_hash!(""), key_hash!("")],
    ),
    batched(
        206,
        "smart_rollup_execute_outbox_message",
        &[("rollup", Fixed(20)), ("", Fixed(32)), ("", Blob(4))],
    ),
    batched(
        207,
        "smart_rollup_recover_bond",
        &[("rollup", Fixed(20)), key_hash!("")],
    ),
    batched(230, "dal_publish_commitment", &[("", Fixed(145))]),
    batched(
        250,
        "zk_rollup_origination",
        &[
            ("", Blob(4)),
            ("", Blob(4)),
            ("", Arrays(32, ANY)),
            ("", Fixed(4)),
        ],
    ),
    batched(251, "zk_rollup_publish", &[("", Fixed(20)), ("", Blob(4))]),
    batched(
        252,
        "zk_rollup_update",
        &[
            ("", Fixed(20)),
            ("", Blob(4)),
            ("", Blob(4)),
            ("", Arrays(32, ANY)),
            ("", Blob(4)),
        ],
    ),
];
