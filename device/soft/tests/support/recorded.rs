//! The recorded exchanges with the published firmware, and how a device is held to them.

use serde_json::Value;
use tezio_core::crypto::Verify as _;
use tezio_core::tezos::{Digest, PublicKey, Signature, SignatureText};
use tezio_crypto::Verifier;

const RECORDED: &str = include_str!("../../../../core/tests/recorded/tezio-hsm-transcripts.json");

/// Names of the recording and of the profile.
const CHIP_FAULTS: [(&str, &str); 14] = [
    ("absent", "Absent"),
    ("sign", "Sign"),
    ("verify", "Verify"),
    ("nonce", "Nonce"),
    ("random", "Random"),
    ("random-late", "RandomLate"),
    ("encread", "EncryptedRead"),
    ("read-config", "ReadConfig"),
    ("read-11", "Read(11)"),
    ("read-12", "Read(12)"),
    ("read-13", "Read(13)"),
    ("read-14", "Read(14)"),
    ("readhi-11", "ReadSecondHalf(11)"),
    ("gendig=15", "KeyDerivation(15)"),
];

const ALIASES: [(&str, &str); 4] = [
    ("0", "authentication"),
    ("1", "ed25519"),
    ("2", "secp256k1"),
    ("3", "p256"),
];

const KINDS: [(&str, &str); 3] = [
    ("11", "block"),
    ("12", "preattestation"),
    ("13", "attestation"),
];

/// A device's line, and what is behind it.
pub(crate) trait Recorder {
    /// Writes `bytes` and lets `pause_ms` go by.
    fn write(&mut self, bytes: &[u8], pause_ms: u32);

    /// All replies since the last call, once the device has nothing left to do. `expected` is what
    /// was recorded: more or less may come.
    fn replies(&mut self, expected: &[u8]) -> Vec<Vec<u8>>;
}

/// How many exchanges were compared in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) exact: u32,
    pub(crate) verified: u32,
    pub(crate) not_verified: u32,
}

/// All of it.
pub(crate) const EVERYTHING: Count = Count {
    exact: 269,
    verified: 100,
    not_verified: 2,
};

/// The transcripts, in their order.
pub(crate) fn transcripts() -> Vec<Value> {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let transcripts = recorded["transcripts"].as_array().unwrap().clone();
    assert_eq!(transcripts.len(), 371);
    transcripts
}

pub(crate) fn is_true(transcript: &Value, name: &str) -> bool {
    transcript[name].as_bool() == Some(true)
}

/// What was written, each with the pause in milliseconds behind it.
pub(crate) fn writes(transcript: &Value) -> Vec<(Vec<u8>, u32)> {
    let whole = serde_json::json!([{"hex": transcript["request_hex"], "pause_ms_after": 0}]);
    let writes = transcript.get("writes").unwrap_or(&whole).as_array();
    let writes = writes.unwrap().iter().map(|write| {
        let pause = write["pause_ms_after"].as_u64().unwrap();
        (bytes(&write["hex"]), u32::try_from(pause).unwrap())
    });
    writes.collect()
}

/// Writes what was written and compares what comes back.
pub(crate) fn replay(transcript: &Value, device: &mut impl Recorder, count: &mut Count) {
    let name = transcript["name"].as_str().unwrap();
    for (bytes, pause_ms) in writes(transcript) {
        device.write(&bytes, pause_ms);
    }
    let expected = bytes(&transcript["reply_hex"]);
    let replies = device.replies(&expected);
    match transcript["compare"].as_str().unwrap() {
        "exact" => {
            let (reply, expected) = (hex::encode(replies.concat()), hex::encode(expected));
            assert_eq!(reply, expected, "{name}");
            count.exact += 1;
        }
        "verify, do not compare" => {
            check_signatures(transcript, &replies, true);
            count.verified += 1;
        }
        "must not verify" => {
            check_signatures(transcript, &replies, false);
            count.not_verified += 1;
        }
        other => panic!("{name}: unknown comparison {other}"),
    }
}

/// Compares reply by reply; where a signature was random, its shape and what it verifies.
fn check_signatures(transcript: &Value, replies: &[Vec<u8>], valid: bool) {
    let name = &transcript["name"];
    let decoded = &transcript["decoded"]["reply"];
    let decoded = decoded
        .as_array()
        .map_or(core::slice::from_ref(decoded), Vec::as_slice);
    let recorded = transcript["replies"].as_array();
    assert_eq!(replies.len(), decoded.len(), "{name}");
    let mut random = 0;
    for (at, (reply, decoded)) in replies.iter().zip(decoded).enumerate() {
        if decoded["compare"].as_str().unwrap_or("exact") == "exact" {
            let recorded = bytes(&recorded.unwrap()[at]);
            assert_eq!(*reply, recorded, "{name}");
            continue;
        }
        assert_eq!(decoded["length"], reply.len(), "{name}");
        let signature = signature_in(&reply[2..reply.len() - 2]);
        assert_eq!(verifies(decoded, &signature), valid, "{name}");
        random += 1;
    }
    assert!(random > 0, "{name}");
}

fn signature_in(body: &[u8]) -> Signature {
    if let Ok(raw) = body.try_into() {
        return Signature(raw);
    }
    let text = core::str::from_utf8(body).unwrap();
    SignatureText::from_base58(text).unwrap().signature
}

/// Against the recorded key and digest, as strictly as a host does.
fn verifies(decoded: &Value, signature: &Signature) -> bool {
    let key = decoded["public_key_base58"].as_str().unwrap();
    let key = Verifier
        .prepare(&PublicKey::from_base58(key).unwrap())
        .unwrap();
    let digest = Digest(bytes(&decoded["signed_digest"]).try_into().unwrap());
    Verifier.verify(&key, &digest, signature).is_ok()
}

fn bytes(text: &Value) -> Vec<u8> {
    hex::decode(text.as_str().unwrap()).unwrap()
}

/// A recorded configuration in the words of a profile: nothing recorded is beyond it.
pub(crate) fn ron_of(config: &Value) -> String {
    let known = [
        "tezos_ops_enabled",
        "hsm_ops_disabled",
        "watermarks_before",
        "chip_fault",
        "chip_read_write_key",
    ];
    for name in config.as_object().unwrap().keys() {
        assert!(known.contains(&name.as_str()), "{name}");
    }
    let mut fields = vec![
        format!("kinds: ({})", flags(&config["tezos_ops_enabled"])),
        format!("switched_off: ({})", flags(&config["hsm_ops_disabled"])),
        format!("marks: ({})", marks(&config["watermarks_before"])),
    ];
    if let Some(fault) = config.get("chip_fault").and_then(Value::as_str) {
        let (_, fault) = CHIP_FAULTS.iter().find(|(name, _)| *name == fault).unwrap();
        fields.push(format!("chip_fault: {fault}"));
    }
    if let Some(key) = config.get("chip_read_write_key").and_then(Value::as_str) {
        fields.push(format!("chip_read_write_key: \"{key}\""));
    }
    format!("({})", fields.join(", "))
}

fn flags(per_alias: &Value) -> String {
    let mut out = Vec::new();
    for (number, name) in ALIASES {
        if let Some(list) = per_alias.get(number) {
            let list = list.as_array().unwrap().iter();
            let list: Vec<_> = list
                .map(|flag| format!("0x{}", flag.as_str().unwrap()))
                .collect();
            out.push(format!("{name}: [{}]", list.join(", ")));
        }
    }
    out.join(", ")
}

fn marks(per_alias: &Value) -> String {
    let mark = |alias: &str, kind: &str| {
        let mark = &per_alias[alias][kind];
        format!("(level: {}, round: {})", mark[0], mark[1])
    };
    ALIASES
        .map(|(number, name)| {
            let marks = KINDS.map(|(kind, field)| format!("{field}: {}", mark(number, kind)));
            format!("{name}: ({})", marks.join(", "))
        })
        .join(", ")
}

/// Level and round per alias and kind.
pub(crate) type Marks = [[[u64; 2]; 3]; 4];

pub(crate) fn marks_in(per_alias: &Value) -> Marks {
    ALIASES.map(|(number, _)| {
        KINDS.map(|(kind, _)| {
            let mark = &per_alias[number][kind];
            [mark[0].as_u64().unwrap(), mark[1].as_u64().unwrap()]
        })
    })
}
