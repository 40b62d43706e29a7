//! The walk: every state of a world, breadth first.
//!
//! Proofs such as [`tezio_core::watermark::Approved`] cannot be copied, and so no state can. It is made
//! again where it is needed, by going its way from the beginning. A state is known by its fingerprint of
//! 128 bits; of two states with the same one, the second would be passed over.

use core::fmt::{Debug, Display, Formatter};
use std::collections::HashSet;

/// A world and how it goes on.
pub trait World: Sized {
    /// Something that can happen.
    type Action: Copy + Debug + Send + Sync;

    /// The first state.
    fn begin() -> Self;

    /// All that can happen next.
    fn actions(&self) -> Vec<Self::Action>;

    /// Lets it happen.
    ///
    /// # Errors
    ///
    /// The promise that this breaks.
    fn act(&mut self, action: Self::Action) -> Result<(), String>;

    /// What tells this state from others: the same for two from which the same can follow.
    fn fingerprint(&self) -> u128;

    /// Nothing goes wrong any more.
    ///
    /// # Errors
    ///
    /// What honest clients do not get then.
    fn end_well(self) -> Result<(), String>;
}

/// A world that was walked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// How many states there are.
    pub states: usize,
    /// How many ways lead from one to another, or to itself.
    pub transitions: usize,
    /// How many steps the farthest state is away.
    pub depth: usize,
}

/// A promise that was broken, and the shortest way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What happened.
    pub what: String,
    /// On which way.
    pub way: Vec<String>,
}

impl Display for Walked {
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        let (states, transitions) = (self.states, self.transitions);
        let depth = self.depth;
        write!(
            f,
            "{states} states, {transitions} transitions, {depth} steps deep"
        )
    }
}

impl Display for Broken {
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        writeln!(f, "{}", self.what)?;
        let mut steps = (1..).zip(&self.way);
        steps.try_for_each(|(number, step)| writeln!(f, "{number:>4}. {step}"))
    }
}

/// A state: the one before it, and what happened there.
type Node<A> = Option<(usize, A)>;

/// What was found behind some states.
struct Found<A> {
    children: Vec<(u128, usize, A)>,
    transitions: usize,
}

/// Walks through all states of a world.
///
/// # Errors
///
/// The first promise that is broken.
pub fn explore<W: World>() -> Result<Walked, Broken> {
    let mut nodes: Vec<Node<W::Action>> = vec![None];
    let mut known = HashSet::from([W::begin().fingerprint()]);
    let mut walked = Walked::default();
    let mut level = 0..1;
    while !level.is_empty() {
        let found = expand::<W>(&nodes, level.clone())?;
        walked.transitions += found.transitions;
        for (fingerprint, parent, action) in found.children {
            if known.insert(fingerprint) {
                nodes.push(Some((parent, action)));
            }
        }
        level = level.end..nodes.len();
        walked.depth += usize::from(!level.is_empty());
    }
    walked.states = nodes.len();
    Ok(walked)
}

/// All that can follow the states `level`, on as many threads as there are processors.
fn expand<W: World>(
    nodes: &[Node<W::Action>],
    level: core::ops::Range<usize>,
) -> Result<Found<W::Action>, Broken> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let size = level.len().div_ceil(threads).max(1);
    let begins = level.clone().step_by(size);
    let work = |begin: usize| expand_some::<W>(nodes, begin..level.end.min(begin + size));
    let parts: Vec<_> = std::thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = begins
            .map(|begin| scope.spawn(move || work(begin)))
            .collect();
        let parts = handles
            .into_iter()
            .map(|handle| handle.join().expect("no panic"));
        parts.collect()
    });
    let mut all = Found {
        children: Vec::new(),
        transitions: 0,
    };
    for part in parts {
        let part = part?;
        all.transitions += part.transitions;
        all.children.extend(part.children);
    }
    Ok(all)
}

fn expand_some<W: World>(
    nodes: &[Node<W::Action>],
    some: core::ops::Range<usize>,
) -> Result<Found<W::Action>, Broken> {
    let mut children = Vec::new();
    let mut seen = HashSet::new();
    let mut transitions = 0;
    for node in some {
        let way = way_to(nodes, node);
        let world = replay::<W>(&way);
        let actions = world.actions();
        world.end_well().map_err(|what| broken(&way, None, what))?;
        for action in actions {
            let mut world = replay::<W>(&way);
            world
                .act(action)
                .map_err(|what| broken(&way, Some(action), what))?;
            transitions += 1;
            let fingerprint = world.fingerprint();
            if seen.insert(fingerprint) {
                children.push((fingerprint, node, action));
            }
        }
    }
    Ok(Found {
        children,
        transitions,
    })
}

fn way_to<A: Copy>(nodes: &[Node<A>], node: usize) -> Vec<A> {
    let steps = core::iter::successors(nodes[node], |(parent, _)| nodes[*parent]);
    let mut way: Vec<A> = steps.map(|(_, action)| action).collect();
    way.reverse();
    way
}

fn replay<W: World>(way: &[W::Action]) -> W {
    let mut world = W::begin();
    for action in way {
        // It was gone before without breaking anything.
        let _ = world.act(*action);
    }
    world
}

fn broken<A: Debug>(way: &[A], last: Option<A>, what: String) -> Broken {
    let steps = way.iter().chain(&last);
    Broken {
        what,
        way: steps.map(|step| format!("{step:?}")).collect(),
    }
}
