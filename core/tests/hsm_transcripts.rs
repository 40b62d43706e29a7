//! The host's side of every recorded exchange: requests are built to the byte, replies understood.

use serde_json::Value;
use tezio_core::hsm::{
    Answer, Command, KeyAlias, KeyFormat, MAX_DATA, Mode, Opcode, ReplyPacket, RequestPacket,
};
use tezio_core::tezos::{PublicKey, Signature};

const RECORDED: &str = include_str!("recorded/tezio-hsm-transcripts.json");

/// One request that is a whole packet with a right checksum, and its one reply.
struct Exchange {
    name: String,
    request: Vec<u8>,
    reply: Vec<u8>,
    decoded: Value,
}

impl Exchange {
    fn packet(&self) -> RequestPacket<'_> {
        RequestPacket::parse(&self.request[1..]).unwrap()
    }

    fn body(&self) -> &[u8] {
        &self.reply[2..self.reply.len() - 2]
    }
}

/// The exchanges with one well-formed request, out of all.
fn exchanges() -> Vec<Exchange> {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let all = recorded["transcripts"].as_array().unwrap();
    assert_eq!(all.len(), 371);
    let exchanges: Vec<_> = all.iter().filter_map(exchange).collect();
    assert_eq!(exchanges.len(), 337);
    exchanges
}

fn exchange(transcript: &Value) -> Option<Exchange> {
    let decoded = &transcript["decoded"];
    let request = decoded["request"].as_object()?;
    let is_whole = request["declared_length"] == request["bytes_after_start"];
    let is_plain = transcript.get("writes").is_none();
    if !is_whole || !is_plain || request.get("crc_ok")?.as_bool() != Some(true) {
        return None;
    }
    Some(Exchange {
        name: text(&transcript["name"]).to_owned(),
        request: bytes(&transcript["request_hex"]),
        reply: bytes(&transcript["reply_hex"]),
        decoded: decoded.clone(),
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).unwrap()
}

/// What `packet` asks for, whatever of it the HSM would ignore.
fn command<'a>(packet: &RequestPacket<'a>) -> Option<Command<'a>> {
    let alias = KeyAlias::from_number(packet.param1.unwrap_or_default());
    let number = packet.param2.unwrap_or_default();
    let data = packet.data;
    Some(match Opcode::from_byte(packet.opcode) {
        None => Command::Probe,
        Some(Opcode::GetPublicKey) => Command::PublicKey {
            alias: alias?,
            format: KeyFormat::from_number(number)?,
        },
        Some(Opcode::Sign) if number == 0 => Command::DefaultSignature { alias: alias? },
        Some(Opcode::Sign) => Command::Sign {
            alias: alias?,
            mode: Mode::from_number(number)?,
            data,
        },
        Some(Opcode::Verify) => Command::Verify {
            alias: alias?,
            mode: Mode::from_number(number)?,
            first_part: packet.param3.unwrap_or_default(),
            data,
        },
    })
}

#[test]
fn requests_are_parsed_as_recorded() {
    for exchange in exchanges() {
        let (name, packet) = (&exchange.name, exchange.packet());
        let recorded = &exchange.decoded["request"];
        assert_eq!(text(&recorded["opcode"]), format!("{:02x}", packet.opcode));
        let number = |field: &str| recorded.get(field).and_then(Value::as_u64);
        assert_eq!(packet.param1.map(u64::from), number("param1"), "{name}");
        assert_eq!(packet.param2.map(u64::from), number("param2"), "{name}");
        assert_eq!(packet.param3.map(u64::from), number("param3"), "{name}");
        let data = number("data_length").unwrap_or_default();
        assert_eq!(packet.data.len() as u64, data, "{name}");
    }
}

/// All but two: one with half a parameter, which no packet of ours has, and one that is longer than
/// the HSM's buffer, which no host may send.
#[test]
fn requests_are_written_to_the_byte() {
    let mut others = Vec::new();
    for exchange in exchanges() {
        let written = exchange.packet().emit();
        if written.is_none_or(|written| *written != *exchange.request) {
            others.push(exchange.name);
        }
    }
    assert_eq!(others, ["get-pk/with-half-param3", "frame/length-1025"]);
}

#[test]
fn longest_data_is_the_longest_that_was_signed() {
    let packets = exchanges();
    let longest = packets
        .iter()
        .filter(|exchange| exchange.packet().emit().is_some())
        .map(|exchange| exchange.packet().data.len())
        .max();
    assert_eq!(longest, Some(MAX_DATA));
}

/// What no command can say is what no host has a reason to say: aliases, formats and modes that do
/// not exist, parameters left out, data where none belongs, opcodes beside the probe's.
#[test]
fn commands_are_written_to_the_byte() {
    let mut written = 0;
    for exchange in exchanges() {
        let packet = exchange.packet();
        if let Some(command) = command(&packet).filter(|command| command.packet() == packet) {
            let bytes = command.packet().emit();
            written += u32::from(bytes.is_some_and(|bytes| *bytes == *exchange.request));
        }
    }
    assert_eq!(written, 295);
}

#[test]
fn replies_are_written_to_the_byte() {
    for exchange in exchanges() {
        let body = exchange.body();
        let written = ReplyPacket { body }.emit().unwrap();
        assert_eq!(*written, *exchange.reply, "{}", exchange.name);
    }
}

#[test]
fn replies_are_understood_as_recorded() {
    for exchange in exchanges() {
        // A request that no command can make is answered by a status, as the probe is.
        let command = command(&exchange.packet()).unwrap_or(Command::Probe);
        let answer = command.read_answer(exchange.body());
        let answer = answer.unwrap_or_else(|fault| panic!("{}: {fault}", exchange.name));
        check(&exchange, answer);
    }
}

fn check(exchange: &Exchange, answer: Answer) {
    let (name, recorded) = (&exchange.name, &exchange.decoded["reply"]);
    let kind = match answer {
        Answer::Status(status) => {
            assert_eq!(bytes(&recorded["status"]), [status.byte()], "{name}");
            "status"
        }
        Answer::Verified(valid) => {
            assert_eq!(recorded["valid"].as_bool(), Some(valid), "{name}");
            "verify-result"
        }
        Answer::Signature(Signature(signature)) => {
            assert_eq!(bytes(&recorded["signature_raw"]), signature, "{name}");
            "signature"
        }
        Answer::Address(address) => {
            assert_eq!(text(&recorded["text"]), address.to_string(), "{name}");
            "public-key"
        }
        Answer::Key(key) => {
            check_key(name, recorded, &key);
            "public-key"
        }
        Answer::Extension(_) => panic!("{name}: no published firmware has it"),
    };
    assert_eq!(text(&recorded["kind"]), kind, "{name}");
}

fn check_key(name: &str, recorded: &Value, key: &PublicKey) {
    if let Some(text) = recorded.get("text") {
        assert_eq!(text, key.to_base58().as_str(), "{name}");
        return;
    }
    let raw = bytes(&recorded["bytes"]);
    match (key.as_bytes(), raw.len()) {
        ([tag, x @ ..], 64) => {
            assert_eq!(x, &raw[..32], "{name}");
            assert_eq!(*tag, 2 + raw[63] % 2, "{name}");
        }
        (key, _) => assert_eq!(key, raw, "{name}"),
    }
}
