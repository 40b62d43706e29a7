//! Something else in the journal's place, or a journal that was tampered with, when the daemon starts:
//! it says which file and what to do, or it signs nothing that it may have signed; never from zero.

use std::fs::{create_dir, read, remove_dir, remove_file, rename, write};
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};

use crate::support::messages::{attestation, block, preattestation};
use crate::support::{Client, Configuration, Home, Simulator, TZ3, assert_signed};

/// Where this signer starts: nothing at or below was ever free.
const START: u32 = 5;

/// Its last level.
const LAST: u32 = 7;

/// What is tried along the journal, about.
const PLACES: usize = 40;

/// Makes a message of a level, a round and a salt.
type Kind = fn(u32, u32, u8) -> Vec<u8>;

const KINDS: [Kind; 3] = [block, preattestation, attestation];

/// A board and its marks, from which two daemons in a row have signed a level each.
#[derive(Debug)]
struct Signer {
    _board: Simulator,
    home: Home,
    sound: Vec<u8>,
}

impl Signer {
    fn new() -> Self {
        let board = Simulator::start("latency: Instant");
        let marks = format!("[(chain: \"NetXnHfVqm9iesp\", level: {START})]");
        let configuration = Configuration::serial(board.path());
        let home = Home::new(&configuration.with("high_water_marks", &marks));
        home.init();
        for level in [LAST - 1, LAST] {
            let daemon = home.start();
            let mut client = daemon.client();
            for kind in KINDS {
                let message = kind(level, 0, 1);
                assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
            }
            daemon.kill();
        }
        Self {
            _board: board,
            sound: read(home.journal()).unwrap(),
            home,
        }
    }

    /// Starts on these bytes. The daemon says that the journal is damaged and what to do, or holds to
    /// `holds`; whether it started. It is not given the time to find its HSM: what is asked is stored
    /// or refused.
    fn start_on(&self, bytes: &[u8], holds: impl FnOnce(&mut Client)) -> bool {
        write(self.home.journal(), bytes).unwrap();
        let starts = self.home.run(&["watermarks", "list"]).status.success();
        if starts {
            holds(&mut self.home.start().client());
        } else {
            let log = self.home.refused(&["run"]);
            for text in ["marks.journal is damaged", "tezio-signer watermarks"] {
                assert!(log.contains(text), "\"{text}\" is not in:\n{log}");
            }
        }
        starts
    }

    /// The daemon does not start on what is in the journal's place now, and says so.
    #[track_caller]
    fn assert_refused(&self) {
        let log = self.home.refused(&["run"]);
        let journal = self.home.journal();
        assert!(log.contains(journal.to_str().unwrap()), "{log}");
    }
}

/// Nothing that was released is lost, and nothing else is signed in its place.
fn all_stands(client: &mut Client) {
    for kind in KINDS {
        let message = kind(LAST, 0, 1);
        assert_signed(&TZ3, &message, &client.sign(&TZ3, &message));
        let answer = client.sign(&TZ3, &kind(LAST, 0, 2));
        answer.assert_refused(409, "different data");
    }
}

/// What was never free is not free.
fn nothing_from_zero(client: &mut Client) {
    for kind in KINDS {
        for level in [1, START] {
            client.sign(&TZ3, &kind(level, 0, 1)).refusal(409);
        }
    }
}

/// What is left of a journal may be a sound journal with older marks. It is never one without.
#[test]
fn a_journal_that_was_cut_off_anywhere() {
    let signer = Signer::new();
    let end = usize::try_from(signer.home.journal_end()).unwrap();
    let step = end / PLACES;
    let mut refused = 0;
    for place in (0..=PLACES).flat_map(|at| [at * step, at * step + 1]) {
        let started = signer.start_on(&signer.sound[..place], nothing_from_zero);
        refused += usize::from(!started);
    }
    assert!(refused > 0, "not even an empty file was refused");
    assert!(signer.start_on(&signer.sound, all_stands));
}

/// The same with zeros in the place of what is gone, as file systems put there after a crash.
#[test]
fn a_journal_that_ends_in_zeros_from_anywhere() {
    let signer = Signer::new();
    let end = usize::try_from(signer.home.journal_end()).unwrap();
    let step = end / PLACES;
    for place in (0..=PLACES).flat_map(|at| [at * step, at * step + 1]) {
        let mut bytes = signer.sound.clone();
        bytes[place..].fill(0);
        signer.start_on(&bytes, nothing_from_zero);
    }
}

#[test]
fn a_journal_with_a_flipped_bit_anywhere() {
    let signer = Signer::new();
    let end = usize::try_from(signer.home.journal_end()).unwrap();
    let rest = [end, end + 100, signer.sound.len() - 1];
    let places = (0..end).step_by(end / PLACES).chain(rest);
    for (bit, place) in places.enumerate() {
        let mut bytes = signer.sound.clone();
        bytes[place] ^= 1 << (bit % 8);
        let started = signer.start_on(&bytes, all_stands);
        assert!(!started || place >= end, "byte {place} does not matter");
    }
}

#[test]
fn something_else_in_the_journal_s_place() {
    let signer = Signer::new();
    let journal = signer.home.journal();
    let elsewhere = signer.home.path().join("elsewhere");
    rename(&journal, &elsewhere).unwrap();

    create_dir(&journal).unwrap();
    signer.assert_refused();
    remove_dir(&journal).unwrap();

    mkfifoat(CWD, &journal, Mode::RUSR | Mode::WUSR).unwrap();
    signer.assert_refused();
    remove_file(&journal).unwrap();

    let links = [
        elsewhere.as_path(),
        Path::new("nothing"),
        Path::new("/dev/zero"),
    ];
    for target in links.into_iter().chain([journal.as_path()]) {
        symlink(target, &journal).unwrap();
        signer.assert_refused();
        remove_file(&journal).unwrap();
    }
    rename(&elsewhere, &journal).unwrap();
    all_stands(&mut signer.home.start().client());
}
