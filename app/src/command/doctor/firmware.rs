//! Which firmware it may be: what the published one does, and no other need do, as far as that shows
//! without signing.
//!
//! Each check is an exchange that touches no mark and no secret and stays within the buffers of the
//! published firmware, Tezio library 0.2.0 (github.com/prof-groff/tezio at bc67eef): broken packets,
//! parameters out of range, public keys, and VERIFY of a raw signature that anybody can make. What
//! would need a signature, a packet longer than the device can hold, or text that its decoder may not
//! survive, is not tried.

use core::time::Duration;

use tezio_core::hsm::{Command, KeyAlias, KeyFormat, Mode, Opcode, RequestPacket, START};
use tezio_core::tezos::{Digest, Signature};
use tezio_crypto::Forgery;

use super::report::Section;
use crate::conversation::{Conversation, Exchange, Silence};
use crate::shown_keys::{ShownKey, Sound};

/// The firmware waits 100 ms for the rest of a packet, and calls it broken then. How much later the
/// answer gets here says nothing about it.
const GIVES_UP: Duration = Duration::from_millis(90);

/// One question and what the published firmware answers.
#[derive(Debug)]
struct Check {
    what: &'static str,
    packet: Vec<u8>,
    answer: u8,
    /// Whether the answer comes only once the device has given up waiting for more.
    after_wait: bool,
}

/// How the checks went.
#[derive(Debug, Default)]
struct Tally {
    same: usize,
    all: usize,
}

pub(super) async fn examine(hsm: &mut Conversation, keys: &[ShownKey]) -> Result<Section, Silence> {
    let mut section = Section::new("Firmware, as far as it shows without signing");
    let mut tally = Tally::default();
    for check in checks() {
        let exchange = hsm.exchange(&check.packet).await?;
        tally.add(&mut section, check.what, check.fits(&exchange), &exchange);
        hsm.get_into_step().await?;
    }
    for shown in keys {
        if let Ok(sound) = &shown.key {
            formats(hsm, shown.alias, sound, &mut section, &mut tally).await?;
            verify(hsm, shown.alias, sound, &mut section, &mut tally).await?;
        }
    }
    tally.conclude(&mut section);
    Ok(section)
}

impl Check {
    fn fits(&self, exchange: &Exchange) -> bool {
        let time = exchange.to_first.unwrap_or_default();
        let in_time = !self.after_wait || time >= GIVES_UP;
        in_time && exchange.body() == Some(&[self.answer])
    }
}

impl Tally {
    fn add(&mut self, section: &mut Section, what: &str, same: bool, exchange: &Exchange) {
        self.all = self.all.saturating_add(1);
        if same {
            self.same = self.same.saturating_add(1);
        } else {
            section.note(format!("not as published: {what}: {}", heard(exchange)));
        }
    }

    fn conclude(&self, section: &mut Section) {
        let Self { same, all } = self;
        if same == all {
            section.ok(format!(
                "{all} of {all} answers are those of the published firmware 0.2.0"
            ));
            section.note(
                "so take the rest of it for granted, which this signer does anyway: its marks are in \
                 memory alone and move before it signs, a refusal of theirs says D4, kinds beyond its \
                 table and pre-hashed messages pass its policy, and one long packet rewrites both. \
                 Keep the port to this signer alone",
            );
        } else {
            section.note(format!(
                "{same} of {all} answers are those of the published firmware 0.2.0: this is another \
                 one. It serves if its keys and signatures are sound, and every signature is checked"
            ));
        }
    }
}

fn heard(exchange: &Exchange) -> String {
    let hex = exchange.bytes.iter().map(|byte| format!("{byte:02x}"));
    match exchange.to_first {
        None => "no answer".to_owned(),
        Some(time) => format!("{} after {} ms", hex.collect::<String>(), time.as_millis()),
    }
}

/// What takes no key.
fn checks() -> Vec<Check> {
    let check = |what, packet, answer, after_wait| Check {
        what,
        packet,
        answer,
        after_wait,
    };
    let get = Opcode::GetPublicKey.byte();
    vec![
        check("a wrong checksum is A7", wrong_sum(), 0xa7, false),
        check(
            "a start byte alone is A6 after 100 ms, never A4",
            vec![START],
            0xa6,
            true,
        ),
        check(
            "four bytes of seven are A6 after 100 ms, never A5",
            vec![START, 7, 0, get, 3],
            0xa6,
            true,
        ),
        check(
            "five bytes of seven are A7 after 100 ms, never A5",
            vec![START, 7, 0, get, 3, 1],
            0xa7,
            true,
        ),
        check("an unknown alias is AA", request(get, 4, 1), 0xaa, false),
        check("an unknown format is AB", request(get, 3, 9), 0xab, false),
        check(
            "an unknown alias is seen before an unknown format",
            request(get, 4, 9),
            0xaa,
            false,
        ),
        check(
            "VERIFY without data is AD",
            request(Opcode::Verify.byte(), 3, 3),
            0xad,
            false,
        ),
    ]
}

fn request(opcode: u8, alias: u8, format: u8) -> Vec<u8> {
    packet(&RequestPacket {
        opcode,
        param1: Some(alias),
        param2: Some(format),
        ..RequestPacket::default()
    })
}

fn wrong_sum() -> Vec<u8> {
    let mut packet = request(Opcode::GetPublicKey.byte(), 3, 1);
    if let Some(last) = packet.last_mut() {
        *last ^= 0x01;
    }
    packet
}

fn packet(request: &RequestPacket<'_>) -> Vec<u8> {
    request
        .emit()
        .map(|bytes| bytes.to_vec())
        .unwrap_or_default()
}

/// A key in its other forms, and with data that its question has no use for.
async fn formats(
    hsm: &mut Conversation,
    alias: KeyAlias,
    sound: &Sound,
    section: &mut Section,
    tally: &mut Tally,
) -> Result<(), Silence> {
    for format in [KeyFormat::Raw, KeyFormat::Compressed, KeyFormat::Address] {
        let command = Command::PublicKey { alias, format };
        let plain = command.packet();
        let exchange = hsm.exchange(&packet(&plain)).await?;
        let same = says(&command, &exchange, sound);
        let what = format!("key {} in form {}", alias.number(), format.number());
        tally.add(section, &what, same, &exchange);
    }
    let format = KeyFormat::Compressed;
    let command = Command::PublicKey { alias, format };
    let with_data = RequestPacket {
        param3: Some(7),
        data: b"of no use",
        ..command.packet()
    };
    let exchange = hsm.exchange(&packet(&with_data)).await?;
    let same = says(&command, &exchange, sound);
    let what = format!("key {} asked for with data", alias.number());
    tally.add(section, &what, same, &exchange);
    Ok(())
}

/// Whether an answer speaks of this key.
fn says(command: &Command<'_>, exchange: &Exchange, sound: &Sound) -> bool {
    use tezio_core::hsm::Answer;
    let answer = exchange.body().map(|body| command.read_answer(body));
    match answer {
        Some(Ok(Answer::Key(public))) => public == sound.public,
        Some(Ok(Answer::Address(hash))) => hash == sound.public.hash(),
        Some(
            Ok(
                Answer::Status(_)
                | Answer::Signature(_)
                | Answer::Verified(_)
                | Answer::Extension(_),
            )
            | Err(_),
        )
        | None => false,
    }
}

/// Has the device check signatures that nobody made: it shows that it computes, and how strictly.
async fn verify(
    hsm: &mut Conversation,
    alias: KeyAlias,
    sound: &Sound,
    section: &mut Section,
    tally: &mut Tally,
) -> Result<(), Silence> {
    let Some(forgery) = Forgery::of(&sound.prepared) else {
        return Ok(());
    };
    let mut other = forgery.digest;
    other.0[31] ^= 0x01;
    for (digest, signature, answer, what) in [
        (
            forgery.digest,
            forgery.signature,
            1,
            "a signature that fits",
        ),
        (forgery.digest, forgery.twin, 1, "one with its S negated"),
        (other, forgery.signature, 0, "one of another digest"),
    ] {
        let exchange = hsm.exchange(&question(alias, &digest, &signature)).await?;
        let same = exchange.body() == Some(&[answer]);
        let what = format!("VERIFY with key {}: {what}", alias.number());
        tally.add(section, &what, same, &exchange);
    }
    Ok(())
}

fn question(alias: KeyAlias, digest: &Digest, signature: &Signature) -> Vec<u8> {
    let data = [digest.0.as_slice(), &signature.0].concat();
    let command = Command::Verify {
        alias,
        mode: Mode::DigestRaw,
        first_part: 0,
        data: &data,
    };
    packet(&command.packet())
}
