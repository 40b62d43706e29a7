//! Rules: from the contents of an operation to leave to sign it, content by content.
//!
//! A key has rules or none. With rules a content is signed if one of them takes it: the first that
//! names its kind and whose limits it keeps, together with what that rule took before it in the same
//! operation. All rules of all keys share bounded pools. Each content is looked at once for each of
//! its key's rules.

use crate::limits::{DAY_LIMITS, DESTINATIONS, ENTRYPOINTS, RULES};
use crate::tezos::operation::{Content, Details, Vote};
use crate::tezos::{Contract, Mutez};

use super::entrypoint_name::EntrypointName;
use super::kinds::KindSet;
use super::spending::Spending;

/// What one rule of a key allows. `None` is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rule<'a> {
    /// The kinds that it speaks of.
    pub kinds: KindSet,
    /// What all contents that it takes in one operation may send away together, fees included.
    pub max_amount: Option<Mutez>,
    /// The same for all operations of 24 hours.
    pub max_amount_per_day: Option<Mutez>,
    /// Where contents may send something, or whom they may delegate to.
    pub destinations: Option<&'a [Contract]>,
    /// What they may ask of their destination.
    pub entrypoints: Option<&'a [EntrypointName]>,
    /// What ballots may say.
    pub votes: Option<&'a [Vote]>,
}

/// Which pool a rule found full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Too many rules.
    #[error("more than {RULES} entries in the operations of all keys")]
    Rules,
    /// Too many destinations.
    #[error("more than {DESTINATIONS} destinations in the operations of all keys")]
    Destinations,
    /// Too many entrypoints.
    #[error("more than {ENTRYPOINTS} entrypoints in the operations of all keys")]
    Entrypoints,
    /// Too many rules with a limit per day.
    #[error("more than {DAY_LIMITS} entries with max_amount_per_day in the operations of all keys")]
    DayLimits,
}

/// Why a rule that names a content's kind does not take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// It sends too much, with what came before it in the operation.
    #[error("takes what is sent, fees included, to {asked}, above max_amount of {limit}")]
    Amount {
        /// What the rule would have taken with it.
        asked: Mutez,
        /// The most.
        limit: Mutez,
    },
    /// It goes, or delegates, to somewhere that is not listed.
    #[error("names {0}, which is not among destinations")]
    Destination(Contract),
    /// It withdraws a delegate where the delegates are listed.
    #[error("withdraws the delegate, and destinations lists delegates")]
    NoDelegate,
    /// It asks for what is not listed.
    #[error("asks for {0}, which is not among entrypoints")]
    Entrypoint(EntrypointName),
    /// The ballot says what is not listed.
    #[error("says {0}, which is not among votes")]
    Vote(Vote),
}

/// The rules of all keys.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: heapless::Vec<Entry, RULES>,
    destinations: heapless::Vec<Contract, DESTINATIONS>,
    entrypoints: heapless::Vec<EntrypointName, ENTRYPOINTS>,
}

/// A rule with its lists in the pools.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Position of the key in the policy.
    key: usize,
    kinds: KindSet,
    max_amount: Option<Mutez>,
    day: Option<DayLimit>,
    destinations: Option<Span>,
    entrypoints: Option<Span>,
    /// One bit for each.
    votes: Option<u8>,
}

/// A limit per day, and the number of what counts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DayLimit {
    number: usize,
    limit: Mutez,
}

/// A part of a pool.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: u8,
    behind: u8,
}

impl Span {
    fn of<T>(self, pool: &[T]) -> &[T] {
        let range = usize::from(self.first)..usize::from(self.behind);
        pool.get(range).unwrap_or_default()
    }
}

impl Rules {
    /// Adds a rule for the key at `key` in the policy.
    ///
    /// # Errors
    ///
    /// [`Full`] when there is no room; the rules are then of no use.
    pub fn add(&mut self, key: usize, rule: &Rule<'_>) -> Result<(), Full> {
        let days = self.rules.iter().filter(|rule| rule.day.is_some()).count();
        if rule.max_amount_per_day.is_some() && days >= DAY_LIMITS {
            return Err(Full::DayLimits);
        }
        let destinations = keep(&mut self.destinations, rule.destinations);
        let entrypoints = keep(&mut self.entrypoints, rule.entrypoints);
        let day = |limit| DayLimit {
            number: days,
            limit,
        };
        let entry = Entry {
            key,
            kinds: rule.kinds,
            max_amount: rule.max_amount,
            day: rule.max_amount_per_day.map(day),
            destinations: destinations.map_err(|()| Full::Destinations)?,
            entrypoints: entrypoints.map_err(|()| Full::Entrypoints)?,
            votes: rule
                .votes
                .map(|votes| votes.iter().fold(0, |bits, vote| bits | bit(*vote))),
        };
        self.rules.push(entry).map_err(|_| Full::Rules)
    }

    /// The first rule of the key at `key` that takes `content` besides what `taken` holds already;
    /// what it takes is added. Where none does, why the last that names the kind does not.
    pub(super) fn take(
        &self,
        key: usize,
        content: &Content<'_>,
        taken: &mut Taken,
    ) -> Result<(), Option<Breach>> {
        let mut breach = None;
        for (rule, sum) in self.rules.iter().zip(&mut taken.sums) {
            if rule.key != key || !rule.kinds.contains(content.kind) {
                continue;
            }
            match self.leave(rule, content, *sum) {
                Ok(with_it) => {
                    *sum = with_it;
                    return Ok(());
                }
                Err(found) => breach = Some(found),
            }
        }
        Err(breach)
    }

    /// What a rule has taken with `content`, if it takes it.
    fn leave(&self, rule: &Entry, content: &Content<'_>, taken: Mutez) -> Result<Mutez, Breach> {
        if let Some(span) = rule.destinations {
            check_destination(content, span.of(&self.destinations))?;
        }
        if let Some(span) = rule.entrypoints {
            check_entrypoint(content, span.of(&self.entrypoints))?;
        }
        if let (Some(votes), Details::Ballot { vote, .. }) = (rule.votes, content.details)
            && votes & bit(vote) == 0
        {
            return Err(Breach::Vote(vote));
        }
        let asked = taken.saturating_add(sent_away(content));
        match rule.max_amount {
            Some(limit) if asked > limit => Err(Breach::Amount { asked, limit }),
            Some(_) | None => Ok(asked),
        }
    }

    /// What counts for the limits per day of what was taken.
    pub(super) fn spending(&self, taken: &Taken) -> Spending {
        let mut spending = Spending::default();
        for (rule, sum) in self.rules.iter().zip(taken.sums) {
            if let Some(day) = rule.day {
                spending.add(day.number, sum);
            }
        }
        spending
    }

    /// The limits per day, in the order of their numbers, each with its key's position.
    pub(super) fn day_limits(&self) -> impl Iterator<Item = (usize, Mutez)> {
        let entries = self.rules.iter();
        entries.filter_map(|entry| entry.day.map(|day| (entry.key, day.limit)))
    }
}

/// What each rule has taken in one operation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    sums: [Mutez; RULES],
}

/// What a content sends away, its fee included, as far as the operation says.
fn sent_away(content: &Content<'_>) -> Mutez {
    let fee = content.limits.map_or(0, |limits| limits.fee);
    let amount = match content.details {
        Details::Transaction { amount, .. } => amount,
        Details::Origination { balance, .. } => balance,
        Details::Delegation(_)
        | Details::Key(_)
        | Details::DepositsLimit(_)
        | Details::Ticket { .. }
        | Details::PaidStorage(_)
        | Details::Proposals(_)
        | Details::Ballot { .. }
        | Details::Drain { .. }
        | Details::Rollup(_)
        | Details::Unread => 0,
    };
    Mutez(amount).saturating_add(Mutez(fee))
}

fn check_destination(content: &Content<'_>, listed: &[Contract]) -> Result<(), Breach> {
    let destination = match content.details {
        Details::Transaction { destination, .. } | Details::Ticket { destination, .. } => {
            destination
        }
        Details::Drain { destination, .. } => Contract::Implicit(destination),
        Details::Delegation(delegate) => match delegate {
            Some(delegate) => Contract::Implicit(delegate),
            None => return Err(Breach::NoDelegate),
        },
        Details::Origination { .. }
        | Details::Key(_)
        | Details::DepositsLimit(_)
        | Details::PaidStorage(_)
        | Details::Proposals(_)
        | Details::Ballot { .. }
        | Details::Rollup(_)
        | Details::Unread => return Ok(()),
    };
    if listed.contains(&destination) {
        Ok(())
    } else {
        Err(Breach::Destination(destination))
    }
}

fn check_entrypoint(content: &Content<'_>, listed: &[EntrypointName]) -> Result<(), Breach> {
    let (Details::Transaction { entrypoint, .. } | Details::Ticket { entrypoint, .. }) =
        content.details
    else {
        return Ok(());
    };
    let entrypoint = EntrypointName::from(entrypoint);
    if listed.contains(&entrypoint) {
        Ok(())
    } else {
        Err(Breach::Entrypoint(entrypoint))
    }
}

const fn bit(vote: Vote) -> u8 {
    match vote {
        Vote::Yay => 1,
        Vote::Nay => 2,
        Vote::Pass => 4,
    }
}

fn keep<T: Copy, const N: usize>(
    pool: &mut heapless::Vec<T, N>,
    list: Option<&[T]>,
) -> Result<Option<Span>, ()> {
    let Some(list) = list else {
        return Ok(None);
    };
    let first = u8::try_from(pool.len()).map_err(|_| ())?;
    pool.extend_from_slice(list).map_err(|_| ())?;
    let behind = u8::try_from(pool.len()).map_err(|_| ())?;
    Ok(Some(Span { first, behind }))
}
