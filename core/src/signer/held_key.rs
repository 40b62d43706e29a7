//! What is known of a configured key: nothing, until an HSM has shown it.

use crate::tezos::PublicKey;

/// A key that the signer serves.
#[derive(Clone, Copy, Debug)]
pub(super) enum HeldKey<K> {
    /// No HSM has been asked for it yet.
    Unread,
    /// An HSM gave it twice, its address is the configured one, and it is a point on its curve.
    Read {
        /// The key.
        public: PublicKey,
        /// The same, ready for checking signatures.
        prepared: K,
    },
}
