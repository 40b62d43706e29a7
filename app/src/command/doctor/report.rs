//! What an examination has found, as text and as JSON.
//!
//! ```text
//! HSM hsm: /dev/ttyACM0
//!   ok    …
//!   WARN  …
//!         mend: …
//! ```

use core::fmt::Write as _;

use serde_json::{Value, json};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// As it should be.
    Ok,
    /// To be known.
    Note,
    /// It works, and may cost something one day.
    Warn,
    /// It does not work, or must not.
    Fail,
}

impl Grade {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

/// One thing found.
#[derive(Debug)]
struct Finding {
    grade: Grade,
    text: String,
    mend: Option<String>,
}

/// What was found about one thing.
#[derive(Debug)]
pub(super) struct Section {
    title: String,
    findings: Vec<Finding>,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Report(pub(super) Vec<Section>);

impl Section {
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            findings: Vec::new(),
        }
    }

    pub(super) fn ok(&mut self, text: impl Into<String>) {
        self.add(Grade::Ok, text, None);
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.add(Grade::Note, text, None);
    }

    /// Something that should be mended, and how.
    pub(super) fn warn(&mut self, text: impl Into<String>, mend: impl Into<String>) {
        self.add(Grade::Warn, text, Some(mend.into()));
    }

    /// Something that must be mended, and how.
    pub(super) fn fail(&mut self, text: impl Into<String>, mend: impl Into<String>) {
        self.add(Grade::Fail, text, Some(mend.into()));
    }

    /// Something that must be mended, whose text says how.
    pub(super) fn broken(&mut self, text: impl Into<String>) {
        self.add(Grade::Fail, text, None);
    }

    fn add(&mut self, grade: Grade, text: impl Into<String>, mend: Option<String>) {
        self.findings.push(Finding {
            grade,
            text: text.into(),
            mend,
        });
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for finding in &self.findings {
            let word = finding.grade.word();
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {word:<4}  {}", finding.text);
            if let Some(mend) = &finding.mend {
                let _ = writeln!(text, "        mend: {mend}");
            }
        }
        text
    }

    fn json(&self) -> Value {
        let findings = self.findings.iter().map(|finding| {
            json!({
                "grade": finding.grade.word().to_lowercase(),
                "text": finding.text,
                "mend": finding.mend,
            })
        });
        json!({ "title": self.title, "findings": findings.collect::<Vec<_>>() })
    }
}

impl Report {
    /// How many findings have this grade.
    pub(super) fn count(&self, grade: Grade) -> usize {
        let findings = self.0.iter().flat_map(|section| &section.findings);
        findings.filter(|finding| finding.grade == grade).count()
    }

    pub(super) fn text(&self) -> String {
        let mut text: String = self.0.iter().map(Section::text).collect();
        let (fails, warnings) = (self.count(Grade::Fail), self.count(Grade::Warn));
        let _ = writeln!(text, "{fails} to be mended, {warnings} warnings");
        text
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "sections": self.0.iter().map(Section::json).collect::<Vec<_>>(),
            "fails": self.count(Grade::Fail),
            "warnings": self.count(Grade::Warn),
        })
    }
}
