//! Messages that are not exactly what their first byte says are never signed, nor do they move a
//! mark.

use crate::support::messages::{attestation, block, made_up, operation, preattestation, put};
use crate::support::{Client, Configuration, TZ1, TZ3, assert_signed, ready, ready_with};

/// Requires that `message` is refused for `reason`.
#[track_caller]
fn refuse(client: &mut Client, message: &[u8], reason: &str) {
    client.sign(&TZ3, message).assert_refused(403, reason);
}

/// Level 5 is still free for all kinds.
fn assert_marks_did_not_move(client: &mut Client) {
    for message in [
        block(5, 0, 1),
        preattestation(5, 0, 1),
        attestation(5, 0, 1),
    ] {
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
    }
}

#[test]
fn messages_cut_short_are_refused_at_every_length() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for whole in [
        block(9, 0, 1),
        preattestation(9, 0, 1),
        attestation(9, 0, 1),
    ] {
        for length in 1..whole.len() {
            let answer = client.sign(&TZ3, &whole[..length]);
            answer.refusal(403);
        }
    }
    refuse(
        &mut client,
        &attestation(9, 0, 1)[..41],
        "41 bytes do not hold a whole attestation",
    );
    assert_marks_did_not_move(&mut client);
}

#[test]
fn bytes_behind_a_message_are_refused() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for mut message in [
        block(9, 0, 1),
        preattestation(9, 0, 1),
        attestation(9, 0, 1),
    ] {
        message.push(0);
        refuse(&mut client, &message, "1 bytes too many");
        message.extend([0; 699]);
        refuse(&mut client, &message, "700 bytes too many");
    }
    assert_marks_did_not_move(&mut client);
}

#[test]
fn operation_tags_of_another_kind_are_refused() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for tag in (0..=255).filter(|tag| ![21, 23, 41].contains(tag)) {
        let mut message = attestation(9, 0, 1);
        message[37] = tag;
        refuse(&mut client, &message, "does not belong in this attestation");
    }
    let mut slotless = attestation(9, 0, 1);
    slotless[37] = 41;
    slotless.drain(38..40);
    refuse(&mut client, &slotless, "not laid out for keys like tz3");
    assert_marks_did_not_move(&mut client);
}

#[test]
fn blocks_whose_fitness_lies_are_refused() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    let mut other_level = block(5, 0, 1);
    put(&mut other_level, 5, 9000);
    let reason = "block header says level 9000, its fitness says 5";
    refuse(&mut client, &other_level, reason);
    for length in [0, 1, 32, 34, 0x7fff_ffff, 0xffff_ffff] {
        let mut message = block(9, 0, 1);
        put(&mut message, 83, length);
        client.sign(&TZ3, &message).refusal(403);
    }
    let mut version = block(9, 0, 1);
    version[91] = 1;
    refuse(&mut client, &version, "fitness");
    assert_marks_did_not_move(&mut client);
}

#[test]
fn negative_levels_and_rounds_are_refused() {
    let (_home, daemon) = ready();
    let mut client = daemon.client();
    for number in [0x8000_0000, 0xffff_ffff] {
        for message in [attestation(number, 0, 1), block(number, 0, 1)] {
            refuse(&mut client, &message, "negative level");
        }
        for message in [attestation(9, number, 1), block(9, number, 1)] {
            refuse(&mut client, &message, "negative round");
        }
    }
    assert_marks_did_not_move(&mut client);
}

#[test]
fn what_the_device_s_buffer_cannot_hold_is_never_sent_to_it() {
    let keys = format!("[{}]", TZ1.blind_entry(false));
    let (_home, daemon) = ready_with(&Configuration::simulated().with("keys", &keys));
    let mut client = daemon.client();
    let mut largest = made_up(1);
    largest.resize(1015, 0x55);
    assert_signed(&TZ1, &largest, &client.sign(&TZ1, &largest));
    for size in [1016, 1033, 4000, 32 * 1024] {
        largest.resize(size, 0x55);
        let answer = client.sign(&TZ1, &largest);
        answer.assert_refused(403, "larger than this HSM can sign");
        answer.assert_refused(403, &format!("message of {size} bytes"));
        answer.assert_refused(403, "its limit is 1015 bytes");
    }
    let message = operation(2);
    assert_signed(&TZ1, &message, &client.sign(&TZ1, &message));
}

#[test]
fn nothing_is_no_message() {
    let (_home, daemon) = ready();
    let answer = daemon.client().sign(&TZ1, &[]);
    answer.assert_refused(403, "no data to sign");
}
