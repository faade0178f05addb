//! How often an address may ask: a bucket of tokens for each, in a bounded table.

use hark_shared::time::{Millis, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Addresses remembered: some 100 bytes each. When more ask at once, the one that asked longest ago is forgotten.
const ADDRESSES: usize = 10_000;

/// A bucket for each address: `burst` at once, then one every `every`.
pub struct PerAddress {
    burst: i64,
    every: Millis,
    /// When each address's bucket is full again.
    full: Mutex<BTreeMap<IpAddr, Timestamp>>,
}

impl PerAddress {
    /// An empty table.
    #[must_use]
    pub fn new(burst: u16, every: Millis) -> Self {
        Self { burst: burst.into(), every, full: Mutex::default() }
    }

    /// Takes one token of this address's bucket.
    ///
    /// # Errors
    /// How long to wait, when the bucket is empty.
    pub fn take(&self, address: IpAddr, now: Timestamp) -> Result<(), Millis> {
        let key = network(address);
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        // The generic cell rate algorithm: one moment a bucket is all there is to know.
        let at = full.get(&key).copied().unwrap_or(now).max(now) + self.every;
        let wait = Millis((at - now).0 - self.every.0 * self.burst);
        if wait > Millis::ZERO {
            return Err(wait);
        }
        if full.len() >= ADDRESSES && !full.contains_key(&key) {
            full.retain(|_, at| *at > now);
            let first = full.iter().min_by_key(|(_, at)| **at).map(|(key, _)| *key);
            if let Some(first) = first.filter(|_| full.len() >= ADDRESSES) {
                full.remove(&first);
            }
        }
        full.insert(key, at);
        Ok(())
    }
}

/// One customer of an IPv6 provider has a whole /64 of addresses.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_by_one() {
        let limit = PerAddress::new(3, Millis::from_secs(10));
        let me = IpAddr::from([192, 0, 2, 1]);
        let start = Timestamp(1_000_000);
        for _ in 0..3 {
            limit.take(me, start).unwrap();
        }
        assert_eq!(limit.take(me, start), Err(Millis::from_secs(10)));
        limit.take(IpAddr::from([192, 0, 2, 2]), start).expect("another address is not concerned");
        assert_eq!(limit.take(me, start + Millis(9_999)), Err(Millis(1)));
        limit.take(me, start + Millis::from_secs(10)).unwrap();
        assert!(limit.take(me, start + Millis::from_secs(10)).is_err());
    }

    #[test]
    fn the_table_is_bounded() {
        let limit = PerAddress::new(1, Millis::from_secs(60));
        for number in 0..u32::try_from(ADDRESSES).unwrap() + 50 {
            limit.take(IpAddr::from(number.to_be_bytes()), Timestamp(number.into())).unwrap();
        }
        assert_eq!(limit.full.lock().unwrap().len(), ADDRESSES);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let limit = PerAddress::new(1, Millis::from_secs(60));
        limit.take("2001:db8::1".parse().unwrap(), Timestamp(0)).unwrap();
        assert!(limit.take("2001:db8::2".parse().unwrap(), Timestamp(0)).is_err());
        limit.take("2001:db8:0:1::1".parse().unwrap(), Timestamp(0)).unwrap();
    }
}
