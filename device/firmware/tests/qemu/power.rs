//! Marks that last, on the board's own flash.

use hex_literal::hex;
use tezio_core::hsm::KeyAlias;
use tezio_core::hsm::extension::{Features, GREETING, OFFER, RAISE, VERSION};
use tezio_soft_hsm::Holes;

use crate::host::{attestation, packet, profile, sign};
use crate::machine::Machine;

const KEY: KeyAlias = KeyAlias::P256;

/// Enough to fill two pages of flash and begin the next.
const LEVELS: core::ops::RangeInclusive<u32> = 3..=130;

#[test]
fn marks_outlive_the_power_once_a_host_has_asked_for_that() {
    let mut machine = Machine::start(&profile("()", Holes::Closed));
    assert_eq!(sign(&mut machine, KEY, &attestation(1, 0)).len(), 64);
    let mut machine = machine.restart();
    assert_eq!(sign(&mut machine, KEY, &attestation(1, 0)).len(), 64);
    let wanted = Features::CLEAR_REFUSALS
        .and(Features::MARKS)
        .and(Features::LASTING);
    let offer = packet(OFFER, wanted.0, VERSION, &GREETING);
    let identity = machine.ask(&offer);
    assert_eq!(identity[..10], hex!("01 07 6e5246353138 3232")[..]);
    assert_eq!(sign(&mut machine, KEY, &attestation(2, 0)).len(), 64);
    for level in LEVELS {
        let to = [level.to_le_bytes(), [0; 4]].concat();
        let raise = packet(RAISE, KEY.number(), 0x13, &to);
        assert_eq!(machine.ask(&raise), to);
    }
    assert_eq!(sign(&mut machine, KEY, &attestation(131, 0)).len(), 64);
    assert_eq!(sign(&mut machine, KEY, &attestation(131, 0)), hex!("a3"));
    let mut machine = machine.restart();
    assert_eq!(sign(&mut machine, KEY, &attestation(131, 0)), hex!("d4"));
    assert_eq!(sign(&mut machine, KEY, &attestation(132, 0)).len(), 64);
    let mut machine = machine.restart();
    assert_eq!(sign(&mut machine, KEY, &attestation(132, 0)), hex!("d4"));
}
