//! What keeps the marks while the power is off.

use tezio_soft_hsm::{AliasMarks, PerAlias};

/// All marks of a device.
pub type Marks = PerAlias<AliasMarks>;

/// The marks could not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unkept;

/// A place for marks that outlives the power.
pub trait Keeper {
    /// The highest marks ever kept; `None` when none ever were.
    ///
    /// # Errors
    ///
    /// [`Unkept`] when the place cannot be read. Nothing may be signed then.
    fn load(&mut self) -> Result<Option<Marks>, Unkept>;

    /// Keeps `marks`: when this returns, the power may go. Where nothing has moved since the last
    /// time this costs nothing; since the start nothing was kept yet, so that the first call shows
    /// whether the place works.
    ///
    /// # Errors
    ///
    /// [`Unkept`] when that is not certain.
    fn keep(&mut self, marks: &Marks) -> Result<(), Unkept>;
}
