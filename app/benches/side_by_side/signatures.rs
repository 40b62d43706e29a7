//! The first table: signatures one after the other, the signers in turns, above the floor.

use anyhow::Result;
use tezio_core::tezos::ConsensusKind;

use crate::floor::Bare;
use crate::load::{Latencies, Role, sign};
use crate::message::Template;
use crate::sections::Bench;
use crate::table::{Table, above, micros};
use crate::verifying::verifying;
use crate::wire::Door;

/// Rounds, and signatures of each signer in each round.
const ROUNDS: usize = 9;
const PER_ROUND: usize = 60;

/// One line of the first table.
struct Lane {
    name: String,
    door: Door,
    role: Role,
    keep: bool,
    rounds: Vec<Latencies>,
}

impl Bench<'_> {
    /// Signatures one after the other, the signers in turns.
    pub(crate) fn signatures(&mut self) -> Result<String> {
        let mut lanes = self.lanes();
        let mut floors = Vec::new();
        self.floor.run(PER_ROUND / 4)?;
        for _ in 0..ROUNDS {
            floors.push(self.floor.run(PER_ROUND)?);
            for lane in &mut lanes {
                lane.rounds
                    .push(sign(&lane.door, &lane.role, PER_ROUND, lane.keep)?);
            }
        }
        self.board.take_work();
        Ok(signatures_table(&floors, &lanes))
    }

    /// Our own doors, then the others.
    fn lanes(&self) -> Vec<Lane> {
        let role = Role {
            key: self.keys[0].1,
            template: Template::consensus(ConsensusKind::Attestation),
        };
        let ours = [
            ("kept open", &self.daemon.http, true),
            ("new connection each", &self.daemon.http, false),
            ("kept open", &self.daemon.tcp, true),
            ("kept open", &self.daemon.unix, true),
        ];
        let lane = |name: String, door: &Door, role: &Role, keep| Lane {
            name,
            door: door.clone(),
            role: role.clone(),
            keep,
            rounds: Vec::new(),
        };
        let ours = ours.into_iter().map(|(how, door, keep)| {
            lane(
                format!("this signer, {}, {how}", door.name()),
                door,
                &role,
                keep,
            )
        });
        let others = self.rivals.iter().map(|rival| {
            lane(
                format!("{}, {}", rival.name, rival.door.name()),
                &rival.door,
                &rival.role,
                true,
            )
        });
        ours.chain(others).collect()
    }
}

fn signatures_table(floors: &[Bare], lanes: &[Lane]) -> String {
    let verifying = verifying();
    let about = format!(
        "One client, attestations, a device that answers at once; microseconds, {ROUNDS} \
         rounds of {PER_ROUND}. *Above* is above the floor; *times* is the median ratio to the floor's \
         p50 in the same round. Of what a signer is above the floor, verifying the signature takes {} us.",
        micros(verifying)
    );
    let columns = [
        "",
        "p50",
        "p90",
        "p99",
        "max",
        "above, p50",
        "above, p99",
        "times",
        "refused",
    ];
    let mut table = Table::new("Signatures, one after the other", &about, &columns);
    let part = |of: fn(&Bare) -> &Latencies| floors.iter().map(of).collect::<Vec<_>>();
    let both = part(|floor| &floor.both);
    line(
        &mut table,
        "floor: the device",
        &part(|floor| &floor.device),
        &both,
    );
    line(
        &mut table,
        "floor: the disk",
        &part(|floor| &floor.disk),
        &both,
    );
    line(&mut table, "floor: both", &both, &both);
    for lane in lanes {
        line(
            &mut table,
            &lane.name,
            &lane.rounds.iter().collect::<Vec<_>>(),
            &both,
        );
    }
    table.end()
}

fn line(table: &mut Table, name: &str, rounds: &[&Latencies], floor: &[&Latencies]) {
    let (all, floors) = (pooled(rounds), pooled(floor));
    let mut ratios: Vec<f64> = rounds
        .iter()
        .zip(floor)
        .map(|(round, floor)| {
            round.percentile(50).as_secs_f64() / floor.percentile(50).as_secs_f64()
        })
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    table.row(&[
        name.to_owned(),
        micros(all.percentile(50)),
        micros(all.percentile(90)),
        micros(all.percentile(99)),
        micros(all.percentile(100)),
        above(all.percentile(50), floors.percentile(50)),
        above(all.percentile(99), floors.percentile(99)),
        ratios
            .get(ratios.len() / 2)
            .map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        all.refused.to_string(),
    ]);
}

fn pooled(rounds: &[&Latencies]) -> Latencies {
    let mut all = Latencies::default();
    for round in rounds {
        all.merge(round);
    }
    all
}
