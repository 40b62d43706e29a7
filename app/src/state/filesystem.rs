//! What a state directory lies on: some filesystems forget what they were told to sync.

use std::fs::File;
use std::path::Path;

/// Says so in the log when a sync in `directory` may not outlast a power cut, or its marks may not
/// outlast a restart of the machine or the container.
pub(super) fn warn_if_forgetful(path: &Path, directory: &File) {
    if let Some((name, why)) = doubt_of(directory) {
        tracing::warn!(
            path = %path.display(),
            filesystem = name,
            "the high watermarks are kept where they may be lost: {why}. Without them this signer \
             must not sign again; set state in the configuration to a folder on a disk"
        );
    }
}

/// The filesystem that `directory` is on and what is wrong with it, if anything is.
pub(crate) fn doubt_of(directory: &File) -> Option<(&'static str, &'static str)> {
    // Where nothing is known there is nothing to warn of.
    doubt(rustix::fs::fstatfs(directory).ok()?.f_type)
}

/// What is wrong with a filesystem of this type, by the numbers of statfs(2).
fn doubt(number: rustix::fs::FsWord) -> Option<(&'static str, &'static str)> {
    match u32::try_from(number).ok()? {
        0x0102_1994 => Some(("tmpfs", "it is memory, gone when the machine stops")),
        0x8584_58f6 => Some(("ramfs", "it is memory, gone when the machine stops")),
        0x794c_7630 => Some((
            "overlay",
            "it is a container's own layer, gone with the container",
        )),
        0x6969 => Some(("nfs", "it is another machine's, and so is the lock on it")),
        0xff53_4d42 | 0xfe53_4d42 => {
            Some(("smb", "it is another machine's, and so is the lock on it"))
        }
        0x0102_1997 => Some(("9p", "a sync there may not reach the host's disk")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::doubt;

    #[test]
    fn memory_is_doubted_and_disks_are_not() {
        assert_eq!(doubt(0x0102_1994).map(|(name, _)| name), Some("tmpfs"));
        for disk in [0xef53, 0x9123_683e, 0x5846_5342, 0xf2f5_2010, -1] {
            assert_eq!(doubt(disk), None, "{disk:#x}");
        }
    }
}
