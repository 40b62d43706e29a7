//! The tally: how often each thing happened, so that a reader sees that a campaign was not quiet.

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Event {
    /// A history was played to its end.
    History,
    /// A request came.
    Request,
    /// A consensus signature left.
    Release,
    /// The same signature left again.
    Repeat,
    /// Other bytes at the mark, or at a place being signed, were refused.
    Conflict,
    /// A message below the mark was refused.
    Below,
    /// A level too far ahead was refused.
    Jump,
    /// A level behind the handing over was refused.
    HandedOver,
    /// A client hung up.
    HangUp,
    /// A device did something wrong.
    DeviceFault,
    /// A device went away.
    Unplugged,
    /// The power went.
    PowerCut,
    /// The process was killed; what it wrote is still in memory.
    Kill,
    /// A start read a journal.
    Start,
    /// The power went, or the process, before a start had come to its end.
    BrokenStart,
    /// A start found records cut short or missing.
    Torn,
    /// Unsynced sectors, of which a power cut kept some and lost others.
    Scattered,
    /// A sector was torn.
    TornSector,
    /// Several records were written together.
    Batch,
    /// A journal was compacted.
    Compaction,
    /// There was no room to compact one.
    NoRoom,
    /// A write failed.
    FailedWrite,
    /// A sync failed.
    FailedSync,
    /// A new journal could not be put in place.
    FailedReplace,
    /// An operator set marks.
    Operator,
    /// A copy of a journal was damaged on purpose, and that was noticed.
    Damage,
}

impl Event {
    /// All, in order, with what they are called.
    pub const ALL: [(Self, &'static str); 26] = [
        (Self::History, "histories"),
        (Self::Request, "requests"),
        (Self::Release, "signatures released"),
        (Self::Repeat, "signatures released again"),
        (Self::Conflict, "conflicts refused"),
        (Self::Below, "refused below the mark"),
        (Self::Jump, "jumps refused"),
        (Self::HandedOver, "refused behind a handing over"),
        (Self::HangUp, "clients hung up"),
        (Self::DeviceFault, "device faults"),
        (Self::Unplugged, "devices gone"),
        (Self::PowerCut, "power cuts"),
        (Self::Kill, "kills"),
        (Self::Start, "starts"),
        (Self::BrokenStart, "starts cut short"),
        (Self::Torn, "torn tails"),
        (Self::Scattered, "cuts that kept some sectors"),
        (Self::TornSector, "torn sectors"),
        (Self::Batch, "batches of several records"),
        (Self::Compaction, "compactions"),
        (Self::NoRoom, "compactions without room"),
        (Self::FailedWrite, "failed writes"),
        (Self::FailedSync, "failed syncs"),
        (Self::FailedReplace, "failed replacements"),
        (Self::Operator, "marks set by operators"),
        (Self::Damage, "damage noticed"),
    ];
}

/// The counts.
#[derive(Clone, Debug, Default)]
pub struct Tally([u64; Event::ALL.len()]);

impl Tally {
    /// One more.
    pub const fn count(&mut self, event: Event) {
        self.0[event as usize] += 1;
    }

    /// How many there were.
    #[must_use]
    pub const fn of(&self, event: Event) -> u64 {
        self.0[event as usize]
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }
}

impl core::fmt::Display for Tally {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut named = Event::ALL.iter();
        named.try_for_each(|(event, name)| writeln!(f, "{:>13}  {name}", self.of(*event)))
    }
}
