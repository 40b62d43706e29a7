//! The keys that an HSM shows, read so that one can rely on them.
//!
//! Each is asked for twice with another exchange between, as the daemon does it: the firmware answers
//! a failed read with bytes of the request, in the form of a key (Tezio library 0.2.0,
//! github.com/prof-groff/tezio at bc67eef).

use tezio_core::crypto::Verify as _;
use tezio_core::hsm::{Answer, KeyAlias, LinkFault, Outcome, Status};
use tezio_core::tezos::PublicKey;
use tezio_crypto::{Verifier, VerifyingKey};

use crate::conversation::{Conversation, Question, Silence};

/// What an HSM shows under one alias.
#[derive(Debug)]
pub(crate) struct ShownKey {
    pub(crate) alias: KeyAlias,
    pub(crate) key: Result<Sound, NoKey>,
}

/// A key that was shown twice and is a point on its curve.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    pub(crate) public: PublicKey,
    pub(crate) prepared: VerifyingKey,
}

/// Why an alias has no key to rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoKey {
    /// The device refuses.
    #[error("{0}")]
    Refused(Status),
    /// The line.
    #[error("{0}")]
    Line(LinkFault),
    /// An answer to something else.
    #[error("an answer that is no key")]
    Other,
    /// It showed two.
    #[error("another key each time it is read: its secure element fails, or holds none")]
    Changing,
    /// It is none.
    #[error("no point on its curve: its secure element fails, or holds none")]
    Unsound,
}

/// Reads the keys of all four aliases.
///
/// # Errors
///
/// [`Silence`] when the conversation ends.
pub(crate) async fn read(hsm: &mut Conversation) -> Result<Vec<ShownKey>, Silence> {
    let first = read_all(hsm).await?;
    // What comes of it does not matter; the next question shows whether the line is in step.
    let _ = hsm.ask(Question::Probe).await?;
    let second = read_all(hsm).await?;
    let both = first.into_iter().zip(second);
    Ok(KeyAlias::ALL
        .into_iter()
        .zip(both)
        .map(|(alias, (first, second))| ShownKey {
            alias,
            key: judge(first, second),
        })
        .collect())
}

async fn read_all(hsm: &mut Conversation) -> Result<Vec<Outcome>, Silence> {
    let mut outcomes = Vec::new();
    for alias in KeyAlias::ALL {
        outcomes.push(hsm.ask(Question::PublicKey(alias)).await?);
    }
    Ok(outcomes)
}

fn judge(first: Outcome, second: Outcome) -> Result<Sound, NoKey> {
    let (first, public) = (key(first)?, key(second)?);
    if first != public {
        return Err(NoKey::Changing);
    }
    let prepared = Verifier.prepare(&public).map_err(|_| NoKey::Unsound)?;
    Ok(Sound { public, prepared })
}

fn key(outcome: Outcome) -> Result<PublicKey, NoKey> {
    match outcome.map_err(NoKey::Line)? {
        Answer::Key(public) => Ok(public),
        Answer::Status(status) => Err(NoKey::Refused(status)),
        Answer::Address(_) | Answer::Signature(_) | Answer::Verified(_) | Answer::Extension(_) => {
            Err(NoKey::Other)
        }
    }
}
