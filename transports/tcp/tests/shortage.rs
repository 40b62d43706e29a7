//! A process without descriptors: accepting waits for better times and does not spin.
//!
//! Alone in its file, since the shortage is the whole process's.

mod support;

use core::future::poll_fn;
use core::pin::pin;
use core::time::Duration;
use std::fs::File;

use async_io::Timer;
use futures_lite::Future;
use futures_lite::future::{self, FutureExt};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::{accept, client, listener};

#[test]
fn a_lack_of_descriptors_is_waited_out() {
    let (listener, address) = listener(4, 4);
    future::block_on(async {
        let _first = client(address);
        drop(accept(&listener).await);
        let _second = client(address);
        let hoard = every_descriptor();
        let mut polls = 0;
        let mut accepting = pin!(accept(&listener));
        let watched = poll_fn(|cx| {
            polls += 1;
            accepting.as_mut().poll(cx).map(|_| false)
        });
        let a_while = async {
            Timer::after(Duration::from_millis(350)).await;
            true
        };
        assert!(watched.or(a_while).await, "nothing can be accepted");
        assert!(polls < 50, "polled {polls} times");
        drop(hoard);
        accepting.await;
    });
}

/// Opens files until there are no descriptors left, under a limit that makes this quick.
fn every_descriptor() -> Vec<File> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(64),
            maximum,
        },
    )
    .expect("a lower limit");
    (0..64)
        .map_while(|_| File::open("/dev/null").ok())
        .collect()
}
