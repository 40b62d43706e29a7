//! Ranges of addresses: from an address and a number of bits to what belongs to them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses of one family that agree in their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    network: IpAddr,
    bits: u8,
}

/// Why an address and a number of bits are no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeFault {
    /// More bits than the address has.
    #[error("{bits} bits are more than the {width} of the address")]
    Bits {
        /// Asked for.
        bits: u8,
        /// The most.
        width: u8,
    },
    /// The address has bits set behind those that count: it is one of the range, not its begin.
    #[error("{0} is not the first address of that range")]
    NotFirst(IpAddr),
}

impl AddressRange {
    /// The addresses that agree with `network` in the first `bits` bits; all of them by default. An
    /// IPv4 address in its IPv6 form is taken for what it is.
    ///
    /// # Errors
    ///
    /// [`RangeFault`] when the two do not fit.
    pub fn new(network: IpAddr, bits: Option<u8>) -> Result<Self, RangeFault> {
        let given = width(network);
        let bits = bits.unwrap_or(given);
        let network = network.to_canonical();
        let width = width(network);
        let fault = RangeFault::Bits { bits, width: given };
        let bits = given
            .checked_sub(width)
            .and_then(|mapping| bits.checked_sub(mapping))
            .filter(|bits| *bits <= width)
            .ok_or(fault)?;
        if begin(network, bits) == network {
            Ok(Self { network, bits })
        } else {
            Err(RangeFault::NotFirst(network))
        }
    }

    /// The first of them.
    #[must_use]
    pub const fn first(&self) -> IpAddr {
        self.network
    }

    /// Whether `address` is one of them. An IPv4 address is the same in its IPv6 form.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        width(address) == width(self.network) && begin(address, self.bits) == self.network
    }
}

impl core::fmt::Display for AddressRange {
    /// As a configuration file has it: the bits are left out where the address stands alone.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { network, bits } = self;
        if *bits == width(*network) {
            network.fmt(f)
        } else {
            write!(f, "{network}/{bits}")
        }
    }
}

/// How many bits an address has.
const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with all but its first `bits` bits cleared.
fn begin(address: IpAddr, bits: u8) -> IpAddr {
    let behind = u32::from(width(address).saturating_sub(bits));
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(behind).unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(behind).unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::super::Peer;
    use super::*;

    fn range(text: &str, prefix: Option<u8>) -> AddressRange {
        AddressRange::new(text.parse().unwrap(), prefix).unwrap()
    }

    fn inside(range: AddressRange, address: &str) -> bool {
        range.contains(address.parse().unwrap())
    }

    #[test]
    fn a_single_address_is_itself_alone() {
        let home = range("127.0.0.1", None);
        assert!(inside(home, "127.0.0.1"));
        assert!(!inside(home, "127.0.0.2"));
        assert!(!inside(home, "::1"));
    }

    #[test]
    fn ipv4_is_the_same_in_its_ipv6_form() {
        let home = range("127.0.0.1", None);
        assert!(inside(home, "::ffff:127.0.0.1"));
        assert!(inside(range("::ffff:127.0.0.1", None), "127.0.0.1"));
        let peer = Peer::Address("::ffff:127.0.0.1".parse().unwrap());
        assert_eq!(peer.to_string(), "127.0.0.1");
    }

    #[test]
    fn ranges_end_where_their_prefix_does() {
        let lan = range("192.168.1.0", Some(24));
        assert!(inside(lan, "192.168.1.255"));
        assert!(!inside(lan, "192.168.2.0"));
        let ula = range("fd00::", Some(8));
        assert!(inside(ula, "fdff::1"));
        assert!(!inside(ula, "fe00::1"));
        let any4 = range("0.0.0.0", Some(0));
        assert!(inside(any4, "8.8.8.8"));
        assert!(!inside(any4, "2001:db8::1"));
    }

    #[test]
    fn short_ipv6_prefixes_do_not_let_ipv4_in() {
        let any = range("::", Some(0));
        assert!(inside(any, "2001:db8::1"));
        assert!(!inside(any, "8.8.8.8"));
        assert!(!inside(any, "::ffff:8.8.8.8"));
        assert!(!inside(range("::", Some(80)), "8.8.8.8"));
    }

    #[test]
    fn a_range_in_mapped_form_is_the_ipv4_range() {
        let net = range("::ffff:10.0.0.0", Some(104));
        assert_eq!(net, range("10.0.0.0", Some(8)));
        let short = AddressRange::new("::ffff:10.0.0.0".parse().unwrap(), Some(24));
        assert!(matches!(short, Err(RangeFault::Bits { .. })), "{short:?}");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let new = |text: &str, bits| AddressRange::new(text.parse().unwrap(), Some(bits));
        let (bits, width) = (33, 32);
        assert_eq!(new("1.2.3.4", 33), Err(RangeFault::Bits { bits, width }));
        let (bits, width) = (129, 128);
        assert_eq!(new("::1", 129), Err(RangeFault::Bits { bits, width }));
        let inside = "192.168.1.77";
        let fault = RangeFault::NotFirst(inside.parse().unwrap());
        assert_eq!(new(inside, 24), Err(fault));
        assert!(matches!(new("::1", 64), Err(RangeFault::NotFirst(_))));
    }
}
