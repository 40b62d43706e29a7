//! Words and numbers as lines for people have them: cut, wrapped, and nothing in them that a terminal
//! would obey.

use core::fmt::Write as _;

/// What cannot move the cursor or hide anything.
pub(super) fn clean(text: &str) -> String {
    let shown = |letter: char| if letter.is_control() { '?' } else { letter };
    text.chars().map(shown).collect()
}

/// At most so many letters.
pub(super) fn cut(text: &str, most: usize) -> String {
    let text = clean(text);
    if text.chars().count() <= most {
        return text;
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// Lines of at most `most` letters, broken between words where that can be.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in clean(text).split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > most {
            lines.push(String::new());
        }
        for letter in core::iter::once(' ').chain(word.chars()) {
            let length = lines.last().map_or(0, |line| line.chars().count());
            if length >= most {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut()
                && !(letter == ' ' && line.is_empty())
            {
                line.push(letter);
            }
        }
    }
    lines
}

/// A number of milliseconds, as milliseconds or seconds.
pub(super) fn took(ms: f64) -> String {
    if ms < 10_000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.1} s", ms / 1000.0)
    }
}

/// A duration in its two largest units.
pub(super) fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = match (days, hours, minutes) {
        (0, 0, 0) => write!(text, "{seconds} s"),
        (0, 0, _) => write!(text, "{minutes} min {} s", seconds % 60),
        (0, _, _) => write!(text, "{hours} h {} min", minutes % 60),
        (_, _, _) => write!(text, "{days} d {} h", hours % 24),
    };
    text
}

/// Date and time, UTC.
pub(super) fn date(millis: u64) -> String {
    crate::wall_clock::date(millis / 1000).replace('T', " ")
}

/// The time of the day, UTC.
pub(super) fn time(millis: u64) -> String {
    let seconds = millis / 1000 % 86_400;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_longer_than_a_line_are_broken_and_nothing_is_lost() {
        let text = "one two-and-a-half three";
        assert_eq!(wrapped(text, 8), ["one", "two-and-", "a-half", "three"]);
        assert_eq!(wrapped("", 8), [""]);
    }

    #[test]
    fn spans_are_told_in_two_units() {
        let told = [0, 59, 61, 3600 * 5 + 120, 86_400 * 3 + 7200].map(|s| span(s * 1000));
        assert_eq!(told, ["0 s", "59 s", "1 min 1 s", "5 h 2 min", "3 d 2 h"]);
    }
}
