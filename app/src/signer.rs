//! The core's signer in the size that the daemon has it.

use tezio_core::signer::Signer;
use tezio_crypto::Verifier;

/// Signing requests that may be under way at a time.
pub(crate) const JOBS: usize = 64;

/// Watermarks: the most keys, three kinds, four chains.
pub(crate) const MARKS: usize = 192;

/// The daemon's signer.
pub(crate) type DaemonSigner = Signer<Verifier, JOBS, MARKS>;
