//! `hsm list`: what is there, and who has it.

use serde_json::Value;

use crate::support::{Configuration, Home, Simulator, on_board};

fn listed(home: &Home) -> Value {
    let ended = home.run(&["hsm", "list", "--json"]);
    assert!(ended.status.success(), "{ended:?}");
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn an_hsm_of_the_configuration_is_shown_with_the_process_that_holds_it() {
    let (_board, home, daemon) = on_board("latency: Instant");
    daemon.wait_ready(1);
    let holder = format!("held by tezio-signer (process {})", daemon.id());
    let ended = home.run(&["hsm", "list"]);
    assert!(ended.out.contains(&holder), "{ended:?}");
    let shown = listed(&home)["hsms"][0]["path"].to_string();
    assert!(shown.contains(&holder), "{shown}");
    // Looking has not disturbed it.
    assert!(daemon.terminate().status.success());
    let shown = listed(&home)["hsms"][0]["path"].to_string();
    assert!(!shown.contains("held"), "{shown}");
}

#[test]
fn an_hsm_that_is_not_there_is_shown_with_the_reason() {
    let absent = "Usb(serial: \"no-such-board\")";
    let home = Home::new(&Configuration::simulated().with("hsm", absent));
    let hsm = &listed(&home)["hsms"][0];
    assert!(hsm["path"].is_null(), "{hsm}");
    let trouble = hsm["trouble"].as_str().unwrap();
    assert!(trouble.contains("no-such-board is plugged in"), "{trouble}");
}

/// A pseudo-terminal is nobody's board, and a machine may have no serial port at all.
#[test]
fn only_boards_are_taken() {
    let board = Simulator::start("latency: Instant");
    let home = Home::new(&Configuration::simulated());
    let list = listed(&home);
    for port in list["ports"].as_array().unwrap() {
        assert_ne!(port["path"], board.path().to_str().unwrap());
        let taken = port["taken"].as_bool().unwrap();
        assert_eq!(taken, port["state"].is_string(), "{port}");
        assert!(port["verdict"].is_string(), "{port}");
    }
}
