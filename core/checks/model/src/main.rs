//! The command: walks through every world and says how large it is.
//!
//! ```text
//! cargo run -p tezio-model
//! ```

use std::io::Write as _;
use std::process::ExitCode;

use tezio_model::ledger::LedgerWorld;
use tezio_model::line::LineWorld;
use tezio_model::signer::{DeviceFaults, DiskFaults, SignerWorld};
use tezio_model::{World, explore};

fn main() -> ExitCode {
    let sound = [
        walk::<LedgerWorld>("ledger"),
        walk::<LineWorld<0>>("line, timely device"),
        walk::<LineWorld<6>>("line, late device"),
        walk::<SignerWorld<DeviceFaults>>("signer, device faults"),
        walk::<SignerWorld<DiskFaults>>("signer, disk faults and crashes"),
    ];
    if sound.into_iter().all(|sound| sound) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Walks through one world and says what came of it; whether no promise was broken and somebody heard.
fn walk<W: World>(name: &str) -> bool {
    let walked = explore::<W>();
    let said = match &walked {
        Ok(walked) => writeln!(std::io::stdout(), "{name}: {walked}"),
        Err(broken) => writeln!(std::io::stdout(), "{name}: {broken}"),
    };
    walked.is_ok() && said.is_ok()
}
