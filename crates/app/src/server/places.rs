//! How many connections there may be.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wiwebb_http::{TrustedProxies, counted_as};

/// What one server takes on.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    /// Most connections at once.
    pub in_all: usize,
    /// Most of them from one client address. Trusted proxies have no such bound.
    pub by_address: usize,
}

/// The places of a server's connections.
#[derive(Debug)]
pub(super) struct Places {
    capacity: Capacity,
    trusted: TrustedProxies,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The place of one connection, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    /// What it is counted as; `None` for a trusted proxy.
    address: Option<IpAddr>,
}

impl Places {
    pub(super) fn new(capacity: Capacity, trusted: TrustedProxies) -> Arc<Self> {
        Arc::new(Self { capacity, trusted, taken: Mutex::default() })
    }

    /// Takes a place for a connection from this address; `None` where there is none left.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let address = (!self.trusted.contains(peer)).then(|| counted_as(peer));
        let mut taken = self.taken();
        if taken.in_all >= self.capacity.in_all {
            return None;
        }
        if let Some(address) = address {
            let its_own = taken.by_address.entry(address).or_default();
            if *its_own >= self.capacity.by_address {
                return None;
            }
            *its_own += 1;
        }
        taken.in_all += 1;
        drop(taken);
        Some(Place { places: Arc::clone(self), address })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.in_all -= 1;
        if let Some(address) = self.address
            && let Some(its_own) = taken.by_address.get_mut(&address)
        {
            *its_own -= 1;
            if *its_own == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(in_all: usize, by_address: usize) -> Arc<Places> {
        let trusted = TrustedProxies::parse("10.0.0.1").unwrap();
        Places::new(Capacity { in_all, by_address }, trusted)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_no_more_than_its_share_and_gets_it_back() {
        let places = places(10, 2);
        let held = [places.take(ip("192.0.2.1")), places.take(ip("192.0.2.1"))];
        assert!(held.iter().all(Option::is_some));
        assert!(places.take(ip("::ffff:192.0.2.1")).is_none());
        assert!(places.take(ip("192.0.2.2")).is_some());
        drop(held);
        assert!(places.take(ip("192.0.2.1")).is_some());
        assert!(places.taken().by_address.is_empty(), "nobody is remembered without a connection");
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let places = places(10, 1);
        let _held = places.take(ip("2001:db8::1")).unwrap();
        assert!(places.take(ip("2001:db8::2")).is_none());
        assert!(places.take(ip("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn a_trusted_proxy_is_bounded_by_the_whole_alone() {
        let places = places(3, 1);
        let held: Vec<_> = (0..3).filter_map(|_| places.take(ip("10.0.0.1"))).collect();
        assert_eq!(held.len(), 3);
        assert!(places.take(ip("10.0.0.1")).is_none());
        assert!(places.take(ip("192.0.2.1")).is_none());
        drop(held);
        assert!(places.take(ip("192.0.2.1")).is_some());
    }
}
