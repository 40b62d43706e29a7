//! Marks in flash survive the power going at any word, and never fall.

mod support;

use support::Flash;
use tezio_firmware::{FlashMarks, Keeper as _, Marks};
use tezio_soft_hsm::Mark;

/// Enough to fill both pages and begin the first anew, twice.
const RECORDS: u32 = 45;

fn at_level(level: u32) -> Marks {
    let mut marks = Marks::default();
    marks.p256.attestation = Mark { level, round: 0 };
    // A second mark that moves at other times.
    marks.ed25519.block = Mark {
        level: level / 7,
        round: level % 3,
    };
    marks
}

#[test]
fn what_was_kept_last_is_loaded_at_every_start() {
    let mut flash = Flash::erased();
    assert_eq!(FlashMarks::new(flash.clone()).load(), Ok(None));
    for level in 1..=RECORDS {
        let mut keeper = FlashMarks::new(flash);
        assert_eq!(keeper.keep(&at_level(level)), Ok(()));
        assert_eq!(keeper.load(), Ok(Some(higher_of(level))), "{level}");
        flash = keeper.flash().clone();
    }
}

/// The round of the second mark may fall from one record to the next: the higher one stays.
fn higher_of(level: u32) -> Marks {
    let mut marks = at_level(level);
    let first = 7 * (level / 7);
    let rounds = (first..=level).map(|level| level % 3);
    marks.ed25519.block.round = rounds.max().unwrap();
    marks
}

#[test]
fn the_power_may_go_at_any_word() {
    let mut cuts = 0;
    for level in 2..=RECORDS {
        let mut flash = Flash::erased();
        for earlier in 1..level {
            let mut keeper = FlashMarks::new(flash);
            keeper.keep(&at_level(earlier)).unwrap();
            flash = keeper.flash().clone();
        }
        for words in 0.. {
            let mut cut = flash.clone();
            cut.words_left = words;
            let mut keeper = FlashMarks::new(cut);
            let kept = keeper.keep(&at_level(level));
            let mut flash = keeper.flash().clone();
            flash.words_left = usize::MAX;
            let mut keeper = FlashMarks::new(flash);
            if kept.is_ok() {
                assert_eq!(keeper.load(), Ok(Some(higher_of(level))));
                break;
            }
            cuts += 1;
            let loaded = keeper.load().unwrap().unwrap();
            assert_eq!(loaded, higher_of(level - 1), "{level} cut at {words}");
            assert_eq!(keeper.keep(&at_level(level)), Ok(()));
            assert_eq!(keeper.load(), Ok(Some(higher_of(level))));
        }
    }
    assert!(cuts > 1000, "{cuts}");
}
