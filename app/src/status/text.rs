//! A status as lines for people: what should be mended first, 80 columns wide, in colour on request.

use super::words::{clean, cut, date, span, time, took, wrapped};
use super::{Change, Event, Hsm, Key, Minute, Origin, Outcome, Status, Verdict};

/// What every terminal has.
const COLUMNS: usize = 80;

/// Comings and goings of an HSM that are shown.
const EVENTS: usize = 3;

/// How heights look.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// How a word looks on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Good,
    Bad,
    Title,
    Faint,
}

/// Lines in the making.
struct Page {
    text: String,
    colour: bool,
    now: u64,
}

impl Status {
    /// As lines of at most 80 columns, each with its end.
    pub(crate) fn text(&self, colour: bool) -> String {
        let mut page = Page {
            text: String::new(),
            colour,
            now: self.now,
        };
        page.head(self);
        page.warnings(self);
        page.title("HSMs");
        for hsm in &self.hsms {
            page.hsm(hsm);
        }
        page.title("Keys");
        for key in &self.keys {
            page.key(key);
        }
        page.requests(self);
        page.hour(&self.minutes, &self.hour);
        page.text
    }
}

impl Page {
    fn head(&mut self, status: &Status) {
        let ready = self.ready(status.ready);
        let up = span(status.now.saturating_sub(status.started));
        let version = clean(&status.version);
        let date = date(status.now);
        self.line(&format!("tezio-signer {version}  {ready}  up {up}  {date}"));
    }

    fn warnings(&mut self, status: &Status) {
        if status.warnings.is_empty() {
            return;
        }
        self.title("To be mended");
        for warning in &status.warnings {
            let (sign, look) = if warning.urgent {
                ("!!", Look::Bad)
            } else {
                (" !", Look::Title)
            };
            let sign = self.painted(sign, look);
            for (at, line) in wrapped(&warning.what, COLUMNS - 5).iter().enumerate() {
                let sign = if at == 0 { sign.as_str() } else { "  " };
                self.line(&format!(" {sign}  {line}"));
            }
            for line in wrapped(&warning.mend, COLUMNS - 7) {
                self.line(&format!("       {line}"));
            }
        }
    }

    fn hsm(&mut self, hsm: &Hsm) {
        let ready = self.ready(hsm.ready);
        let name = cut(&hsm.name, 16);
        let place = hsm.port.as_deref().unwrap_or(&hsm.wanted);
        self.line(&format!("  {name:<16}  {ready:<9}  {}", cut(place, 48)));
        if let Some(trouble) = &hsm.trouble {
            for line in wrapped(trouble, COLUMNS - 6) {
                self.line(&format!("      {line}"));
            }
        }
        match hsm.lasting_marks {
            Some(true) => self.line("      keeps marks of its own in flash"),
            Some(false) => self.line("      cannot keep marks of its own in flash"),
            None => {}
        }
        for event in hsm.events.iter().take(EVENTS) {
            self.event(event);
        }
    }

    fn event(&mut self, event: &Event) {
        let ago = self.ago(event.at);
        let what = match event.change {
            Change::Came => "came",
            Change::Went => "went",
            Change::Failed => "failed at a request",
        };
        let why = event.why.as_deref().map(|why| format!(": {why}"));
        let line = format!("{what} {ago}{}", why.unwrap_or_default());
        let line = self.painted(&cut(&line, COLUMNS - 6), Look::Faint);
        self.line(&format!("      {line}"));
    }

    fn key(&mut self, key: &Key) {
        let ready = self.ready(key.ready);
        let homes = cut(&key.hsms.join(", "), 28);
        self.line(&format!("  {}  {ready:<9}  {homes}", cut(&key.address, 36)));
        let kinds = match key.kinds.as_slice() {
            [] => "nothing".to_owned(),
            kinds => kinds.join(", "),
        };
        for line in wrapped(&format!("signs {kinds}"), COLUMNS - 6) {
            let line = self.painted(&line, Look::Faint);
            self.line(&format!("      {line}"));
        }
        for signed in &key.signed {
            let ago = self.ago(signed.at);
            self.line(&format!("      {:<15} last signed {ago}", signed.kind));
        }
        for mark in key.marks.iter().filter(|mark| key.uses(mark)) {
            let chain = mark.chain_name.as_ref().unwrap_or(&mark.chain);
            let origin = match mark.origin {
                Origin::Signed => "",
                Origin::Set => ", set",
                Origin::Lowered => ", LOWERED",
            };
            let end = mark.last_level.map(|last| format!(", ends at {last}"));
            let line = format!(
                "{:<15} {:<16} level {:>10} round {:>3}{origin}{}",
                mark.kind,
                cut(chain, 16),
                mark.level,
                mark.round,
                end.unwrap_or_default()
            );
            self.line(&format!("      {}", cut(&line, COLUMNS - 6)));
        }
    }

    fn requests(&mut self, status: &Status) {
        if !status.under_way.is_empty() {
            self.title(&format!("Under way: {}", status.under_way.len()));
        }
        for request in &status.under_way {
            let line = format!(
                "{:>8}  {:>9}  waits for {}: {}",
                request.id,
                took(request.ms),
                request.stage,
                request.what
            );
            self.line(&format!("  {}", cut(&line, COLUMNS - 2)));
        }
        self.title("Last requests");
        if status.verdicts.is_empty() {
            self.line("  none since the start");
        }
        for verdict in &status.verdicts {
            self.verdict(verdict);
        }
    }

    fn verdict(&mut self, verdict: &Verdict) {
        let (word, look) = match verdict.outcome {
            Outcome::Signed => ("signed ", Look::Good),
            Outcome::Refused => ("refused", Look::Bad),
            Outcome::Gone => ("gone   ", Look::Faint),
        };
        let word = self.painted(word, look);
        let (id, ms) = (cut(&verdict.id, 10), took(verdict.ms));
        let (time, what) = (time(verdict.at), cut(&verdict.what, 36));
        self.line(&format!("  {id:>10}  {time}  {word}  {ms:>9}  {what}"));
        if let Some(refusal) = &verdict.refusal {
            for line in wrapped(refusal, COLUMNS - 14) {
                self.line(&format!("              {line}"));
            }
        }
    }

    fn hour(&mut self, minutes: &[Minute], hour: &Minute) {
        self.title("Last hour");
        let Minute {
            signed, refused, ..
        } = hour;
        let times = hour.took.map(|times| {
            let (median, p99, max) = (took(times.median), took(times.p99), took(times.max));
            format!(", median {median}, 99 % within {p99}, longest {max}")
        });
        let times = times.unwrap_or_default();
        self.line(&format!("  {signed} signed, {refused} refused{times}"));
        if hour.took.is_some() {
            self.line(&format!("  {}", bars(minutes)));
            self.line("  median of each minute; the last one is this minute");
        }
    }

    fn title(&mut self, title: &str) {
        let title = self.painted(title, Look::Title);
        self.text.push('\n');
        self.line(&title);
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn ready(&self, ready: bool) -> String {
        if ready {
            self.painted("ready    ", Look::Good)
        } else {
            self.painted("NOT READY", Look::Bad)
        }
    }

    fn painted(&self, text: &str, look: Look) -> String {
        let code = match look {
            Look::Good => "32",
            Look::Bad => "1;31",
            Look::Title => "1",
            Look::Faint => "2",
        };
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn ago(&self, at: u64) -> String {
        format!("{} ago", span(self.now.saturating_sub(at)))
    }
}

/// Heights from nothing to the highest, a blank where there is nothing to be measured.
fn bars(minutes: &[Minute]) -> String {
    let medians = || minutes.iter().map(|one| one.took.map(|times| times.median));
    let highest = medians().flatten().fold(0.0, f64::max);
    let bar = |median: Option<f64>| median.map_or(' ', |median| bar(median / highest));
    medians().map(bar).collect()
}

/// The bar for a share of the whole.
fn bar(share: f64) -> char {
    let mut heights = (1_u8..).zip(BARS);
    let fits = |step: u8| share <= f64::from(step) / 8.0;
    heights
        .find(|(step, _)| fits(*step))
        .map_or(BARS[7], |(_, bar)| bar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Warning;

    /// With texts far longer than a line, and one that would clear the screen.
    fn status() -> Status {
        let long = "a word and another one, ".repeat(20) + &"x".repeat(300) + "\x1b[2J\n";
        let mut status = Status::sample();
        status.warnings = vec![Warning::new(&long, &long)];
        let hsm = &mut status.hsms[0];
        hsm.name.clone_from(&long);
        hsm.wanted.clone_from(&long);
        hsm.port = None;
        hsm.trouble = Some(long.clone());
        hsm.events[0].why = Some(long.clone());
        let key = &mut status.keys[0];
        key.kinds = vec![long.clone()];
        key.hsms = vec![long.clone(); 4];
        let verdict = &mut status.verdicts[0];
        verdict.client.clone_from(&long);
        verdict.what.clone_from(&long);
        verdict.refusal = Some(long.clone());
        status.under_way[0].what = long;
        status
    }

    #[test]
    fn no_line_is_longer_than_80_columns_and_nothing_reaches_the_terminal_as_a_command() {
        let text = status().text(false);
        for line in text.lines() {
            assert!(line.chars().count() <= COLUMNS, "{line}");
        }
        assert!(!text.contains('\x1b'), "{text}");
        assert!(text.contains("NOT READY"));
    }

    #[test]
    fn a_key_that_signs_nothing_is_said_to() {
        let mut status = status();
        status.keys[0].kinds.clear();
        let text = status.text(false);
        assert!(text.contains("signs nothing\n"), "{text}");
    }

    #[test]
    fn colours_change_nothing_but_the_colours() {
        let mut plain = status().text(true);
        for code in ["32", "1;31", "1", "2", "0"] {
            plain = plain.replace(&format!("\x1b[{code}m"), "");
        }
        let trimmed = |text: &str| {
            let lines = text.lines().map(|line| line.trim_end().to_owned());
            lines.collect::<Vec<_>>()
        };
        assert_eq!(trimmed(&plain), trimmed(&status().text(false)));
    }
}
