//! A disk in memory that ends, or fails, at a call, and keeps what it likes of what was not synced.

use std::cell::RefCell;
use std::rc::Rc;

use tezio_core::watermark::{Disk, RECORD_BYTES};

/// What the disk says when it does nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

/// What a crash leaves of a record's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// What was there before.
    None,
    /// The first bytes of what was written.
    Begin(usize),
    /// All of it.
    All,
}

/// One file: what is on the platter, and the writes since.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What every reader sees after a crash.
    pub durable: Vec<u8>,
    /// What was written and not synced, in order.
    pub pending: Vec<(usize, Vec<u8>)>,
}

/// The disk's contents, which outlive the keeper.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The journal.
    pub journal: Option<File>,
    new: Option<File>,
    /// How many calls are left before the disk ends.
    pub calls: Option<u32>,
}

/// The disk: a handle on its contents.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub Rc<RefCell<Contents>>);

impl File {
    /// What a program reads.
    #[must_use]
    pub fn seen(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for (offset, written) in &self.pending {
            put(&mut bytes, *offset, written);
        }
        bytes
    }

    fn sync(&mut self) {
        self.durable = self.seen();
        self.pending.clear();
    }

    /// A crash: `kept` says of each record's place in a write that was not synced how much of it stays.
    ///
    /// Disks write whole sectors, which hold whole places. One is torn here all the same where it
    /// overwrites zeros; elsewhere it is there or not.
    pub fn crash(&mut self, mut kept: impl FnMut() -> Kept) {
        for (offset, written) in core::mem::take(&mut self.pending) {
            for (at, place) in written.chunks(RECORD_BYTES).enumerate() {
                let start = offset + at * RECORD_BYTES;
                let old = self.durable.iter().skip(start).take(place.len());
                let count = match kept() {
                    Kept::All => place.len(),
                    Kept::Begin(count) if old.copied().all(|byte| byte == 0) => {
                        count.min(place.len())
                    }
                    Kept::Begin(_) | Kept::None => 0,
                };
                put(&mut self.durable, start, &place[..count]);
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(written);
}

impl Memory {
    fn call<T>(&self, act: impl FnOnce(&mut Contents) -> Option<T>) -> Result<T, Ended> {
        let mut contents = self.0.borrow_mut();
        if let Some(calls) = &mut contents.calls {
            *calls = calls.checked_sub(1).ok_or(Ended)?;
        }
        act(&mut contents).ok_or(Ended)
    }
}

impl Disk for Memory {
    type Error = Ended;

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Ended> {
        let offset = usize::try_from(offset).map_err(|_| Ended)?;
        self.call(|contents| {
            let file = contents.journal.as_mut()?;
            file.pending.push((offset, bytes.to_vec()));
            Some(())
        })
    }

    fn sync(&mut self) -> Result<(), Ended> {
        self.call(|contents| contents.journal.as_mut().map(File::sync))
    }

    fn write_new(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Ended> {
        let offset = usize::try_from(offset).map_err(|_| Ended)?;
        self.call(|contents| {
            let fresh = contents.new.take().filter(|_| offset > 0);
            let mut file = fresh.unwrap_or_default();
            file.pending.push((offset, bytes.to_vec()));
            contents.new = Some(file);
            Some(())
        })
    }

    fn sync_new(&mut self) -> Result<(), Ended> {
        self.call(|contents| contents.new.as_mut().map(File::sync))
    }

    fn discard_new(&mut self) {
        self.0.borrow_mut().new = None;
    }

    fn replace(&mut self) -> Result<(), Ended> {
        self.call(|contents| {
            contents.journal = Some(contents.new.take()?);
            Some(())
        })
    }
}
