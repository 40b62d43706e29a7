//! What is asked: messages of rising levels, from a template or from this program's own kinds.

use tezio_core::tezos::{ChainId, ConsensusKind};

/// How a template writes the level.
pub(crate) const LEVEL: &str = "LLLLLLLL";

/// The test network Ghostnet.
pub(crate) const CHAIN: ChainId = ChainId([0xaf, 0x18, 0x64, 0xd9]);

/// One kind of message, in hex digits; its level is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(pub(crate) String);

impl Template {
    /// The message with this level.
    pub(crate) fn at(&self, level: u32) -> Vec<u8> {
        hex::decode(self.0.replace(LEVEL, &format!("{level:08x}"))).unwrap_or_default()
    }

    /// An attestation or preattestation of 80 bytes, or a block of 198, round 0, on [`CHAIN`].
    pub(crate) fn consensus(kind: ConsensusKind) -> Self {
        let chain = hex::encode(CHAIN.0);
        let hash = "5c".repeat(32);
        let magic = kind.magic_byte().0;
        Self(match kind {
            ConsensusKind::Block => format!(
                "{magic:02x}{chain}{LEVEL}14{hash}0000000065e785d804{hash}00000021\
                 000000010200000004{LEVEL}0000000000000004ffffffff0000000400000000\
                 {hash}{hash}0000000010b119fe5d7d0000000a"
            ),
            ConsensusKind::Preattestation => {
                format!("{magic:02x}{chain}{hash}140000{LEVEL}00000000{hash}")
            }
            ConsensusKind::Attestation => {
                format!("{magic:02x}{chain}{hash}150000{LEVEL}00000000{hash}")
            }
        })
    }

    /// A transaction, which no mark guards; the "level" makes its branch another one.
    pub(crate) fn operation() -> Self {
        let branch = "5c".repeat(28);
        Self(format!(
            "03{LEVEL}{branch}6c0002298c03ed7d454a101eb7022bc95f7e5f41ac7821dc05edecc004adcacdb7\
             d4019703000002298c03ed7d454a101eb7022bc95f7e5f41ac7800"
        ))
    }
}
