//! The whole signer: requests, device bytes, faults of devices and disk, crashes and time, as the bytes
//! have them, under the eyes of the simulation's witness.
//!
//! What must hold is the witness's list (`core/checks/simulation/src/witness`): one released signature
//! per slot ever, marks that rise, nothing released that is not on the platter, one reply at most; and
//! at the end everybody is answered and honest bakers go on.
//!
//! With `TRACE` in the environment, everything that happens goes to standard error.

#![no_main]

use tezio_fuzz::machine::play;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let traced = std::env::var_os("TRACE").is_some();
    if let Err(violation) = play(data, traced) {
        panic!("{violation}");
    }
});
