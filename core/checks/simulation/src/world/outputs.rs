//! What the signer is told, and what it wants done.

use tezio_core::octez::Reply;
use tezio_core::policy::HsmId;
use tezio_core::signer::{Input, Output, RequestId};
use tezio_core::watermark::Record;

use super::World;
use crate::machine::{Point, Step};

/// Nothing wants more done at once.
const MANY_OUTPUTS: u32 = 1_000;

/// An output, owned.
enum Act {
    Send(HsmId, Vec<u8>),
    Store(Record),
    Reply(RequestId, Box<Reply>),
    Reopen(HsmId),
    Tell,
}

impl World {
    /// Gives the signer one input and acts on all that it wants done.
    pub(crate) fn input(&mut self, input: Input<'_>) {
        if self.is_off() {
            return;
        }
        let date = self.date();
        let Some(life) = &mut self.life else {
            return;
        };
        let dated = life.signer.handle_input(self.now, Input::Date(date));
        let taken = life.signer.handle_input(self.now, input);
        if let Err(misuse) = dated.and(taken) {
            self.witness
                .blame(format_args!("the signer does not take an input: {misuse}"));
        }
        self.drain();
    }

    fn drain(&mut self) {
        for _ in 0..MANY_OUTPUTS {
            let output = self
                .life
                .as_mut()
                .and_then(|life| life.signer.poll_output());
            let Some(act) = output.map(owned) else {
                return;
            };
            let step = act.step();
            if step.is_some_and(|step| !self.pass(Point::Before(step))) {
                return;
            }
            self.act(act);
            if step.is_some_and(|step| !self.pass(Point::After(step))) {
                return;
            }
        }
        self.witness.blame(format_args!("no end of outputs"));
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Send(hsm, packet) => self.send(usize::from(hsm.0), &packet),
            Act::Store(record) => {
                self.note(format_args!("  store record {}", record.sequence));
                self.witness.stored(&record);
                if let Some(life) = &mut self.life {
                    life.journal.push(self.now, record, &mut self.prng);
                }
            }
            Act::Reply(id, reply) => {
                self.note(format_args!("  {} is answered {}", id.0, brief(&reply)));
                self.witness
                    .replied(id, &reply, &mut self.machine.borrow_mut());
                self.replies.insert(id, *reply);
            }
            Act::Reopen(hsm) => self.hsms[usize::from(hsm.0)].reopen(self.now),
            Act::Tell => {}
        }
    }

    fn send(&mut self, at: usize, packet: &[u8]) {
        let hsm = &mut self.hsms[at];
        // A packet for a port that has gone in the meantime is lost on its way.
        if hsm.is_open() {
            hsm.receive(self.now, packet);
        }
        if let Some(complaint) = hsm.complaint() {
            self.witness.blame(format_args!("HSM {at}: {complaint}"));
        }
    }
}

impl Act {
    /// The step that this is, if the power may go at it.
    const fn step(&self) -> Option<Step> {
        match self {
            Self::Send(..) => Some(Step::ToHsm),
            Self::Store(_) => Some(Step::Store),
            Self::Reply(..) => Some(Step::Reply),
            Self::Reopen(_) | Self::Tell => None,
        }
    }
}

fn owned(output: Output<'_>) -> Act {
    match output {
        Output::ToHsm(hsm, packet) => Act::Send(hsm, packet.to_vec()),
        Output::Store(record) => Act::Store(record),
        Output::Reply(id, reply) => Act::Reply(id, Box::new(reply)),
        Output::Reopen(hsm) => Act::Reopen(hsm),
        Output::Notice(..) | Output::Authorized(..) | Output::Progress(..) => Act::Tell,
    }
}

fn brief(reply: &Reply) -> String {
    match reply {
        Reply::Signature(release) => {
            format!("with signature {:02x?}…", &release.signature().0[..4])
        }
        Reply::Refused(refusal) => format!("no: {refusal}"),
        Reply::Hello
        | Reply::PublicKey(_)
        | Reply::AuthorizedKeys(_)
        | Reply::KnownKeys(_)
        | Reply::NoDeterministicNonces => format!("{reply:?}"),
    }
}
