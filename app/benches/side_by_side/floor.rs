//! The floor: what no signer can beat. The device's bytes over its line and back, and one synced write
//! of a record's size, with nothing around them.

use core::time::Duration;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Instant;

use rustix::fs::OFlags;
use tezio_core::hsm::{Command, KeyAlias, KeyFormat, Mode, ReplyPacket};
use tezio_core::tezos::{ConsensusKind, PublicKey, PublicKeyHash};

use crate::board::Board;
use crate::load::{Latencies, next_level};
use crate::message::Template;

/// A record of the journal, in bytes, and how many fit the file.
const RECORD: usize = 256;
const RECORDS: u64 = 1024;

/// A bare line to a board, and a bare file.
pub(crate) struct Floor {
    line: File,
    file: File,
    written: u64,
    template: Template,
}

/// What the floor takes, with and without the disk.
#[derive(Default)]
pub(crate) struct Bare {
    pub(crate) device: Latencies,
    pub(crate) disk: Latencies,
    pub(crate) both: Latencies,
}

impl Floor {
    /// On `board` and a file in `folder`.
    pub(crate) fn open(board: &Board, folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(i32::from_ne_bytes(OFlags::NOCTTY.bits().to_ne_bytes()))
            .open(board.path())?;
        let file = File::create_new(folder.join("floor"))?;
        file.write_all_at(&vec![0; RECORD * 1024], 0)?;
        file.sync_all()?;
        Ok(Self {
            line,
            file,
            written: 0,
            template: Template::consensus(ConsensusKind::Attestation),
        })
    }

    /// The key that the device shows.
    pub(crate) fn public_key(&mut self, alias: KeyAlias) -> io::Result<PublicKey> {
        let format = KeyFormat::Base58;
        let body = self.exchange(Command::PublicKey { alias, format })?;
        let text = core::str::from_utf8(&body).unwrap_or_default();
        PublicKey::from_base58(text).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// The addresses of all keys.
    pub(crate) fn addresses(&mut self) -> io::Result<Vec<(KeyAlias, PublicKeyHash)>> {
        KeyAlias::ALL
            .into_iter()
            .map(|alias| Ok((alias, self.public_key(alias)?.hash())))
            .collect()
    }

    /// So many signatures with the P-256 key, each recorded.
    pub(crate) fn run(&mut self, count: usize) -> io::Result<Bare> {
        let mut bare = Bare::default();
        for _ in 0..count {
            let (device, disk) = self.once()?;
            bare.device.add(device);
            bare.disk.add(disk);
            bare.both.add(device + disk);
        }
        Ok(bare)
    }

    fn once(&mut self) -> io::Result<(Duration, Duration)> {
        let message = self.template.at(next_level());
        let begun = Instant::now();
        let signature = self.exchange(Command::Sign {
            alias: KeyAlias::P256,
            mode: Mode::MessageRaw,
            data: &message,
        })?;
        let signed = Instant::now();
        let mut record = [0; RECORD];
        record[..signature.len()].copy_from_slice(&signature);
        let at = self.written % RECORDS * RECORD as u64;
        self.file.write_all_at(&record, at)?;
        self.file.sync_data()?;
        self.written += 1;
        Ok((signed - begun, signed.elapsed()))
    }

    /// Sends a command and reads the body of its answer.
    fn exchange(&mut self, command: Command<'_>) -> io::Result<Vec<u8>> {
        let packet = command.packet().emit();
        self.line
            .write_all(&packet.ok_or(io::ErrorKind::InvalidInput)?)?;
        let mut reply = Vec::new();
        let mut chunk = [0; 128];
        loop {
            let length = self.line.read(&mut chunk)?;
            reply.extend_from_slice(&chunk[..length]);
            if let [low, high, ..] = reply[..]
                && reply.len() >= usize::from(u16::from_le_bytes([low, high]))
            {
                let body = reply[2..reply.len() - 2].to_vec();
                let sound = ReplyPacket { body: &body }.emit();
                return match sound {
                    Some(sound) if sound[..] == reply[..] && body.len() > 1 => Ok(body),
                    _ => Err(io::Error::other(format!("the device answered {body:02x?}"))),
                };
            }
        }
    }
}
