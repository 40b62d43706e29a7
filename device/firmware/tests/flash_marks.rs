//! Marks in flash survive the power going at any word, and never fall.

#[expect(dead_code, reason = "each test file uses its share of the support")]
mod support;

use support::{Flash, Nrf51};
use tezio_firmware::{FlashMarks, Keeper as _, Marks, Unkept};
use tezio_soft_hsm::Mark;

/// Three pages, the fewest there may be.
const SIZE: usize = 3 * 1024;
/// More than three pages have room for, all but twice: 58 in each.
const RECORDS: u32 = 330;
/// The places behind all marks and behind each move, in bytes.
const FIRST_MOVE: usize = 112;
const MOVE: usize = 16;

fn at_level(level: u32) -> Marks {
    let mut marks = Marks::default();
    marks.p256.attestation = Mark { level, round: 0 };
    marks
}

/// The same, and a second mark that moves at some levels.
fn with_blocks(level: u32) -> Marks {
    let mut marks = at_level(level);
    marks.ed25519.block = Mark {
        level: level / 7,
        round: u32::MAX,
    };
    marks
}

fn kept_and_loaded<const WRITE: usize, const ERASE: usize>(marks: fn(u32) -> Marks) {
    let flash = Flash::<WRITE, ERASE>::erased(SIZE);
    assert_eq!(FlashMarks::new(flash.clone()).load(), Ok(None));
    let mut running = FlashMarks::new(flash.clone());
    for level in 1..=RECORDS {
        assert_eq!(running.keep(&marks(level)), Ok(()));
        let mut started = FlashMarks::new(flash.clone());
        assert_eq!(started.load(), Ok(Some(marks(level))), "{level}");
    }
}

#[test]
fn what_was_kept_last_is_loaded_at_every_start() {
    for marks in [at_level, with_blocks] {
        kept_and_loaded::<4, 1024>(marks);
        kept_and_loaded::<1, 512>(marks);
        kept_and_loaded::<16, 1024>(marks);
        kept_and_loaded::<32, 256>(marks);
        kept_and_loaded::<64, 256>(marks);
    }
}

#[test]
fn what_is_lower_than_what_was_kept_lowers_nothing() {
    let mut keeper = FlashMarks::new(Nrf51::erased(SIZE));
    let mut lower = with_blocks(9);
    lower.ed25519.block.round -= 1;
    lower.p256.block.level = 1;
    let mut joined = with_blocks(9);
    joined.p256.block.level = 1;
    keeper.keep(&with_blocks(9)).unwrap();
    keeper.keep(&lower).unwrap();
    assert_eq!(keeper.load(), Ok(Some(joined)));
}

/// Keeps one level after the other, the power being cut in each at any word: first at once after a
/// start, where a page is begun, then in what follows. What stood before stands, or what was to be
/// kept; and so it does when the power is cut again where it comes back.
#[test]
fn the_power_may_go_at_any_word_and_again_where_it_comes_back() {
    let mut cuts = 0;
    let flash = Nrf51::erased(SIZE);
    for level in 1..=6 {
        FlashMarks::new(flash.clone())
            .keep(&at_level(level))
            .unwrap();
        for running in [false, true] {
            for words in 0.. {
                let cut = flash.copied();
                let mut keeper = FlashMarks::new(cut.clone());
                if running {
                    keeper.keep(&at_level(level)).unwrap();
                }
                cut.cut_after(words);
                if keeper.keep(&at_level(level + 1)).is_ok() {
                    break;
                }
                cuts += 1;
                comes_back(&cut, level, level + 1);
                for words in [0, 1, 2, 130, 255, 256, 257, 270, 283] {
                    let again = cut.copied();
                    again.cut_after(words);
                    let kept = FlashMarks::new(again.clone()).keep(&at_level(level + 1));
                    assert_eq!(kept, Err(Unkept), "{words}");
                    comes_back(&again, level, level + 1);
                }
            }
        }
    }
    assert!(cuts > 6 * 256, "{cuts}");
}

/// What is found is one of both, and can be raised to the higher.
fn comes_back(flash: &Nrf51, before: u32, after: u32) {
    let flash = flash.copied();
    flash.power_on();
    let mut keeper = FlashMarks::new(flash.clone());
    let loaded = keeper.load().unwrap().unwrap();
    assert!(
        [before, after].map(at_level).contains(&loaded),
        "{loaded:?}"
    );
    assert_eq!(keeper.keep(&at_level(after)), Ok(()));
    assert_eq!(FlashMarks::new(flash).load(), Ok(Some(at_level(after))));
}

/// The very first record, which stands alone.
#[test]
fn a_first_record_that_was_cut_is_none() {
    for words in 0..256 + 28 {
        let flash = Nrf51::erased(SIZE);
        for _ in 0..3 {
            flash.cut_after(words);
            let mut keeper = FlashMarks::new(flash.clone());
            let kept = [(); 2].map(|()| keeper.keep(&at_level(1)));
            assert_eq!(kept, [Err(Unkept); 2]);
            flash.power_on();
            let loaded = FlashMarks::new(flash.clone()).load();
            assert!([None, Some(at_level(1))].contains(&loaded.unwrap()));
        }
        assert_eq!(FlashMarks::new(flash).keep(&at_level(1)), Ok(()));
    }
}

#[test]
fn records_of_which_none_is_whole_are_not_an_empty_flash() {
    for byte in [0x00, 0x5a] {
        let mut keeper = FlashMarks::new(Nrf51::filled(SIZE, byte));
        assert_eq!(keeper.load(), Err(Unkept));
        assert_eq!(keeper.keep(&at_level(1)), Err(Unkept));
    }
    let flash = Nrf51::erased(SIZE);
    let mut keeper = FlashMarks::new(flash.clone());
    keeper.keep(&at_level(1)).unwrap();
    keeper.keep(&at_level(2)).unwrap();
    flash.rot(0);
    flash.rot(FIRST_MOVE);
    assert_eq!(FlashMarks::new(flash).load(), Err(Unkept));
}

#[test]
fn a_flash_of_two_pages_keeps_nothing() {
    let mut keeper = FlashMarks::new(Nrf51::erased(2 * 1024));
    assert_eq!(keeper.load(), Err(Unkept));
    assert_eq!(keeper.keep(&at_level(1)), Err(Unkept));
}

/// Any one record but the last: the others have as much, and no page goes that is needed.
#[test]
fn one_rotten_record_lowers_nothing_but_its_own_level() {
    const KEPT: u32 = 100;
    let flash = Nrf51::erased(SIZE);
    let mut keeper = FlashMarks::new(flash.clone());
    (1..=KEPT).for_each(|level| keeper.keep(&with_blocks(level)).unwrap());
    let used = flash.bytes();
    let used = (0..SIZE).filter(|at| used[*at] != 0xff);
    let places = used.filter(|at| at % 1024 == 0 || at % 1024 >= FIRST_MOVE && at % MOVE == 0);
    let mut rotten = 0;
    for at in places {
        let flash = flash.copied();
        flash.rot(at);
        let mut keeper = FlashMarks::new(flash.clone());
        let loaded = keeper.load().unwrap().unwrap();
        let level = loaded.p256.attestation.level;
        assert!(level + 1 >= KEPT, "{at}: {level}");
        rotten += u32::from(level < KEPT);
        flash.cut_after(100);
        assert_eq!(keeper.keep(&with_blocks(KEPT + 1)), Err(Unkept));
        flash.power_on();
        assert_eq!(
            FlashMarks::new(flash.clone()).load(),
            Ok(Some(loaded)),
            "{at}"
        );
        keeper.keep(&with_blocks(KEPT + 1)).unwrap();
        assert_eq!(
            FlashMarks::new(flash).load(),
            Ok(Some(with_blocks(KEPT + 1)))
        );
    }
    assert_eq!(rotten, 1, "the last record alone");
}

#[test]
fn pages_that_have_worn_out_are_passed_over() {
    let flash = Nrf51::erased(8 * 1024);
    let mut keeper = FlashMarks::new(flash.clone());
    keeper.keep(&at_level(1)).unwrap();
    // The latest, and others. What it has can still be read.
    for page in [0, 1, 4, 5] {
        flash.wear_out(page);
    }
    for level in 2..1000 {
        assert_eq!(keeper.keep(&at_level(level)), Ok(()), "{level}");
        assert_eq!(
            FlashMarks::new(flash.clone()).load(),
            Ok(Some(at_level(level)))
        );
    }
    (0..8).for_each(|page| flash.wear_out(page));
    for _ in 0..9 {
        assert_eq!(keeper.keep(&at_level(1000)), Err(Unkept));
        assert_eq!(
            FlashMarks::new(flash.clone()).load(),
            Ok(Some(at_level(999)))
        );
    }
}

/// What the life of a flash is reckoned by, in docs/wire-hsm.md.
#[test]
fn a_page_is_erased_once_in_a_round_of_all_pages_with_58_records_each() {
    const PAGES: u32 = 124;
    const ROUNDS: u32 = 3;
    let flash = Nrf51::erased(124 * 1024);
    let mut keeper = FlashMarks::new(flash.clone());
    (1..=ROUNDS * PAGES * 58).for_each(|level| keeper.keep(&at_level(level)).unwrap());
    assert_eq!(flash.erasures(), [ROUNDS; 124]);
    for _ in 0..100 {
        keeper.keep(&at_level(1)).unwrap();
    }
    assert_eq!(flash.erasures(), [ROUNDS; 124], "nothing has moved");
}
