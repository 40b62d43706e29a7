//! The mode is the one asked for, whatever the umask.
//!
//! Alone in its file, since the umask is the whole process's.

mod support;

use rustix::fs::Mode;
use rustix::process::umask;
use support::{access, place};
use tezio_transport_unix::{Listener, Options};

#[test]
fn the_umask_neither_narrows_nor_widens() {
    for mask in [0o000, 0o022, 0o777] {
        for mode in [0o000, 0o600, 0o660, 0o777] {
            let (_folder, path) = place();
            umask(Mode::from_raw_mode(mask));
            let options = Options {
                mode,
                ..Options::default()
            };
            let bound = Listener::bind(&path, options);
            umask(Mode::from_raw_mode(0o022));
            let _listener = bound.expect("a free path");
            assert_eq!(access(&path).0, mode, "under umask {mask:o}");
        }
    }
}
