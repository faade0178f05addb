//! Hosts and networks inside the house: which of them flows may ask is the operator's to say.

use std::net::IpAddr;

/// Hosts and networks that may be asked although they are not public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateHosts {
    names: Vec<String>,
    networks: Vec<(IpAddr, u8)>,
}

/// An entry that names no host and no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is neither a host's name nor a network like 10.0.0.0/8")]
pub struct Unusable(pub String);

impl PrivateHosts {
    /// Reads entries: a host's name as it stands in the address, an IP address, or a network.
    ///
    /// # Errors
    /// Names the entry that is none of these.
    pub fn read(entries: &[String]) -> Result<Self, Unusable> {
        let mut hosts = Self::default();
        for entry in entries {
            let (address, length) = match entry.split_once('/') {
                Some((address, length)) => (address, Some(length)),
                None => (entry.as_str(), None),
            };
            match (address.parse::<IpAddr>(), length) {
                (Ok(address), length) => {
                    let most = if address.is_ipv4() { 32 } else { 128 };
                    let length = length.map_or(Ok(most), str::parse);
                    let length = length.ok().filter(|length| *length <= most);
                    hosts.networks.push((address, length.ok_or_else(|| Unusable(entry.clone()))?));
                }
                (Err(_), None) if is_name(entry) => hosts.names.push(entry.to_ascii_lowercase()),
                (Err(_), _) => return Err(Unusable(entry.clone())),
            }
        }
        Ok(hosts)
    }

    /// Whether a host of this name, at this address, is among them.
    #[must_use]
    pub fn names(&self, name: &str, address: IpAddr) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
            || self.networks.iter().any(|network| contains(*network, address))
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
}

fn contains((network, length): (IpAddr, u8), address: IpAddr) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32_u32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let ((network, width), (address, other)) = (bits(network), bits(plain(address)));
    let shift = 128 - u32::from(length);
    width == other && (shift == 128 || (network >> shift) == (address >> shift))
}

/// An IPv4 address that is written as IPv6 is the IPv4 address.
#[must_use]
pub fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_operator_may_allow_names_and_networks() {
        let entries = ["crm.intern", "10.0.0.0/8", "127.0.0.1", "fd00::/8"].map(str::to_owned);
        let hosts = PrivateHosts::read(&entries).unwrap();
        assert!(hosts.names("CRM.intern", address("192.168.1.1")));
        assert!(!hosts.names("other.intern", address("192.168.1.1")));
        assert!(hosts.names("x", address("10.200.0.1")) && hosts.names("x", address("::ffff:10.200.0.1")));
        assert!(hosts.names("x", address("127.0.0.1")) && !hosts.names("x", address("127.0.0.2")));
        assert!(hosts.names("x", address("fd12::1")) && !hosts.names("x", address("fe80::1")));
        for wrong in ["", "a b", "10.0.0.0/33", "host/8", "10.0.0.0/x"] {
            assert!(PrivateHosts::read(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
