//! How long the device takes, by phase: until a reply begins, and until it has ended.
//!
//! Nothing is signed for this. A probe is what USB and the firmware's loop cost, a public key what one
//! read of the secure element costs; a signature is some multiple of that.

use core::time::Duration;

use tezio_core::hsm::{Command, KeyFormat};

use super::report::Section;
use crate::conversation::{Conversation, Silence};
use crate::shown_keys::ShownKey;

/// Exchanges of each kind.
const SAMPLES: usize = 20;

/// A probe touches nothing: beyond this, something between here and the board is slow.
const SLOW_PROBE: Duration = Duration::from_millis(50);

/// What a number of exchanges took.
#[derive(Debug, Default)]
struct Times {
    to_first: Vec<Duration>,
    to_last: Vec<Duration>,
    unanswered: usize,
}

pub(super) async fn measure(hsm: &mut Conversation, keys: &[ShownKey]) -> Result<Section, Silence> {
    let mut section =
        Section::new("Latency: median, longest of 20; request to first byte, first to last byte");
    let probe = sample(hsm, &Command::Probe).await?;
    judge(&mut section, "probe", &probe);
    if probe
        .to_first
        .iter()
        .max()
        .is_some_and(|time| *time > SLOW_PROBE)
    {
        section.warn(
            "a probe takes longer than any signature should wait for USB",
            "no hub, no USB passed through to a virtual machine, no USB power saving (powertop)",
        );
    }
    for shown in keys.iter().filter(|shown| shown.key.is_ok()) {
        let alias = shown.alias;
        let format = KeyFormat::Raw;
        let times = sample(hsm, &Command::PublicKey { alias, format }).await?;
        judge(&mut section, &format!("key {}", alias.number()), &times);
    }
    Ok(section)
}

async fn sample(hsm: &mut Conversation, command: &Command<'_>) -> Result<Times, Silence> {
    let packet = command.packet().emit().unwrap_or_default();
    let mut times = Times::default();
    for _ in 0..SAMPLES {
        let exchange = hsm.exchange(&packet).await?;
        match (exchange.to_first, exchange.body()) {
            (Some(to_first), Some(_)) => {
                times.to_first.push(to_first);
                times.to_last.push(exchange.to_last);
            }
            (_, None) | (None, _) => {
                times.unanswered = times.unanswered.saturating_add(1);
                hsm.get_into_step().await?;
            }
        }
    }
    Ok(times)
}

fn judge(section: &mut Section, what: &str, times: &Times) {
    if let (Some(first), Some(last)) = (spread(&times.to_first), spread(&times.to_last)) {
        section.ok(format!("{what:<6} {first}; {last}"));
    }
    if times.unanswered > 0 {
        section.fail(
            format!("{what}: {} of {SAMPLES} went unanswered", times.unanswered),
            "another cable, no hub; if it stays, the board",
        );
    }
}

/// Median and longest, in milliseconds.
fn spread(times: &[Duration]) -> Option<String> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len().div_euclid(2))?;
    let longest = sorted.last()?;
    Some(format!("{}, {} ms", millis(*median), millis(*longest)))
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_longest_do_not_depend_on_the_order() {
        let times = [30, 10, 20, 400, 25].map(Duration::from_millis);
        assert_eq!(spread(&times).unwrap(), "25.0, 400.0 ms");
        assert_eq!(spread(&[]), None);
    }
}
