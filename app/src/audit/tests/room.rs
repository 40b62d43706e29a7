//! A disk with little room: the reserve for the marks is left, whatever it costs the log. Only root can
//! make such a disk.

use std::process::Command;

use super::*;

const MIB: usize = 1024 * 1024;

/// A disk of two mebibytes, one of which is the reserve; it goes at the end.
struct Disk(TempDir);

impl Disk {
    /// `None` where it cannot be made.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m,mode=700", "tezio-test"]);
        let made = mount.arg(folder.path()).output();
        let made = made.is_ok_and(|made| made.status.success());
        if !made {
            eprintln!("skipped: only root can make a small disk");
        }
        made.then(|| Self(folder))
    }

    fn free(&self) -> usize {
        let disk = rustix::fs::statvfs(self.0.path()).unwrap();
        usize::try_from(disk.f_bavail * disk.f_frsize).unwrap()
    }

    /// Fills it until so many bytes are free.
    fn leave(&self, free: usize) {
        let others = self.0.path().join("others");
        let _ = std::fs::remove_file(&others);
        std::fs::write(&others, vec![0; self.free() - free]).unwrap();
    }

    fn bench(&self, bytes: u64) -> Bench {
        Bench {
            _state: tempfile::tempdir().unwrap(),
            folder: Folder::of(self.0.path()),
            bounds: AuditBounds { files: 64, bytes },
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Puts entries until the disk has too little room for one, or there were so many.
fn fill(log: &mut Log, most: u64) -> std::io::Result<()> {
    for number in 0..most {
        log.make_place()?;
        log.seal(&note(number));
        log.put()?;
    }
    Ok(())
}

#[test]
fn the_reserve_is_left_and_a_disk_with_room_again_is_written() {
    let Some(disk) = Disk::new() else { return };
    disk.leave(MIB + 100 * 1024);
    let bench = disk.bench(1 << 30);
    let mut log = bench.open();
    let full = fill(&mut log, 1_000).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    assert!(full.to_string().contains("1024 KiB are left"), "{full}");
    assert!(disk.free() > MIB - 8 * 1024, "{}", disk.free());
    disk.leave(MIB + 50 * 1024);
    fill(&mut log, 1).unwrap();
    log.sync().unwrap();
    assert_sound(&bench.check());
}

/// The oldest go first, and what is left says that they need not be there.
#[test]
fn old_files_go_for_the_reserve() {
    let Some(disk) = Disk::new() else { return };
    disk.leave(MIB + 200 * 1024);
    let bench = disk.bench(40 * 1024);
    let mut log = bench.open();
    fill(&mut log, 4_000).unwrap();
    log.sync().unwrap();
    let report = bench.check();
    assert_sound(&report);
    assert!(report.first.as_ref().unwrap().0 > 1, "{report:?}");
    assert!(
        (3..9).contains(&report.files),
        "{:?}",
        bench.folder.numbers()
    );
    assert!(disk.free() > MIB - 8 * 1024, "{}", disk.free());
}

/// Others have filled the disk to the last byte.
#[test]
fn a_full_disk_gets_back_what_old_files_have() {
    let Some(disk) = Disk::new() else { return };
    let bench = disk.bench(100 * 1024);
    let mut log = bench.open();
    fill(&mut log, 1_500).unwrap();
    log.sync().unwrap();
    assert!(bench.check().files > 2);
    disk.leave(0);
    fill(&mut log, 1).unwrap();
    for _ in 0..3 {
        let full = fill(&mut log, 1).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }
    let last = &bench.files()[0].1;
    assert!(disk.free() > 190 * 1024, "{}", disk.free());
    assert!(lines(last).len() > 100 && bench.check().files == 1);
    assert_sound(&bench.check());
    disk.leave(MIB / 2);
    drop(log);
    bench.open().sync().unwrap();
    assert_sound(&bench.check());
}
