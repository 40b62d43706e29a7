//! Boards named by what USB tells of them.

use crate::support::messages::operation;
use crate::support::{Configuration, Home, TZ3};

/// No board has this serial number.
const NOBODY: &str = "no-such-board";

fn usb(text: &str) -> Configuration {
    Configuration::simulated().with("hsm", text)
}

fn several(text: &str) -> Configuration {
    Configuration::simulated().without("hsm").with("hsms", text)
}

#[test]
fn a_board_that_is_not_plugged_in_is_waited_for_and_named() {
    let configuration = usb(&format!("Usb(serial: \"{NOBODY}\")"))
        .with("timeouts", "(request_ms: 200, hsm_reply_ms: 5000)");
    let home = Home::new(&configuration);
    home.init();
    let daemon = home.start();
    let line = daemon.log().wait_for("waiting for the HSM port");
    assert!(line.contains(NOBODY), "{line}");
    assert!(line.contains("tezio-signer hsm list"), "{line}");
    let answer = daemon.client().sign(&TZ3, &operation(1));
    answer.assert_refused(500, "HSM not connected");
}

#[test]
fn any_board_and_one_with_a_number_or_a_name_are_understood() {
    for text in [
        "Usb()",
        "Usb(serial: \"5D01A6BC50304A48502E3120FF09161B\")",
        "Usb(product: \"Arduino NANO 33 IoT\")",
    ] {
        let ended = Home::new(&usb(text)).run(&["check"]);
        assert!(ended.status.success(), "{text}: {ended:?}");
    }
    let log = Home::new(&usb("Usb(number: \"1\")")).refused(&["check"]);
    assert!(log.contains("number") && log.contains("serial"), "{log}");
}

/// Each would hold the port that the other waits for.
#[test]
fn two_hsms_that_may_be_one_board_are_refused() {
    let log =
        Home::new(&several(r#"{"left": Usb(), "right": Usb(serial: "0A1B")}"#)).refused(&["check"]);
    assert!(log.contains("left may be any board"), "{log}");
    for place in [r#"Usb(serial: "0A1B")"#, r#"Serial(port: "/dev/ttyACM0")"#] {
        let twice = format!(r#"{{"left": {place}, "right": {place}}}"#);
        let log = Home::new(&several(&twice)).refused(&["check"]);
        assert!(log.contains("left and right are the same"), "{log}");
    }
}
