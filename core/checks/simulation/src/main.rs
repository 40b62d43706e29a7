//! The command for long campaigns, and for looking at one history.
//!
//! ```text
//! tezio-simulation --histories 10000000 [--from 0] [--threads 2]
//! tezio-simulation --seed N
//! ```

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tezio_simulation::{Violation, campaign, play};

/// Histories between two lines of progress.
const PROGRESS: u64 = 250_000;

/// Plays histories of the signer, each grown from its seed, and looks for a broken promise.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many histories to play.
    #[arg(long, default_value_t = 10_000)]
    histories: u64,
    /// The seed of the first one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// On how many threads; as many as the machine has processors by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Play the history of this seed alone, and write all that happens to standard error.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let begun = Instant::now();
    tell_the_seed_of_a_panic();
    let played = match arguments.seed {
        Some(seed) => play(seed, true),
        None => play_many(&arguments),
    };
    match played {
        Ok(tally) => say(&format!(
            "{tally}{:>13.1}  seconds",
            begun.elapsed().as_secs_f64()
        )),
        Err(violation) => blame(&violation),
    }
}

fn play_many(arguments: &Arguments) -> Result<tezio_simulation::Tally, Violation> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.threads.unwrap_or(processors);
    let seeds = arguments.from..arguments.from.saturating_add(arguments.histories);
    campaign::run(seeds, threads, |played| {
        if played % PROGRESS == 0 {
            eprintln!("{played} of {}", arguments.histories);
        }
    })
}

/// In a release build a panic ends the program at once.
fn tell_the_seed_of_a_panic() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        eprintln!("in the history of seed {}", campaign::seed());
        usual(panic);
    }));
}

fn blame(violation: &Violation) -> ExitCode {
    say(&format!(
        "{violation}\nwatch it happen: tezio-simulation --seed {}",
        violation.seed
    ));
    ExitCode::FAILURE
}

fn say(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
