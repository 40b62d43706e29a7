//! Every refusal becomes the error array that octez-client reads, short enough, with its status.

use serde_json::Value;
use tezio_core::octez::Reply;
use tezio_core::verdict::Refusal;

use crate::write;

use crate::all_refusals::all;

/// The statuses from which octez-client reads the array.
const READ_BY_CLIENT: [u16; 5] = [401, 403, 404, 409, 500];

#[test]
fn every_refusal_is_one_short_error_with_exactly_three_fields() {
    for (_, refusal) in all() {
        let answer = write(&Reply::Refused(refusal));
        assert_eq!(answer.content_type, "application/json");
        assert!(answer.body.len() < 1024, "{refusal}");
        assert!(answer.body.ends_with("]\n"), "{}", answer.body);
        let read: Value = serde_json::from_str(&answer.body).unwrap();
        let [Value::Object(error)] = read.as_array().unwrap().as_slice() else {
            panic!("{read}");
        };
        assert_eq!(error.len(), 3);
        assert_eq!(error["kind"], "temporary");
        assert_eq!(error["id"], "failure");
        assert_eq!(error["msg"], refusal.to_string());
    }
}

#[test]
fn every_refusal_has_its_status() {
    for (status, refusal) in all() {
        let answer = write(&Reply::Refused(refusal));
        assert_eq!(answer.status, status, "{refusal}");
        let of_http = matches!(refusal, Refusal::Malformed(_));
        assert!(of_http || READ_BY_CLIENT.contains(&status), "{refusal}");
    }
}

#[test]
fn a_wrong_method_alone_has_an_allow_header() {
    for (status, refusal) in all() {
        let answer = write(&Reply::Refused(refusal));
        assert_eq!(answer.allow.is_some(), status == 405, "{refusal}");
    }
}

/// Control characters would break the JSON, and no text has a reason to hold any.
#[test]
fn no_refusal_holds_a_control_character() {
    for (_, refusal) in all() {
        assert!(!refusal.to_string().contains(|one: char| one.is_control()));
    }
}
