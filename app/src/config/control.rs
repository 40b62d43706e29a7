//! Where the control socket is, and who may ask there.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::file;

/// The place of the control socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Control {
    /// The socket.
    pub(crate) path: PathBuf,
    /// The group whose members may ask, besides the daemon's user and root.
    pub(crate) group: Option<u32>,
    /// Whether its folder is the daemon's to make, inside the state directory.
    pub(crate) folder_is_ours: bool,
}

/// In the state directory. That one itself is locked by the daemon, and whoever binds a socket locks
/// its folder.
const DEFAULT: &str = "run/control";

impl file::Config {
    /// The control socket of a configuration in `folder`, whose state directory is `state`.
    ///
    /// # Errors
    ///
    /// When a group is to reach what is closed to it.
    pub(super) fn control(&self, folder: &Path, state: &Path) -> Result<Control> {
        ensure!(
            self.control_group.is_none() || self.control.is_some(),
            "control_group needs a socket outside of the state directory, which is closed to others, \
             as in control: \"/run/tezio-signer/control\""
        );
        Ok(Control {
            path: match &self.control {
                Some(path) => folder.join(path),
                None => state.join(DEFAULT),
            },
            group: self.control_group,
            folder_is_ours: self.control.is_none(),
        })
    }
}
