//! The worlds of link and device, to their last states.

use tezio_model::explore;
use tezio_model::line::LineWorld;

#[test]
fn no_reply_of_a_timely_device_is_taken_for_another() {
    let walked = explore::<LineWorld<0>>().unwrap_or_else(|broken| panic!("{broken}"));
    eprintln!("line, timely: {walked}");
    assert!(walked.states > 1_000, "the world has shrunk: {walked}");
}

#[test]
fn host_and_device_come_into_step_however_late_it_answers() {
    let walked = explore::<LineWorld<6>>().unwrap_or_else(|broken| panic!("{broken}"));
    eprintln!("line, late: {walked}");
    assert!(walked.states > 100_000, "the world has shrunk: {walked}");
}
