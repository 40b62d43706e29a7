//! The log's thread: takes notes from the queue and puts them on the disk, in batches.
//!
//! ```text
//! notes that wait -> one write -> (a second later, or sooner) one sync
//! disk fails      -> said once -> tried again each second; meanwhile the queue fills
//! ```
//!
//! A sync for every entry would be in the way of the journal's, which signatures wait for; what a power
//! cut can take is the last second, and the marks at the next start tell of that.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::time::{Instant, SystemTime};

use super::entry::{Event, Note};
use super::folder::Folder;
use super::log::Log;
use super::notes::Audit;
use super::shared::Shared;
use crate::config::AuditBounds;

/// Entries that are written together, at most.
const BATCH: usize = 256;

/// How long what was written may be without a sync.
const SYNC_AFTER: Duration = Duration::from_secs(1);

/// How long to wait between attempts at a disk that failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Entries that may wait to be written: some seconds of the fastest signing, a few minutes of a baker's.
const QUEUE: usize = 4_096;

/// How long the end waits for the disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// A thread that writes, to be waited for.
#[derive(Debug)]
pub(crate) struct Writer(Option<Receiver<()>>);

/// Starts a log below `state`, or one that leads nowhere without `bounds`.
///
/// # Errors
///
/// When there can be no thread. A disk that fails is no error.
pub(crate) fn start(state: &Path, bounds: Option<AuditBounds>) -> io::Result<(Audit, Writer)> {
    let shared = Arc::new(Shared::default());
    let Some(bounds) = bounds else {
        return Ok((Audit::new(None, shared), Writer(None)));
    };
    let (queue, notes) = sync_channel(QUEUE);
    let ended = spawn(Folder::of(state), bounds, Arc::clone(&shared), notes)?;
    Ok((Audit::new(Some(queue), shared), Writer(Some(ended))))
}

fn spawn(
    folder: Folder,
    bounds: AuditBounds,
    shared: Arc<Shared>,
    notes: Receiver<Note>,
) -> io::Result<Receiver<()>> {
    let (end, ended) = channel();
    // Before anything that is noted.
    let begun = SystemTime::now();
    std::thread::Builder::new()
        .name("audit".to_owned())
        .spawn(move || {
            Scribe::new(folder, bounds, &shared, begun).run(&notes);
            drop(end);
        })?;
    Ok(ended)
}

impl Writer {
    /// Waits until the thread has ended, and says whether it has: a disk may keep it for long. Its queue
    /// must have been closed.
    pub(crate) fn finish(self) -> bool {
        let ended = self.0.map(|ended| ended.recv_timeout(PATIENCE));
        !matches!(ended, Some(Err(RecvTimeoutError::Timeout)))
    }
}

/// The thread's work.
#[derive(Debug)]
pub(super) struct Scribe<'s> {
    folder: Folder,
    bounds: AuditBounds,
    shared: &'s Shared,
    /// When it began.
    begun: SystemTime,
    /// Once it could be opened.
    log: Option<Log>,
    batch: Vec<Note>,
    /// When something was written first that is not synced.
    unsynced: Option<Instant>,
}

impl<'s> Scribe<'s> {
    pub(super) fn new(
        folder: Folder,
        bounds: AuditBounds,
        shared: &'s Shared,
        begun: SystemTime,
    ) -> Self {
        Self {
            folder,
            bounds,
            shared,
            begun,
            log: None,
            batch: Vec::with_capacity(BATCH),
            unsynced: None,
        }
    }

    /// Writes until nothing more can come.
    pub(super) fn run(mut self, notes: &Receiver<Note>) {
        let opened = self.log().map(drop);
        self.settle(opened);
        while let Some(done) = self.turn(notes) {
            self.settle(done);
        }
        let lost = self.shared.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            self.batch.push(Note {
                at: SystemTime::now(),
                event: Event::Lost { entries: lost },
            });
        }
        let ended = self.write().and_then(|()| self.sync());
        let failed = ended.is_err();
        self.settle(ended);
        if failed {
            self.say_left(lost);
        }
    }

    /// Says how many entries the disk has not taken to the end, with those lost before.
    fn say_left(&self, lost: u64) {
        let unsynced = self.log.as_ref().map_or(0, Log::unsynced);
        // The number of those lost is an entry by itself.
        let entries = (self.batch.len() + unsynced) as u64 + lost.saturating_sub(1);
        tracing::error!(
            entries,
            "the last entries of the audit log are lost: its disk has not taken them"
        );
    }

    /// Waits for notes and writes them, or syncs what was written; `None` at the end.
    fn turn(&mut self, notes: &Receiver<Note>) -> Option<io::Result<()>> {
        let waited = self.unsynced.map(|since| since.elapsed());
        if waited.is_some_and(|waited| waited >= SYNC_AFTER) {
            return Some(self.sync());
        }
        let first = match waited {
            None => notes.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(waited) => notes.recv_timeout(SYNC_AFTER - waited),
        };
        match first {
            Ok(first) => {
                self.batch.push(first);
                self.batch.extend(notes.try_iter().take(BATCH - 1));
                Some(self.write())
            }
            Err(RecvTimeoutError::Timeout) => Some(self.sync()),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// The log, opened if it is not.
    fn log(&mut self) -> io::Result<&mut Log> {
        if self.log.is_none() {
            self.log = Some(Log::open(self.folder.clone(), self.bounds, self.begun)?);
        }
        self.log
            .as_mut()
            .ok_or_else(|| io::Error::other("no audit log is open"))
    }

    fn write(&mut self) -> io::Result<()> {
        self.log()?.make_place()?;
        let mut batch = core::mem::take(&mut self.batch);
        let log = self.log()?;
        let mut begins = false;
        for note in batch.drain(..) {
            begins |= matches!(note.event, Event::Started(_));
            log.seal(&note);
        }
        let put = log.put();
        self.batch = batch;
        self.unsynced.get_or_insert_with(Instant::now);
        // That there was this start is not to be lost with what comes after it.
        if begins {
            put.and_then(|()| self.sync())
        } else {
            put
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.log()?.sync()?;
        self.unsynced = None;
        Ok(())
    }

    /// Tries again until the disk has taken everything, or the daemon ends.
    fn settle(&mut self, mut done: io::Result<()>) {
        let mut said = self.shared.failing.load(Ordering::Relaxed);
        while let Err(error) = done {
            self.shared.failing.store(true, Ordering::Relaxed);
            if !said {
                tracing::error!(
                    %error,
                    folder = %self.folder.path().display(),
                    "the audit log cannot be written: signing goes on, and what happens now may be \
                     missing from the log. Mend the disk; nothing need be restarted"
                );
            }
            said = true;
            if self.shared.closing.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(AGAIN);
            done = self.try_again();
        }
        if said {
            self.shared.failing.store(false, Ordering::Relaxed);
            tracing::info!("the audit log is written again");
        }
    }

    fn try_again(&mut self) -> io::Result<()> {
        self.write()?;
        self.log()?.write_again()?;
        self.unsynced = None;
        Ok(())
    }
}
