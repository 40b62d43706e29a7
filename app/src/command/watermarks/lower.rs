//! `watermarks lower`: the one way down.

use anyhow::{Context as _, Result, ensure};
use serde_json::Map;
use tezio_core::watermark::{Cause, Mark, Record, Watermark};

use super::open;
use crate::cli::Lower;
use crate::command::confirm;
use crate::command::report::{self, Change};
use crate::config::Config;

pub(super) fn run(options: &Lower) -> Result<()> {
    let config = Config::load(&options.common.path.config)?;
    let mut journal = open(&config)?;
    let (watermark, mark) = wanted(options);
    let known = journal
        .of(&watermark)
        .copied()
        .with_context(|| format!("there is no mark for {watermark}; watermarks list shows all"))?;
    check(&config, &known, mark)?;
    let from = known.mark;
    confirm::demand(
        &warning(&known, mark),
        &format!("{}/{}", from.level, from.round),
        options.current.as_deref(),
        "LEVEL/ROUND",
    )?;
    journal
        .directory()
        .note_by_hand(&[format!("{watermark} lowered from {from} to {mark}")])
        .context("nothing was lowered: the record of it could not be written")?;
    journal.keep(&[Record {
        mark,
        cause: Cause::Lowered { from },
        anchor: None,
        ..known
    }])?;
    let change = Change {
        watermark,
        mark,
        before: Some(from),
        outcome: "lowered",
    };
    report::note(&config, "watermarks lower", &journal, &[change]);
    report::changes(options.common.json, &config.state, &[change], Map::new())
}

const fn wanted(options: &Lower) -> (Watermark, Mark) {
    let watermark = Watermark {
        chain: options.chain,
        key: options.key,
        kind: options.kind,
    };
    let mark = Mark {
        level: options.level,
        round: options.round,
    };
    (watermark, mark)
}

fn check(config: &Config, known: &Record, mark: Mark) -> Result<()> {
    ensure!(
        mark < known.mark,
        "{mark} is not below the mark of {}, which is {}",
        known.watermark,
        known.mark
    );
    let mut starts = config.starting_marks.iter();
    let start = starts.find(|(start, start_mark)| *start == known.watermark && *start_mark > mark);
    ensure!(
        start.is_none(),
        "high_water_marks in the configuration would raise it again at the next start: lower it \
         there first"
    );
    Ok(())
}

fn warning(known: &Record, mark: Mark) -> String {
    format!(
        "DANGER: lowering the mark of {}\n\
         \x20 from {}\n\
         \x20 to   {mark}\n\
         Whatever was signed above {mark} can then be signed a second time, with other\n\
         content. On a chain with stake that is double signing, and the stake is slashed. Go on only\n\
         if you are certain that no signature above {mark} was ever used: a mark that a\n\
         forged request parked far in the future, or a test network that began anew. The signature\n\
         stored at the mark is lost. lowered.log in the state directory keeps a record of this. A\n\
         board has marks of its own until it loses power: unplug it as well. With lasting_marks it keeps\n\
         them for good, and signs nothing at or below them.",
        known.watermark, known.mark
    )
}
