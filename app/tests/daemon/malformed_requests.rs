//! Requests that cannot be read are refused in the form that octez-client shows, and the connection
//! goes on, or ends where a client expects it to.

use crate::support::messages::operation;
use crate::support::{TZ1, TZ3, assert_signed, ready};

#[test]
fn bodies_that_are_no_hex_string_are_refused() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    let no_string = "not a JSON string of hex digits";
    for (body, reason) in [
        ("", no_string),
        ("null", no_string),
        ("12", no_string),
        ("[]", no_string),
        ("[\"03\"]", no_string),
        ("{\"data\":\"03\"}", no_string),
        ("03deadbeef", no_string),
        ("\"03deadbeef", no_string),
        ("\"03deadbee\"", "odd number of hex digits (9)"),
        ("\"03 deadbeef\"", "character 2"),
        ("\"03xx\"", "character 2"),
        ("\"\\u0030\\u0033\"", "character 0"),
        ("\"03\"\"03\"", "character 2"),
    ] {
        let answer = client.post(&TZ1.path(), body);
        answer.assert_refused(400, reason);
    }
    let message = operation(1);
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
}

#[test]
fn methods_that_do_not_belong_to_a_path_are_named_with_those_that_do() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    let key = TZ1.path();
    for (method, path, allow) in [
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/authorized_keys", "GET, HEAD"),
        ("PUT", key.as_str(), "GET, HEAD, POST"),
        ("OPTIONS", key.as_str(), "GET, HEAD, POST"),
        ("PATCH", key.as_str(), "GET, HEAD, POST"),
    ] {
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: signer\r\ncontent-length: 0\r\n\r\n");
        client.send(request.as_bytes());
        let answer = client.receive();
        answer.assert_refused(405, "method not allowed");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    }
}

#[test]
fn paths_that_name_nothing_are_not_found() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for path in [
        "/key",
        "/keys",
        "/keys/",
        "/keys/a/b",
        "/authorized_keys/x",
        "/../etc/passwd",
    ] {
        client.get(path).assert_refused(404, "no such path");
    }
}

#[test]
fn addresses_that_are_none_are_refused() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    // The last character of a sound address changed; a public key; a name; percent signs.
    for text in [
        "tz3MyarJihHrejsze59J2Seita7jYWDCJDPf",
        TZ3.public_key,
        "baker",
        "tz9",
        "tz3%4dyarJihHrejsze59J2Seita7jYWDCJDPe",
    ] {
        let path = format!("/keys/{text}");
        client
            .get(&path)
            .assert_refused(400, "not a public key hash");
        let answer = client.post(&path, "\"03\"");
        answer.assert_refused(400, "not a public key hash");
    }
}

#[test]
fn parameters_that_decide_must_be_sound_and_single() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for (query, reason) in [
        ("version=9", "version is not 0, 1, 2 or 3"),
        ("version=", "version is not 0, 1, 2 or 3"),
        ("version=1&version=2", "parameter version is given twice"),
        (
            "authentication=a&authentication=b",
            "parameter authentication is given twice",
        ),
        ("authentication=", "authentication is not a signature"),
        ("authentication=abc", "authentication is not a signature"),
    ] {
        let path = format!("{}?{query}", TZ1.path());
        client.post(&path, "\"03\"").assert_refused(400, reason);
    }
}

#[test]
fn bodies_of_another_type_are_refused_and_json_may_say_its_character_set() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    let message = operation(1);
    let body = format!("\"{}\"", hex::encode(&message));
    let length = body.len();
    for (media, accepted) in [
        ("application/json; charset=utf-8", true),
        ("Application/JSON", true),
        ("text/plain", false),
        ("application/octet-stream", false),
        ("application/x-www-form-urlencoded", false),
    ] {
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: signer\r\ncontent-type: {media}\r\n\
             content-length: {length}\r\n\r\n{body}",
            TZ1.path()
        );
        client.send(request.as_bytes());
        let answer = client.receive();
        if accepted {
            assert_signed(&TZ1, &message, &answer);
        } else {
            answer.assert_refused(415, "use application/json");
        }
    }
}

/// A page that its visitor's browser lets ask on his own machine.
#[test]
fn web_pages_may_not_ask() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for header in ["origin: https://example.org", "Sec-Fetch-Site: cross-site"] {
        for (method, path) in [("GET", "/".to_owned()), ("POST", TZ1.path())] {
            let body = "\"03deadbeef\"";
            let length = body.len();
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: signer\r\n{header}\r\n\
                 content-length: {length}\r\n\r\n{body}"
            );
            client.send(request.as_bytes());
            client.receive().assert_refused(403, "web pages");
        }
    }
}

#[test]
fn what_only_other_signers_do_is_refused_in_words() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    let key = "tz4EECtMxAuJ9UDLaiMZH7G1GCFYUWsj8HZn";
    let answer = client.get(&format!("/bls_prove_possession/{key}"));
    answer.assert_refused(500, "proof of possession");
}

#[test]
fn a_body_of_a_mebibyte_is_refused_and_the_daemon_goes_on() {
    let (_home, daemon) = ready();
    let body = format!("\"03{}\"", "00".repeat(512 * 1024));
    let mut client = daemon.client();
    client.send_post(&TZ1.path(), &body);
    client
        .receive()
        .assert_refused(413, "larger than 66560 bytes");
    assert!(client.is_closed());
    let message = operation(1);
    let answer = daemon.client().sign(&TZ1, &message);
    assert_signed(&TZ1, &message, &answer);
}

#[test]
fn what_is_no_http_ends_its_own_connection_alone() {
    let (_home, daemon) = ready();
    for garbage in [
        "\r\n\r\n\r\n",
        "hello\r\n\r\n",
        "\u{16}\u{3}\u{1}TLS",
        "GET / HTTP/9\r\n\r\n",
    ] {
        let mut client = daemon.client();
        client.send(garbage.as_bytes());
        client.send(b"\0\0\0\0\r\n\r\n");
        if let Some(answer) = client.receive_or_end() {
            assert_eq!(answer.status, 400, "{garbage:?}");
            assert!(client.is_closed());
        }
    }
    assert_eq!(daemon.client().get("/").status, 200);
}
