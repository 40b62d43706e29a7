//! The HSM's packets in both roles: what a device takes for a request is written again byte for byte,
//! and what a host takes for an answer says the bytes that came, whole or in pieces.
//!
//! Input: which role, whether length and sum are mended, how to cut, the bytes.

#![no_main]

use tezio_core::hsm::extension::Features;
use tezio_core::hsm::{
    Answer, Ask, Command, KeyAlias, KeyFormat, Link, LinkFault, MAX_LENGTH, Mode, Outcome,
    RequestPacket, Status,
};
use tezio_core::tezos::PublicKey;
use tezio_core::time::Instant;
use tezio_fuzz::choices::Choices;
use tezio_fuzz::packets::{crc16, packet};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut choices = Choices::new(data);
    match choices.below(4) {
        0 => check_request(choices.rest()),
        1 => check_request(&packet(choices.rest())),
        2 => check_answer(&mut choices),
        _ => check_exchange(&mut choices),
    }
});

/// The device's role.
fn check_request(received: &[u8]) {
    let expected = match received.split_last_chunk::<2>() {
        Some((covered, sum)) if covered.len() >= 3 => {
            if u16::from_le_bytes(*sum) != crc16(covered) {
                Err(Status::Checksum)
            } else if u16::from_le_bytes([covered[0], covered[1]]) as usize != received.len() {
                Err(Status::Length)
            } else {
                Ok(())
            }
        }
        Some(_) | None => Err(Status::TooShort),
    };
    let parsed = RequestPacket::parse(received);
    assert_eq!(parsed.map(|_| ()), expected);
    if let Ok(request) = parsed {
        let emitted = request.emit();
        assert_eq!(emitted.is_some(), received.len() <= MAX_LENGTH);
        // Half of the third parameter is no parameter: such a packet cannot be meant.
        if let Some(emitted) = emitted.filter(|_| received.len() != 8) {
            assert_eq!(emitted[1..], *received);
        }
    }
}

fn some_command<'a>(choices: &mut Choices<'_>, data: &'a [u8]) -> Command<'a> {
    let alias = choices.pick(&KeyAlias::ALL);
    let numbers = [1, 2, 3, 4];
    let format = KeyFormat::from_number(choices.pick(&numbers));
    let mode = Mode::from_number(choices.pick(&numbers));
    let (format, mode) = (format.expect("one of four"), mode.expect("one of four"));
    match choices.below(6) {
        0 => Command::Probe,
        5 => Command::Offer(Features(choices.byte())),
        1 => Command::PublicKey { alias, format },
        2 => Command::DefaultSignature { alias },
        3 => Command::Sign { alias, mode, data },
        _ => Command::Verify {
            alias,
            mode,
            first_part: choices.number(),
            data,
        },
    }
}

/// The host's role: a body as the answer to any command.
fn check_answer(choices: &mut Choices<'_>) {
    let command = some_command(choices, &[]);
    let body = choices.rest();
    let Ok(answer) = command.read_answer(body) else {
        return;
    };
    assert!(command.body_sizes().contains(&body.len()));
    match answer {
        Answer::Status(status) => assert_eq!([status.byte()], *body),
        Answer::Extension(extension) => assert_eq!(extension.emit(), *body),
        Answer::Verified(valid) => assert_eq!([u8::from(valid)], *body),
        Answer::Address(hash) => assert_eq!(hash.to_base58().as_bytes(), body),
        Answer::Key(key) => {
            let compressed = match body.len() {
                32 | 33 => key.as_bytes() == body,
                64 => key.as_bytes()[1..] == body[..32] && key.as_bytes()[0] == 2 + body[63] % 2,
                _ => key.to_base58().as_bytes() == body,
            };
            assert!(compressed || matches!(key, PublicKey::Ed25519(_)) && body.len() == 64);
        }
        Answer::Signature(signature) if body.len() == 64 => assert_eq!(signature.0, *body),
        Answer::Signature(signature) => {
            let curves = KeyAlias::ALL.map(KeyAlias::curve);
            let mut texts = curves.iter().map(|curve| signature.to_base58(*curve));
            assert!(texts.any(|text| text.as_bytes() == body));
        }
    }
}

/// The host's role on the line: an answer in one piece and in two.
fn check_exchange(choices: &mut Choices<'_>) {
    let message = [3, choices.byte()];
    let alias = choices.pick(&KeyAlias::ALL);
    let ask = match choices.below(4) {
        0 => Ask::Probe,
        3 => Ask::Offer(Features(choices.byte())),
        1 => Ask::PublicKey(alias),
        _ => Ask::Sign {
            alias,
            message: &message,
        },
    };
    let mended = choices.below(2) == 0;
    let cut = choices.below(256);
    let rest = choices.rest();
    let bytes = if mended { packet(rest) } else { rest.to_vec() };
    let end = bytes.len().saturating_sub(2);
    let body = bytes.get(2..end).unwrap_or_default();
    let whole = exchange(ask, &[&bytes]);
    let (first, second) = bytes.split_at(cut.min(bytes.len()));
    let halves = exchange(ask, &[first, second]);
    if let Some(Ok(answer)) = whole {
        assert_eq!(halves, Some(Ok(answer)), "cut at {cut}");
        assert_eq!(command(ask).read_answer(body), Ok(answer));
    } else if mended && let Some(Err(LinkFault::Foreign(fault))) = whole {
        assert_eq!(command(ask).read_answer(body), Err(fault));
    }
}

fn command(ask: Ask<'_>) -> Command<'_> {
    match ask {
        Ask::Probe => Command::Probe,
        Ask::Offer(features) => Command::Offer(features),
        Ask::PublicKey(alias) => Command::PublicKey {
            alias,
            format: KeyFormat::Base58,
        },
        Ask::Sign { alias, message } => Command::Sign {
            alias,
            mode: Mode::MessageRaw,
            data: message,
        },
    }
}

/// What comes of `ask` when these pieces are the answer.
fn exchange(ask: Ask<'_>, pieces: &[&[u8]]) -> Option<Outcome> {
    let mut now = Instant::default();
    let mut link = Link::new(3_000);
    link.handle_opened(now);
    while !link.is_idle() {
        now = link.poll_timeout().expect("on its way");
        link.handle_timeout(now);
        if link.poll_transmit().is_some() {
            link.handle_bytes(now, &packet(&[Status::UnknownOpcode.byte()]));
        }
    }
    link.ask(now, ask);
    for piece in pieces {
        link.handle_bytes(now, piece);
    }
    link.poll_outcome()
}
