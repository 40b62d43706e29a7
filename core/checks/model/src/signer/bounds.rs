//! How much can go wrong in a world of the signer.

/// How often what may happen.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Requests.
    pub requests: u8,
    /// Clients that hang up.
    pub hang_ups: u8,
    /// Faults of device and line.
    pub device_faults: u8,
    /// Deadlines that pass while something is on its way.
    pub late: u8,
    /// Faults of the disk.
    pub disk_faults: u8,
    /// Crashes.
    pub crashes: u8,
}

/// What there is, and how often it may go wrong.
pub trait Bounded {
    /// The bounds.
    const BOUNDS: Bounds;
}

/// Nothing goes wrong but devices, lines and the patience of clients.
#[derive(Clone, Copy, Debug)]
pub struct DeviceFaults;

impl Bounded for DeviceFaults {
    const BOUNDS: Bounds = Bounds {
        requests: 3,
        hang_ups: 1,
        device_faults: 1,
        late: 1,
        disk_faults: 0,
        crashes: 0,
    };
}

/// Nothing goes wrong but the disk, and the signer itself.
#[derive(Clone, Copy, Debug)]
pub struct DiskFaults;

impl Bounded for DiskFaults {
    const BOUNDS: Bounds = Bounds {
        requests: 3,
        hang_ups: 0,
        device_faults: 0,
        late: 1,
        disk_faults: 1,
        crashes: 1,
    };
}
