//! Values as text, in the form that serde calls.

use core::fmt::Display;
use core::time::Duration;

use serde::Serializer;
use tezio_core::watermark::Mark;

use crate::asked::tenths;

pub(super) fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[expect(clippy::ref_option, reason = "the form that serde calls")]
pub(super) fn some_text<S: Serializer>(
    value: &Option<impl Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

pub(super) fn some_mark<S: Serializer>(
    mark: &Option<Mark>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mark = mark.map(|mark| format!("{}/{}", mark.level, mark.round));
    some_text(&mark, serializer)
}

pub(super) fn some_ms<S: Serializer>(
    took: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(tenths(*took))
}
