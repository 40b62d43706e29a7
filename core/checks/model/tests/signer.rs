//! The signer's worlds, to their last states.

use tezio_model::explore;
use tezio_model::signer::{DeviceFaults, DiskFaults, SignerWorld};

#[test]
fn no_order_of_requests_and_device_faults_breaks_a_promise() {
    let walked = explore::<SignerWorld<DeviceFaults>>().unwrap_or_else(|broken| panic!("{broken}"));
    eprintln!("signer, device faults: {walked}");
    assert!(walked.states > 80_000, "the world has shrunk: {walked}");
}

#[test]
fn no_order_of_requests_disk_faults_and_crashes_breaks_a_promise() {
    let walked = explore::<SignerWorld<DiskFaults>>().unwrap_or_else(|broken| panic!("{broken}"));
    eprintln!("signer, disk faults and crashes: {walked}");
    assert!(walked.states > 40_000, "the world has shrunk: {walked}");
}
