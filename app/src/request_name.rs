//! The name of a request as people see it: the number of the start, and of the request since then.
//!
//! ```text
//! 17-42   the 42nd request of the 17th start on this state directory
//! ```
//!
//! No two requests of one state directory have the same. The dash keeps it from being taken for the
//! hex digits of a message.

use core::fmt;
use core::str::FromStr;

/// Which request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RequestName {
    /// Which start of the daemon, from 1; 0 where that is not known.
    pub(crate) start: u32,
    /// Which request since then, from 1.
    pub(crate) number: u64,
}

impl fmt::Display for RequestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.number)
    }
}

/// A text that names no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no request id: it is two numbers with a dash between them, as in 17-42")]
pub(crate) struct NoName;

impl FromStr for RequestName {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let (start, number) = text.split_once('-').ok_or(NoName)?;
        if !digits(start) || !digits(number) {
            return Err(NoName);
        }
        Ok(Self {
            start: start.parse().map_err(|_| NoName)?,
            number: number.parse().map_err(|_| NoName)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for (start, number) in [(0, 1), (17, 42), (u32::MAX, u64::MAX)] {
            let name = RequestName { start, number };
            assert_eq!(name.to_string().parse(), Ok(name));
        }
    }

    #[test]
    fn neither_messages_nor_files_nor_standard_input_are_names() {
        for text in [
            "-",
            "0311",
            "0x03-1",
            "@17-42",
            "17-",
            "-42",
            "17-4f",
            "+1-2",
            "1--2",
            "1-2-3",
            "17 -42",
            "99999999999-1",
        ] {
            assert_eq!(text.parse::<RequestName>(), Err(NoName), "{text}");
        }
    }
}
