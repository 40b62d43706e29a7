//! A campaign: many histories, one seed after the other, on as many threads as there are.

use core::cell::Cell;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

use crate::history::{Violation, play};
use crate::tally::Tally;

/// Histories that a thread takes at a time.
const CHUNK: u64 = 250;

/// Plays the histories of `seeds` on `threads` threads. `progress` is told now and then how many were
/// played.
///
/// # Errors
///
/// Of the promises that were broken, the one with the lowest seed.
pub fn run(
    seeds: Range<u64>,
    threads: usize,
    progress: impl Fn(u64) + Sync,
) -> Result<Tally, Violation> {
    let next = AtomicU64::new(seeds.start);
    let sum = Mutex::new(Tally::default());
    let first: Mutex<Option<Violation>> = Mutex::new(None);
    let work = || {
        loop {
            let begin = next.fetch_add(CHUNK, Ordering::Relaxed);
            let end = begin.saturating_add(CHUNK).min(seeds.end);
            if begin >= seeds.end || first.lock().is_ok_and(|first| first.is_some()) {
                return;
            }
            match chunk(begin..end) {
                Ok(tally) => {
                    if let Ok(mut sum) = sum.lock() {
                        sum.add(&tally);
                    }
                }
                Err(violation) => keep_lowest(&first, violation),
            }
            progress(end - seeds.start);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    match first.into_inner() {
        Ok(Some(violation)) => Err(violation),
        Ok(None) | Err(_) => Ok(sum.into_inner().unwrap_or_default()),
    }
}

fn chunk(seeds: Range<u64>) -> Result<Tally, Violation> {
    let mut sum = Tally::default();
    for seed in seeds {
        SEED.set(seed);
        // A panic is a broken promise like any other. Where it ends the program, a hook can tell the
        // seed.
        let played = std::panic::catch_unwind(|| play(seed, false));
        let what = String::from("panicked");
        sum.add(&played.unwrap_or(Err(Violation { seed, what }))?);
    }
    Ok(sum)
}

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
}

/// The seed of the history that this thread plays.
#[must_use]
pub fn seed() -> u64 {
    SEED.get()
}

fn keep_lowest(first: &Mutex<Option<Violation>>, violation: Violation) {
    if let Ok(mut first) = first.lock()
        && first
            .as_ref()
            .is_none_or(|known| violation.seed < known.seed)
    {
        *first = Some(violation);
    }
}
