//! How many connections each peer address holds.
//!
//! Only addresses that hold one are remembered, so the memory is bounded by the listener's places.

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct Addresses(Mutex<BTreeMap<IpAddr, usize>>);

/// One connection's share of its address; given back on drop.
#[derive(Debug)]
pub(crate) struct Share {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

impl Addresses {
    /// One more connection for the address, unless it holds `limit` already. An IPv4 address seen
    /// through an IPv6 socket counts as itself.
    pub(crate) fn share(self: &Arc<Self>, address: IpAddr, limit: usize) -> Option<Share> {
        let address = address.to_canonical();
        let mut held = self.held();
        let count = held.get(&address).copied().unwrap_or(0);
        if count >= limit {
            return None;
        }
        held.insert(address, count + 1);
        let addresses = Arc::clone(self);
        Some(Share { addresses, address })
    }

    /// The counts are whole between any two statements, so a panic elsewhere spoils nothing.
    fn held(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.addresses.held();
        match held.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    //! Counting, address by address.

    use super::*;

    #[test]
    fn an_address_has_its_limit_and_gets_back_what_it_returns() {
        let addresses = Arc::new(Addresses::default());
        let one = IpAddr::from([192, 0, 2, 1]);
        let other = IpAddr::from([192, 0, 2, 2]);
        let first = addresses.share(one, 2).expect("the first");
        let second = addresses.share(one, 2).expect("the second");
        assert!(addresses.share(one, 2).is_none());
        let elsewhere = addresses.share(other, 2).expect("another address");
        drop(first);
        let third = addresses.share(one, 2).expect("a share was returned");
        drop((second, third, elsewhere));
        assert!(
            addresses.held().is_empty(),
            "nothing is remembered of those gone"
        );
    }

    #[test]
    fn a_mapped_address_is_the_address_it_maps() {
        let addresses = Arc::new(Addresses::default());
        let plain: IpAddr = "192.0.2.1".parse().expect("an address");
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().expect("an address");
        let _share = addresses.share(plain, 1).expect("the first");
        assert!(addresses.share(mapped, 1).is_none());
    }

    #[test]
    fn a_limit_of_none_lets_nobody_in() {
        let addresses = Arc::new(Addresses::default());
        assert!(addresses.share(IpAddr::from([192, 0, 2, 1]), 0).is_none());
    }
}
