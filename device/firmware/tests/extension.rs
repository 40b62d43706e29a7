//! The extension: not there until asked for, and then what its page says.

#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use hex_literal::hex;
use support::Nrf51;
use tezio_core::hsm::device::Device;
use tezio_core::hsm::extension::{Features, GREETING, IDENTITY, MARK, OFFER, RAISE, VERSION};
use tezio_core::hsm::{Command, KeyAlias, Mode, RequestPacket};
use tezio_core::time::Instant;
use tezio_firmware::{Extended, FlashMarks};
use tezio_soft_hsm::{Holes, Latency, Profile, SoftElement, SoftHsm};

type Entropy = fn() -> [u8; 32];
type Board = Extended<SoftElement<Entropy>, FlashMarks<Nrf51>>;

const IDENTITY_OF_BOARD: [u8; IDENTITY] = *b"board for tests.";
const MARKS: u8 = Features::MARKS.0;
const LASTING: u8 = Features::LASTING.0;
const CLEAR_REFUSALS: u8 = Features::CLEAR_REFUSALS.0;
const ALL: u8 = CLEAR_REFUSALS | MARKS | LASTING;

fn erased() -> Nrf51 {
    Nrf51::erased(4 * 1024)
}

/// A board with its holes closed.
fn board(flash: Nrf51) -> Device<Board> {
    let profile = Profile {
        latency: Latency::Instant,
        holes: Holes::Closed,
        ..Profile::default()
    };
    let hsm = SoftHsm::new(&profile, (|| [7; 32]) as Entropy).unwrap();
    Device::new(Extended::new(hsm, FlashMarks::new(flash), IDENTITY_OF_BOARD).unwrap())
}

/// The body of the one reply.
fn ask(board: &mut Device<Board>, packet: &RequestPacket<'_>) -> Vec<u8> {
    let request = packet.emit().unwrap();
    let mut unread = request.as_slice();
    let mut now = Instant::from_millis(0);
    for _ in 0..100 {
        unread = &unread[board.push(now, unread)..];
        now = board.poll_timeout().unwrap_or(now);
        board.handle_timeout(now);
        if let Some(reply) = board.poll_transmit() {
            let body = reply[2..reply.len() - 2].to_vec();
            board.handle_timeout(now.plus_millis(1));
            return body;
        }
    }
    panic!("no reply");
}

fn packet(opcode: u8, param1: u8, param2: u8, data: &[u8]) -> RequestPacket<'_> {
    RequestPacket {
        opcode,
        param1: Some(param1),
        param2: Some(param2),
        param3: Some(0),
        data,
    }
}

fn offer(board: &mut Device<Board>, features: u8) -> u8 {
    let body = ask(board, &packet(OFFER, features, VERSION, &GREETING));
    assert_eq!((body[0], &body[2..]), (VERSION, &IDENTITY_OF_BOARD[..]));
    body[1]
}

fn attest(board: &mut Device<Board>, level: u32) -> Vec<u8> {
    attest_with(board, KeyAlias::P256, level)
}

fn attest_with(board: &mut Device<Board>, alias: KeyAlias, level: u32) -> Vec<u8> {
    let mut message = [0x44; 80];
    message[0] = 0x13;
    message[40..44].copy_from_slice(&level.to_be_bytes());
    let command = Command::Sign {
        alias,
        mode: Mode::MessageRaw,
        data: &message,
    };
    ask(board, &command.packet())
}

#[test]
fn nothing_is_new_to_a_host_that_does_not_ask() {
    let mut board = board(erased());
    let unasked = [
        packet(OFFER, ALL, VERSION, b""),
        packet(OFFER, ALL, VERSION, b"TZHY"),
        packet(OFFER, ALL, VERSION + 1, &GREETING),
        packet(MARK, 3, 0x13, b""),
        packet(RAISE, 3, 0x13, &hex!("0900000000000000")),
    ];
    for request in unasked {
        assert_eq!(ask(&mut board, &request), hex!("a2"), "{request:?}");
    }
    assert_eq!(attest(&mut board, 5).len(), 64);
    assert_eq!(attest(&mut board, 5), hex!("d4"));
}

#[test]
fn each_feature_is_on_from_one_offer_to_the_next() {
    let mut board = board(erased());
    assert_eq!(offer(&mut board, 0xff), ALL);
    assert_eq!(attest(&mut board, 5).len(), 64);
    assert_eq!(attest(&mut board, 5), hex!("a3"));
    assert_eq!(offer(&mut board, MARKS), MARKS);
    assert_eq!(attest(&mut board, 5), hex!("d4"));
    let mark = ask(&mut board, &packet(MARK, 3, 0x13, b""));
    assert_eq!(mark, hex!("05000000 44444444"));
    assert_eq!(offer(&mut board, 0), 0);
    assert_eq!(ask(&mut board, &packet(MARK, 3, 0x13, b"")), hex!("a2"));
}

#[test]
fn marks_are_raised_and_never_lowered() {
    let mut board = board(erased());
    offer(&mut board, MARKS);
    for (wanted, stands) in [
        (hex!("0900000002000000"), hex!("0900000002000000")),
        (hex!("0900000001000000"), hex!("0900000002000000")),
        (hex!("08000000ffffffff"), hex!("0900000002000000")),
        (hex!("0900000003000000"), hex!("0900000003000000")),
    ] {
        assert_eq!(ask(&mut board, &packet(RAISE, 3, 0x13, &wanted)), stands);
        assert_eq!(ask(&mut board, &packet(MARK, 3, 0x13, b"")), stands);
    }
    assert_eq!(attest(&mut board, 8), hex!("d4"));
    assert_eq!(
        ask(&mut board, &packet(RAISE, 4, 0x13, &[0; 8])),
        hex!("aa")
    );
    assert_eq!(
        ask(&mut board, &packet(RAISE, 3, 0x14, &[0; 8])),
        hex!("ab")
    );
    assert_eq!(
        ask(&mut board, &packet(RAISE, 3, 0x13, &[0; 7])),
        hex!("ad")
    );
    assert_eq!(ask(&mut board, &packet(MARK, 3, 0x11, b"")), [0; 8]);
}

/// Cuts the power of a board and starts it again with its flash.
fn restart(board: &Device<Board>) -> Device<Board> {
    self::board(board.operations().keeper().flash().clone())
}

#[test]
fn lasting_marks_outlive_the_power_also_for_hosts_that_never_ask() {
    let mut first = board(erased());
    assert_eq!(attest(&mut first, 5).len(), 64);
    let mut forgetful = restart(&first);
    assert_eq!(attest(&mut forgetful, 5).len(), 64, "as published");
    assert_eq!(offer(&mut forgetful, LASTING), LASTING);
    let mut second = restart(&forgetful);
    assert_eq!(attest(&mut second, 5), hex!("d4"));
    assert_eq!(attest(&mut second, 6).len(), 64);
    let mut third = restart(&second);
    assert_eq!(attest(&mut third, 6), hex!("d4"));
    assert_eq!(offer(&mut third, 0), 0);
}

const RAISE_TO_4: [u8; 8] = hex!("0400000000000000");

#[test]
fn no_signature_leaves_when_its_mark_is_not_in_flash() {
    let flash = erased();
    let mut board = board(flash.clone());
    assert_eq!(offer(&mut board, LASTING | MARKS), LASTING | MARKS);
    flash.cut_after(0);
    assert_eq!(attest(&mut board, 5), hex!("af"));
    assert_eq!(attest(&mut board, 5), hex!("d4"), "the level is used up");
    assert_eq!(ask(&mut board, &packet(0, 0, 0, b"")), hex!("a2"), "alive");
    let raise = packet(RAISE, 3, 0x13, &RAISE_TO_4);
    let mark = packet(MARK, 3, 0x13, b"");
    for request in [&raise, &mark, &packet(MARK, 0, 0x11, b"")] {
        assert_eq!(ask(&mut board, request), hex!("af"), "before all is kept");
    }
    flash.power_on();
    let stands = hex!("05000000 44444444");
    assert_eq!(ask(&mut board, &mark), stands);
    assert_eq!(ask(&mut board, &raise), stands);
    assert_eq!(attest(&mut restart(&board), 5), hex!("d4"));
}

#[test]
fn a_raise_that_could_not_be_kept_holds_while_there_is_power() {
    let flash = erased();
    let mut board = board(flash.clone());
    assert_eq!(offer(&mut board, LASTING | MARKS), LASTING | MARKS);
    flash.cut_after(0);
    let raise = packet(RAISE, 3, 0x13, &RAISE_TO_4);
    assert_eq!(ask(&mut board, &raise), hex!("af"));
    assert_eq!(attest(&mut board, 4), hex!("af"), "another round, not kept");
    assert_eq!(attest(&mut board, 3), hex!("d4"));
    flash.power_on();
    assert_eq!(attest(&mut restart(&board), 3).len(), 64);
    assert_eq!(ask(&mut board, &raise)[..4], hex!("04000000"));
}

#[test]
fn lasting_marks_are_not_promised_by_a_flash_that_fails() {
    let flash = erased();
    flash.cut_after(0);
    let mut board = board(flash.clone());
    assert_eq!(offer(&mut board, ALL), CLEAR_REFUSALS | MARKS);
    assert_eq!(attest(&mut board, 5).len(), 64);
    flash.power_on();
    assert_eq!(offer(&mut board, ALL), ALL);
    assert_eq!(attest(&mut restart(&board), 5), hex!("d4"));
}

/// Marks that were kept before are no proof: what OFFER says holds for what is signed next.
#[test]
fn lasting_marks_are_not_promised_by_a_flash_that_has_begun_to_fail() {
    let flash = erased();
    let mut first = board(flash.clone());
    assert_eq!(offer(&mut first, ALL), ALL);
    flash.cut_after(0);
    assert_eq!(attest(&mut first, 5), hex!("af"));
    assert_eq!(offer(&mut first, ALL), CLEAR_REFUSALS | MARKS);
    let mut second = board(flash.clone());
    assert_eq!(offer(&mut second, ALL), CLEAR_REFUSALS | MARKS);
    assert_eq!(attest(&mut second, 6), hex!("af"), "once kept, for good");
    flash.power_on();
    assert_eq!(offer(&mut second, ALL), ALL);
    assert_eq!(attest(&mut second, 7).len(), 64);
}

#[test]
fn what_is_refused_writes_nothing() {
    let flash = erased();
    let mut board = board(flash.clone());
    assert_eq!(offer(&mut board, ALL), ALL);
    assert_eq!(attest(&mut board, 5).len(), 64);
    let before = flash.bytes();
    flash.cut_after(0);
    for level in 0..300 {
        let refused = attest_with(&mut board, KeyAlias::Ed25519, level);
        assert_eq!(refused, hex!("b8"), "policy");
        assert_eq!(attest(&mut board, level % 6), hex!("a3"), "mark");
        assert_eq!(offer(&mut board, ALL), ALL);
    }
    assert_eq!(flash.bytes(), before);
}
