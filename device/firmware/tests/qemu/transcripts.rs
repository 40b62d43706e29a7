//! Every recorded exchange with the published firmware, against the image.

use core::time::Duration;
use std::collections::BTreeMap;
use std::thread;

use serde_json::Value;
use tezio_soft_hsm::Holes;

use crate::host::{marks, profile};
use crate::machine::{ALIVE, Machine, PROBE};
use crate::recorded::{
    Count, EVERYTHING, Recorder, is_true, marks_in, replay, ron_of, transcripts,
};

/// Categories in which bytes of earlier requests show.
const LOOK_BEHIND: [&str; 2] = ["sign-policy-outside", "chip-fault"];
/// The size of the shortest reply.
const SHORTEST: usize = 5;
/// The longest budget of the device, in milliseconds.
const BUDGET_MS: u32 = 100;

/// How often a packet is written at most that the board calls broken and the recording did not. As
/// hosts do: a board that is emulated on a busy machine can get it too slowly.
const TRIES: u32 = 3;
/// How many may be written again, of all: it takes some load until one is.
const MOST_LOST: u32 = 10;

/// A board, what was written to it for one transcript, and what it sent meanwhile.
struct Line<'a> {
    machine: &'a mut Machine,
    written: Vec<(Vec<u8>, u32)>,
    early: Vec<u8>,
    lost: &'a mut u32,
}

impl Line<'_> {
    /// A pause that is longer than a budget lasts until the device has answered what it has got, as
    /// all recorded ones do.
    fn write_now(&mut self, bytes: &[u8], pause_ms: u32) {
        self.machine.write(bytes);
        if pause_ms > BUDGET_MS {
            self.early.extend(self.machine.read_reply());
        } else {
            thread::sleep(Duration::from_millis(pause_ms.into()));
        }
    }

    /// What comes before the answer to a probe that is sent once something of the length that was
    /// recorded, or less, has come.
    fn answered(&mut self, expected: &[u8]) -> Vec<u8> {
        let mut bytes = core::mem::take(&mut self.early);
        while bytes.len() < expected.len() && !is_lost(&bytes, expected) {
            let reply = self.machine.read_some();
            assert!(!reply.is_empty(), "only {bytes:02x?}");
            bytes.extend(reply);
        }
        self.machine.write(&PROBE);
        while !bytes.ends_with(&ALIVE) || bytes.len() < ALIVE.len() + SHORTEST {
            let reply = self.machine.read_some();
            assert!(!reply.is_empty(), "no life: {bytes:02x?}");
            bytes.extend(reply);
        }
        bytes.truncate(bytes.len() - ALIVE.len());
        bytes
    }
}

impl Recorder for Line<'_> {
    fn write(&mut self, bytes: &[u8], pause_ms: u32) {
        self.written.push((bytes.to_vec(), pause_ms));
        self.write_now(bytes, pause_ms);
    }

    fn replies(&mut self, expected: &[u8]) -> Vec<Vec<u8>> {
        let mut bytes = self.answered(expected);
        for _ in 1..TRIES {
            if !is_lost(&bytes, expected) {
                break;
            }
            *self.lost += 1;
            for (bytes, pause_ms) in self.written.clone() {
                self.write_now(&bytes, pause_ms);
            }
            bytes = self.answered(expected);
        }
        packets(&bytes)
    }
}

/// Whether all of it is the status of a packet that came in broken, A6, A7 or A8, and was recorded
/// as something else.
fn is_lost(bytes: &[u8], expected: &[u8]) -> bool {
    matches!(bytes, [5, 0, 0xa6..=0xa8, _, _]) && !expected.starts_with(bytes)
}

fn packets(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        let (packet, behind) = bytes.split_at(length_of(bytes));
        packets.push(packet.to_vec());
        bytes = behind;
    }
    packets
}

/// How long the packet is that `bytes` begin with; all of them when they begin with none.
fn length_of(bytes: &[u8]) -> usize {
    let length = bytes
        .first_chunk()
        .map_or(0, |length| u16::from_le_bytes(*length));
    match usize::from(length) {
        0 => bytes.len(),
        length => length.min(bytes.len()),
    }
}

/// Transcripts that belong on one board, in order: alone, or those of a sequence.
type Steps = Vec<Value>;

/// By the state that a board starts in.
fn by_start() -> BTreeMap<String, Vec<Steps>> {
    let mut groups = BTreeMap::<String, Vec<Steps>>::new();
    let mut start = String::new();
    let mut fault = Value::Null;
    for transcript in transcripts() {
        let config = &transcript["device_config"];
        // A chip that breaks or is mended between two steps: a board in the state that was recorded.
        let is_same = config["chip_fault"] == fault;
        fault = config["chip_fault"].clone();
        if is_same && is_true(&transcript, "continues_previous_step") {
            let steps = groups.get_mut(&start).and_then(|group| group.last_mut());
            steps.unwrap().push(transcript);
        } else {
            start = ron_of(config);
            groups
                .entry(start.clone())
                .or_default()
                .push(vec![transcript]);
        }
    }
    groups
}

#[test]
fn the_image_answers_every_transcript_as_recorded() {
    let groups = by_start();
    let mut lost = 0;
    let counts = groups
        .iter()
        .map(|(start, group)| on_board(start, group, &mut lost));
    let sum = counts.fold(Count::default(), |sum, count| Count {
        exact: sum.exact + count.exact,
        verified: sum.verified + count.verified,
        not_verified: sum.not_verified + count.not_verified,
    });
    assert_eq!(sum, EVERYTHING);
    assert!(lost <= MOST_LOST, "{lost} written again");
}

/// All transcripts that start in one state: one machine, reset before each that could tell.
fn on_board(start: &str, group: &[Steps], lost: &mut u32) -> Count {
    let mut count = Count::default();
    let mut machine = Machine::start(&profile(start, Holes::Open));
    let mut is_fresh = true;
    for steps in group {
        if !is_fresh {
            machine.reset();
        }
        is_fresh = run(steps, start, &mut machine, &mut count, lost);
    }
    count
}

/// Runs one transcript, or a sequence; whether the board is as it was at the start: no mark has
/// moved, and nobody looks at what earlier requests have left in its buffer.
fn run(
    steps: &[Value],
    start: &str,
    machine: &mut Machine,
    count: &mut Count,
    lost: &mut u32,
) -> bool {
    let mut is_fresh = true;
    for step in steps {
        if is_true(step, "power_cycled_before") {
            machine.reset();
        }
        let mut line = Line {
            machine,
            written: Vec::new(),
            early: Vec::new(),
            lost,
        };
        replay(step, &mut line, count);
        let after = marks_in(&step["watermarks_after"]);
        assert_eq!(marks(machine), after, "{} from {start}", step["name"]);
        let looks_behind = LOOK_BEHIND
            .iter()
            .any(|category| step["category"] == *category);
        let before = marks_in(&step["device_config"]["watermarks_before"]);
        is_fresh &= after == before && !looks_behind;
    }
    is_fresh
}
