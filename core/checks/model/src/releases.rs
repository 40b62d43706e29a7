//! What was released: one signature for each slot, never behind another, and from the journal alone.

use std::collections::BTreeMap;

use tezio_core::tezos::{Digest, Signature};
use tezio_core::watermark::{Mark, Record, Released};

/// All that was released of one watermark, in all lives.
#[derive(Clone, Debug, Default)]
pub struct Releases(BTreeMap<Mark, ([u8; 32], [u8; 64])>);

impl Releases {
    /// A signature leaves, while `durable` is on the disk.
    ///
    /// # Errors
    ///
    /// The promise that this breaks.
    pub fn release(
        &mut self,
        mark: Mark,
        digest: &Digest,
        signature: &Signature,
        durable: &[Record],
    ) -> Result<(), String> {
        let released = Released {
            digest: *digest,
            signature: *signature,
        };
        let mut records = durable.iter();
        if !records.any(|record| record.mark == mark && record.released() == Some(&released)) {
            return Err(format!("released {mark} without its record on the disk"));
        }
        let made = (digest.0, signature.0);
        if *self.0.entry(mark).or_insert(made) != made {
            return Err(format!("two signatures for {mark}"));
        }
        match self.0.keys().next_back() {
            Some(highest) if *highest > mark => Err(format!("released {mark} behind {highest}")),
            Some(_) | None => Ok(()),
        }
    }
}
