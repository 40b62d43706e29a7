//! The device's receive loop, whatever runs behind it.

use hex_literal::hex;
use tezio_core::hsm::Status;
use tezio_core::hsm::device::{CAPACITY, Device, Operations, Reply, Request};
use tezio_core::time::Instant;

/// Echoes the opcode after a fixed time, refuses as the firmware does, and remembers.
#[derive(Default)]
struct Echo {
    millis: u32,
    silent: bool,
    seen: Vec<Result<u8, Status>>,
}

impl Operations for Echo {
    fn run(&mut self, request: Result<Request<'_>, Status>, reply: &mut Reply) -> u32 {
        assert_eq!(reply.bytes(), [], "reply comes empty");
        let seen = request.map(|request| request.packet.opcode);
        self.seen.push(seen);
        match seen {
            _ if self.silent => {}
            Ok(opcode) => reply.put_body(&[opcode]),
            Err(status) => reply.put_status(status),
        }
        self.millis
    }
}

const PROBE: [u8; 6] = hex!("030500004400");
const PROBED: [u8; 5] = hex!("0500004400");

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// Handles every timeout until nothing is due any more, and collects the replies and their times.
fn drain(device: &mut Device<Echo>, waiting: &[u8], from: u64) -> Vec<(u64, Vec<u8>)> {
    let mut replies = Vec::new();
    let (mut now, mut waiting) = (at(from), waiting);
    loop {
        waiting = &waiting[device.push(now, waiting)..];
        if let Some(reply) = device.poll_transmit() {
            replies.push((now.as_millis(), reply.to_vec()));
        }
        match device.poll_timeout() {
            Some(due) => now = due,
            None => break,
        }
        device.handle_timeout(now);
    }
    assert_eq!(waiting, []);
    replies
}

#[test]
fn a_request_takes_a_poll_and_its_work() {
    let mut device = Device::new(Echo {
        millis: 20,
        ..Echo::default()
    });
    let replies = drain(&mut device, &PROBE, 1000);
    assert_eq!(replies, [(1021, PROBED.to_vec())]);
    assert_eq!(device.operations().seen, [Ok(0)]);
}

#[test]
fn requests_without_a_pause_are_worked_on_one_after_the_other() {
    let mut device = Device::new(Echo {
        millis: 20,
        ..Echo::default()
    });
    let replies = drain(&mut device, &PROBE.repeat(3), 0);
    let times: Vec<_> = replies.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [21, 43, 65]);
}

#[test]
fn a_device_without_pauses_answers_all_there_is_at_once() {
    let mut device = Device::without_pauses(Echo::default());
    let mut line = vec![0xff; 40];
    line.extend(PROBE.repeat(3));
    let replies = drain(&mut device, &line, 7);
    assert_eq!(
        replies,
        [
            (7, PROBED.to_vec()),
            (7, PROBED.to_vec()),
            (7, PROBED.to_vec())
        ]
    );
}

#[test]
fn silence_is_a_reply_of_no_bytes() {
    let mut device = Device::new(Echo {
        silent: true,
        ..Echo::default()
    });
    assert_eq!(drain(&mut device, &PROBE, 0), []);
    assert_eq!(device.operations().seen, [Ok(0)]);
    device.operations_mut().silent = false;
    assert_eq!(drain(&mut device, &PROBE, 500).len(), 1);
}

#[test]
fn a_reply_is_given_once() {
    let mut device = Device::new(Echo::default());
    let mut taken = device.push(at(0), &PROBE);
    device.handle_timeout(at(1));
    taken += device.push(at(1), &PROBE[taken..]);
    assert_eq!(taken, PROBE.len());
    device.handle_timeout(at(1));
    assert_eq!(device.poll_transmit(), Some(&PROBED[..]));
    assert_eq!(device.poll_transmit(), None);
}

#[test]
fn nothing_happens_before_its_time() {
    let mut device = Device::new(Echo {
        millis: 20,
        ..Echo::default()
    });
    device.push(at(0), &PROBE);
    for now in 0..300 {
        let due = device.poll_timeout();
        if due.is_none_or(|due| at(now) < due) {
            device.handle_timeout(at(now));
            assert_eq!(device.poll_timeout(), due, "at {now}");
            assert_eq!(device.poll_transmit(), None, "at {now}");
        }
    }
}

/// A driver that was held up pushes first: bytes that were there in time are not lost.
#[test]
fn late_driver_loses_no_frame() {
    let mut device = Device::new(Echo::default());
    device.push(at(0), &PROBE[..1]);
    device.handle_timeout(at(900));
    assert_eq!(device.push(at(5000), &PROBE[1..4]), 3);
    assert_eq!(device.push(at(9000), &PROBE[4..]), 2);
    device.handle_timeout(at(9000));
    assert_eq!(device.poll_transmit(), Some(&PROBED[..]));
}

/// Every announced length, with that many bytes sent: one answer, and the loop goes on.
#[test]
fn every_announced_length_is_survived() {
    let mut device = Device::new(Echo::default());
    for length in (0..=u16::MAX).step_by(97).chain([1024, 1028, 1029, 65535]) {
        let mut frame = vec![0x03];
        frame.extend_from_slice(&length.to_le_bytes());
        frame.resize(1 + usize::from(length).max(2), 0xa5);
        device.operations_mut().seen.clear();
        drain(&mut device, &frame, 0);
        let expected = if length < 5 {
            Status::TooShort
        } else {
            Status::Checksum
        };
        assert_eq!(device.operations().seen, [Err(expected)], "{length}");
    }
    assert_eq!(drain(&mut device, &PROBE, 0).len(), 1);
}

/// The board has 32 KiB: one receive buffer and one reply are all there is.
#[test]
fn the_loop_is_small() {
    assert!(size_of::<Device<()>>() <= CAPACITY + 256);
}
