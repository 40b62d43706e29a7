//! A status with something in every field, the longest numbers, and each variant that decides how much
//! follows it.

use super::{
    Change, Event, Hsm, Key, Mark, Minute, Origin, Outcome, Signed, Status, Took, UnderWay,
    Verdict, Warning,
};

const NOW: u64 = 1_796_044_400_000;

impl Status {
    pub(crate) fn sample() -> Self {
        let minute = Minute {
            signed: 4,
            refused: 1,
            late: 2,
            took: Some(Took {
                median: 123.4,
                p99: 99_999.9,
                max: 123_456.7,
            }),
        };
        let mut minutes = vec![Minute::default(); 2];
        minutes.push(minute);
        Self {
            version: "0.1.0".to_owned(),
            now: NOW,
            started: NOW - 100_000_000,
            ready: false,
            warnings: vec![Warning {
                urgent: true,
                what: "what is wrong".to_owned(),
                mend: "what mends it".to_owned(),
            }],
            hsms: vec![hsm()],
            keys: vec![key()],
            under_way: vec![UnderWay {
                id: "17-4".to_owned(),
                client: "127.0.0.1".to_owned(),
                key: "tz1".to_owned(),
                what: "something".to_owned(),
                stage: "an HSM".to_owned(),
                ms: 1.5,
            }],
            verdicts: vec![Verdict {
                id: "17-123456".to_owned(),
                at: NOW - 1000,
                client: "127.0.0.1".to_owned(),
                key: "tz1".to_owned(),
                what: "something".to_owned(),
                outcome: Outcome::Refused,
                refusal: Some("because".to_owned()),
                ms: 12_345.6,
            }],
            minutes,
            hour: minute,
        }
    }
}

fn hsm() -> Hsm {
    let event = Event {
        at: NOW - 5,
        change: Change::Went,
        why: Some("unplugged".to_owned()),
    };
    Hsm {
        name: "left".to_owned(),
        wanted: "board on USB".to_owned(),
        port: Some("/dev/ttyACM0".to_owned()),
        ready: false,
        trouble: Some("not connected".to_owned()),
        lasting_marks: Some(true),
        events: vec![event],
    }
}

fn key() -> Key {
    Key {
        address: "tz1RecHxwZJmZY4dypq2KmvxKYgUBGJceH1v".to_owned(),
        ready: true,
        kinds: vec!["preattestation".to_owned()],
        hsms: vec!["left".to_owned()],
        signed: vec![Signed {
            kind: "preattestation".to_owned(),
            at: NOW - 3,
        }],
        marks: vec![Mark {
            chain: "NetXnHfVqm9iesp".to_owned(),
            chain_name: None,
            kind: "preattestation".to_owned(),
            level: 2_147_483_647,
            round: 2_147_483_647,
            origin: Origin::Lowered,
            last_level: Some(2_147_483_647),
        }],
    }
}
