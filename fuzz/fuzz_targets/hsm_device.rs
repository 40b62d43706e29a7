//! The device's receive loop: a stream cut anywhere is answered as the same stream in larger pieces, and
//! after anything that came a sound packet is found.
//!
//! Input: pieces with the pauses before them, and where each one is cut once more.

#![no_main]

use tezio_core::hsm::{KeyAlias, Mode, Opcode, RequestPacket};
use tezio_fuzz::board::Board;
use tezio_fuzz::choices::Choices;
use tezio_fuzz::packets::packet;

/// More than all budgets and pauses of the loop, and the work of [`tezio_fuzz::board::Echo`].
const REST_MS: u64 = 1_000;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut choices = Choices::new(data);
    let (mut whole, mut cut) = (Board::default(), Board::default());
    let mut now = 0;
    while !choices.is_over() {
        now += u64::from(choices.byte());
        let bytes = piece(&mut choices);
        let (first, second) = bytes.split_at(choices.byte() as usize % (bytes.len() + 1));
        whole.receive(now, &bytes);
        cut.receive(now, first);
        cut.receive(now, second);
    }
    check_recovers(&mut whole, now);
    check_recovers(&mut cut, now);
    assert_eq!(whole.sent, cut.sent);
    assert_eq!(whole.seen(), cut.seen());
});

/// Any bytes, with a packet around them or without.
fn piece(choices: &mut Choices<'_>) -> Vec<u8> {
    match choices.below(4) {
        0 => [&[3][..], &packet(choices.string())].concat(),
        1 => {
            let mut bytes = [&[3][..], &packet(choices.string())].concat();
            let at = choices.below(bytes.len());
            bytes[at] = choices.byte();
            bytes
        }
        _ => choices.string().to_vec(),
    }
}

fn check_recovers(board: &mut Board, mut now: u64) {
    for _ in 0..100_000 {
        if board.is_quiet() {
            break;
        }
        now += REST_MS;
        board.advance(now);
    }
    assert!(board.is_quiet(), "still busy");
    let request = RequestPacket {
        opcode: Opcode::Sign.byte(),
        param1: Some(KeyAlias::P256.number()),
        param2: Some(Mode::MessageRaw.number()),
        param3: Some(0),
        data: &[3, 3, 3, 0, 5, 0, 0xff],
    };
    let before = board.seen().len();
    board.receive(now, &request.emit().expect("a short packet"));
    board.advance(now + REST_MS);
    let [Ok((opcode, _, _, data))] = &board.seen()[before..] else {
        panic!("{:?}", &board.seen()[before..]);
    };
    assert_eq!((*opcode, data.as_slice()), (request.opcode, request.data));
}
