//! Which ports are taken for an HSM, which is the one wanted, and what is said when there is none.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};
use tezio_transport_serial::{
    Board, Candidate, Unfound, Verdict, Wanted, WantedUsb, candidates_among,
};

const LEFT: &str = "5D01A6BC50304A48502E3120FF09161B";
const RIGHT: &str = "0A1B2C3D50304A48502E3120FF012345";

fn usb(path: &str, product_id: u16, serial: Option<&str>) -> SerialPortInfo {
    let info = UsbPortInfo {
        vid: 0x2341,
        pid: product_id,
        serial_number: serial.map(str::to_owned),
        manufacturer: Some("Arduino LLC".to_owned()),
        product: Some("Arduino NANO 33 IoT".to_owned()),
    };
    SerialPortInfo {
        port_name: path.to_owned(),
        port_type: SerialPortType::UsbPort(info),
    }
}

fn nano(path: &str, serial: &str) -> SerialPortInfo {
    usb(path, 0x8057, Some(serial))
}

fn on_the_mainboard(path: &str) -> SerialPortInfo {
    SerialPortInfo {
        port_name: path.to_owned(),
        port_type: SerialPortType::Unknown,
    }
}

fn judged(ports: Vec<SerialPortInfo>) -> Vec<Candidate> {
    candidates_among(ports, Path::new("/no-such-folder"))
}

fn find(wanted: &Wanted, ports: Vec<SerialPortInfo>) -> Result<PathBuf, Unfound> {
    wanted.find(|| Ok(judged(ports)))
}

fn any() -> Wanted {
    Wanted::Usb(WantedUsb::default())
}

fn with_serial(serial: &str) -> Wanted {
    Wanted::Usb(WantedUsb {
        serial: Some(serial.to_owned()),
        product: None,
    })
}

#[track_caller]
fn assert_found(wanted: &Wanted, ports: Vec<SerialPortInfo>, path: &str) {
    assert_eq!(find(wanted, ports).expect("found"), Path::new(path));
}

#[test]
fn the_two_boards_and_their_bootloaders_are_known_by_their_ids() {
    for (product_id, verdict) in [
        (0x8054, Verdict::Board(Board::MkrWifi1010)),
        (0x0054, Verdict::Bootloader(Board::MkrWifi1010)),
        (0x8057, Verdict::Board(Board::Nano33Iot)),
        (0x0057, Verdict::Bootloader(Board::Nano33Iot)),
        (0x8056, Verdict::OtherUsb),
    ] {
        let found = judged(vec![usb("/dev/ttyACM0", product_id, None)]);
        assert_eq!(found[0].verdict, verdict, "{product_id:04x}");
    }
    let other = UsbPortInfo {
        vid: 0x1366,
        pid: 0x8057,
        serial_number: None,
        manufacturer: None,
        product: None,
    };
    let found = judged(vec![SerialPortInfo {
        port_name: "/dev/ttyACM0".to_owned(),
        port_type: SerialPortType::UsbPort(other),
    }]);
    assert_eq!(found[0].verdict, Verdict::OtherUsb, "another vendor's");
    let found = judged(vec![on_the_mainboard("/dev/ttyS0")]);
    assert_eq!(found[0].verdict, Verdict::NotUsb);
}

#[test]
fn a_port_bears_the_lasting_name_that_leads_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("its path");
    let [first, second] = ["ttyACM0", "ttyACM1"].map(|name| root.join(name));
    std::fs::write(&first, "").expect("a file");
    std::fs::write(&second, "").expect("a file");
    let by_id = root.join("by-id");
    std::fs::create_dir(&by_id).expect("a folder");
    let link = by_id.join("usb-Arduino-if00");
    symlink("../ttyACM1", &link).expect("a link");
    symlink("../gone", by_id.join("dangling")).expect("a link");
    let ports = [&second, &first].map(|path| nano(path.to_str().expect("UTF-8"), LEFT));
    let found = candidates_among(ports.to_vec(), &by_id);
    let names = found.iter().map(|port| (&port.path, port.by_id.as_ref()));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [(&first, None), (&second, Some(&link))]
    );
}

#[test]
fn the_only_board_is_found_among_other_ports() {
    let ports = vec![
        on_the_mainboard("/dev/ttyS0"),
        usb("/dev/ttyACM0", 0x0043, Some("uno")),
        nano("/dev/ttyACM1", LEFT),
        usb("/dev/ttyACM2", 0x0054, None),
    ];
    assert_found(&any(), ports, "/dev/ttyACM1");
}

#[test]
fn a_board_that_comes_back_under_another_name_is_found_there() {
    for path in ["/dev/ttyACM0", "/dev/ttyACM3", "/dev/ttyACM1"] {
        let ports = vec![nano(path, LEFT)];
        assert_found(&any(), ports.clone(), path);
        assert_found(&with_serial(LEFT), ports, path);
    }
}

#[test]
fn two_boards_are_told_apart_by_their_serial_numbers() {
    let ports = || vec![nano("/dev/ttyACM0", LEFT), nano("/dev/ttyACM1", RIGHT)];
    assert_found(&with_serial(LEFT), ports(), "/dev/ttyACM0");
    assert_found(&with_serial(RIGHT), ports(), "/dev/ttyACM1");
    let lower = RIGHT.to_lowercase();
    assert_found(&with_serial(&lower), ports(), "/dev/ttyACM1");
    // With their names exchanged, as after a restart.
    let exchanged = vec![nano("/dev/ttyACM0", RIGHT), nano("/dev/ttyACM1", LEFT)];
    assert_found(&with_serial(LEFT), exchanged, "/dev/ttyACM1");
}

#[test]
fn of_two_boards_none_is_taken_and_both_are_named() {
    let ports = vec![nano("/dev/ttyACM0", LEFT), nano("/dev/ttyACM1", RIGHT)];
    let unfound = find(&any(), ports).expect_err("either would do");
    assert!(matches!(&unfound, Unfound::Several(two) if two.len() == 2));
    let text = unfound.to_string();
    for part in ["/dev/ttyACM0", "/dev/ttyACM1", LEFT, RIGHT] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_board_with_another_serial_number_is_not_taken_in_its_place() {
    let unfound = find(&with_serial(LEFT), vec![nano("/dev/ttyACM0", RIGHT)]);
    let text = unfound.expect_err("another board").to_string();
    assert_eq!(
        text,
        format!("no board on USB with serial number {LEFT} is plugged in")
    );
}

#[test]
fn a_device_with_other_ids_is_taken_by_its_serial_number_alone() {
    let ports = || vec![usb("/dev/ttyACM0", 0x1234, Some("mine"))];
    assert!(matches!(find(&any(), ports()), Err(Unfound::Absent { .. })));
    assert_found(&with_serial("mine"), ports(), "/dev/ttyACM0");
}

#[test]
fn a_product_s_name_chooses_too() {
    let named = |product: &str| {
        Wanted::Usb(WantedUsb {
            serial: None,
            product: Some(product.to_owned()),
        })
    };
    let ports = || vec![nano("/dev/ttyACM0", LEFT)];
    assert_found(&named("Arduino NANO 33 IoT"), ports(), "/dev/ttyACM0");
    let other = find(&named("Arduino MKR WiFi 1010"), ports());
    assert!(matches!(other, Err(Unfound::Absent { .. })));
}

/// What it read would be commands to it: it is not opened, whichever way it is named.
#[test]
fn a_bootloader_is_refused_and_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("its path");
    let path = root.join("ttyACM0");
    std::fs::write(&path, "").expect("a file");
    let link = root.join("link");
    symlink(&path, &link).expect("a link");
    let port = path.to_str().expect("UTF-8");
    let bootloader = |serial| vec![usb(port, 0x0057, serial)];
    for (wanted, serial) in [
        (any(), Some(LEFT)),
        (any(), None),
        (with_serial(LEFT), Some(LEFT)),
        (Wanted::Path(path.clone()), None),
        (Wanted::Path(link), None),
    ] {
        let unfound = find(&wanted, bootloader(serial)).expect_err("no sketch runs");
        assert!(matches!(unfound, Unfound::Bootloader(_)), "{unfound}");
        let text = unfound.to_string();
        assert!(text.contains("Press reset once"), "{text}");
    }
    let unfound = find(&with_serial(RIGHT), bootloader(Some(LEFT))).expect_err("another board");
    assert!(!unfound.to_string().contains("bootloader"), "{unfound}");
}

/// Old bootloaders do not tell their board's number.
#[test]
fn a_bootloader_without_a_number_may_be_the_board_that_is_missing() {
    let ports = vec![usb("/dev/ttyACM1", 0x0057, None)];
    let unfound = find(&with_serial(LEFT), ports).expect_err("no sketch runs");
    let text = unfound.to_string();
    for part in [LEFT, "unless it is /dev/ttyACM1", "Press reset once"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_path_is_taken_as_it_is_when_nothing_speaks_against_it() {
    let path = Wanted::Path(PathBuf::from("/dev/pts/7"));
    assert_found(&path, vec![nano("/dev/ttyACM0", LEFT)], "/dev/pts/7");
    let unlisted = || Err(io::Error::other("no /sys"));
    assert_eq!(
        path.find(unlisted).expect("its path"),
        Path::new("/dev/pts/7")
    );
    let usb = any().find(unlisted).expect_err("nothing is known");
    assert!(matches!(usb, Unfound::Unlisted(_)));
}
