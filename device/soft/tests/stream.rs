//! How a stream is cut into writes does not matter; how long the line is idle does.

#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use hex_literal::hex;
use support::Bench;
use tezio_core::time::Instant;

const PROFILE: &str = "(latency: Measured)";

/// Garbage, a request, two more without a pause, one with a wrong checksum, and a good one.
const STREAM: &[u8] = &hex!(
    "ffaa00 0307001101033606 030700110203360c 0307001103033500"
    "030500004400"
);

#[test]
fn every_split_of_a_stream_gives_the_same_replies() {
    let whole = Bench::from_ron(PROFILE).exchange(STREAM);
    assert_eq!(whole.len(), 4);
    for at in 0..=STREAM.len() {
        for pause in [0, 1, 7, 90] {
            let mut bench = Bench::from_ron(PROFILE);
            bench.write(&STREAM[..at], pause);
            let replies = bench.exchange(&STREAM[at..]);
            assert_eq!(replies, whole, "cut at {at}, {pause} ms");
        }
    }
}

#[test]
fn byte_by_byte_gives_the_same_replies() {
    let whole = Bench::from_ron(PROFILE).exchange(STREAM);
    let mut bench = Bench::from_ron(PROFILE);
    for byte in STREAM {
        bench.write(&[*byte], 3);
    }
    assert_eq!(bench.replies(), whole);
}

#[test]
fn garbage_drains_at_a_byte_per_millisecond_without_reply() {
    let mut bench = Bench::from_ron(PROFILE);
    let start = bench.now;
    bench.write(&[0xff; 500], 0);
    while bench.device.poll_timeout().is_some() {
        bench.write(&[], 1);
    }
    assert_eq!(bench.now, start.plus_millis(500));
    assert_eq!(bench.replies().len(), 0);
}

/// Gaps inside a body as they were tried on the firmware: what counts is their sum.
#[test]
fn idle_time_inside_a_body_is_counted_in_total() {
    let frame = hex!("0307001101033606");
    let gaps = |gaps: [u32; 5]| {
        let mut bench = Bench::from_ron(PROFILE);
        bench.write(&frame[..3], 0);
        for (gap, byte) in gaps.iter().zip(&frame[3..]) {
            bench.write(&[], *gap);
            bench.write(&[*byte], 0);
        }
        bench.replies()
    };
    let answered = |replies: &[Vec<u8>]| replies.len() == 1 && replies[0].len() == 58;
    // The pause after the start byte takes 1 ms off the first gap.
    assert!(answered(&gaps([20, 20, 20, 20, 20])));
    assert!(!answered(&gaps([21, 20, 20, 20, 20])));
    assert!(answered(&gaps([100, 0, 0, 0, 0])));
    assert!(!answered(&gaps([101, 0, 0, 0, 0])));
    assert!(!answered(&gaps([30, 30, 30, 30, 30])));
}

#[test]
fn length_and_body_have_a_budget_each() {
    let mut bench = Bench::from_ron(PROFILE);
    bench.write(&hex!("03"), 95);
    bench.write(&hex!("0700"), 95);
    bench.write(&hex!("1101033606"), 0);
    assert_eq!(bench.replies()[0].len(), 58);
}

/// One error reply about 102 ms after the last byte.
#[test]
fn cut_frame_is_answered_when_the_budget_is_spent() {
    let mut bench = Bench::from_ron(PROFILE);
    let written = bench.now;
    bench.write(&hex!("0307001101"), 0);
    let mut replied = None;
    while replied.is_none() {
        let due = bench.device.poll_timeout().unwrap();
        bench.device.handle_timeout(due);
        let sent = bench.device.poll_transmit();
        replied = sent.map(|reply| (due, reply.to_vec()));
        bench.now = due;
        bench.write(&[], 0);
    }
    let (at, reply): (Instant, _) = replied.unwrap();
    assert_eq!(reply, hex!("0500a69003"));
    assert_eq!(at, written.plus_millis(102));
}

/// While a request is worked on, nothing is taken: the bytes stay with the driver.
#[test]
fn bytes_wait_while_the_device_works() {
    let mut bench = Bench::from_ron(PROFILE);
    bench.write(&hex!("0307001103043606"), 0);
    bench.write(&hex!("0307001101033606"), 2);
    let now = bench.now;
    assert_eq!(bench.device.push(now, &hex!("0305")), 0);
    assert_eq!(bench.replies().len(), 2);
}
