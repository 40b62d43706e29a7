//! Lasting marks in the image's own flash, through a reset and through a loss of power.

use hex_literal::hex;
use tezio_core::hsm::KeyAlias;
use tezio_core::hsm::extension::{Features, GREETING, OFFER, VERSION};
use tezio_soft_hsm::Holes;

use crate::host::{attestation, packet, profile, sign};
use crate::machine::Machine;

const KEY: KeyAlias = KeyAlias::P256;

/// Enough to fill a page of flash and begin the next.
const LEVELS: core::ops::RangeInclusive<u32> = 1..=12;

#[test]
fn marks_outlive_the_power_once_a_host_has_asked_for_that() {
    let profile = profile("()", Holes::Closed);
    let mut machine = Machine::start(&profile);
    assert_eq!(sign(&mut machine, KEY, &attestation(1, 0)).len(), 64);
    machine.reset();
    assert_eq!(sign(&mut machine, KEY, &attestation(1, 0)).len(), 64);
    let wanted = Features::CLEAR_REFUSALS.and(Features::LASTING);
    let offer = packet(OFFER, wanted.0, VERSION, &GREETING);
    let identity = machine.ask(&offer);
    assert_eq!(identity[..10], hex!("01 05 6e5246353138 3232")[..]);
    for level in LEVELS.skip(1) {
        assert_eq!(sign(&mut machine, KEY, &attestation(level, 0)).len(), 64);
    }
    assert_eq!(sign(&mut machine, KEY, &attestation(12, 0)), hex!("a3"));
    machine.reset();
    assert_eq!(sign(&mut machine, KEY, &attestation(12, 0)), hex!("d4"));
    let flash = machine.marks_in_flash();
    drop(machine);
    let mut machine = Machine::with_marks(&profile, Some(&flash));
    assert_eq!(sign(&mut machine, KEY, &attestation(12, 0)), hex!("d4"));
    assert_eq!(sign(&mut machine, KEY, &attestation(13, 0)).len(), 64);
}
