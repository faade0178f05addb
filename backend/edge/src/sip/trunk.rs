//! Trunks of all tenants: who may call in from where, whose number that is, and how many calls run.
//!
//! A session border controller may serve several tenants from one address, so a call's tenant follows from its source
//! *and* the called number. Addresses given as names are resolved in the background and again every
//! [`super::RESOLVE_EVERY`].

use hark_shared::edge::TrunkPlan;
use hark_shared::ids::{TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tracing::warn;

/// Addresses kept of one name; more than a carrier has in its DNS.
const MAX_ADDRESSES: usize = 16;
/// The port when a trunk's address names none (RFC 3261, 19.1.2).
const SIP_PORT: u16 = 5060;

/// A network in CIDR notation; a single address is one of full length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `10.0.0.0/8`, `10.1.2.3`, `2001:db8::/32`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (base, bits) = match text.trim().split_once('/') {
            Some((base, bits)) => (base, Some(bits.parse::<u8>().ok()?)),
            None => (text.trim(), None),
        };
        let base: IpAddr = base.parse().ok()?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(longest);
        (bits <= longest).then_some(Self { base, bits })
    }

    /// Whether `ip` is inside.
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        match (self.base, ip.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => {
                let shift = 32 - u32::from(self.bits);
                u32::from(base).checked_shr(shift).unwrap_or(0) == u32::from(ip).checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V6(base), IpAddr::V6(ip)) => {
                let shift = 128 - u32::from(self.bits);
                u128::from(base).checked_shr(shift).unwrap_or(0) == u128::from(ip).checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// A trunk in use.
#[derive(Debug)]
pub(crate) struct Trunk {
    /// Whose it is.
    pub tenant: TenantId,
    /// As the core described it.
    pub plan: TrunkPlan,
    networks: Vec<Network>,
    addresses: RwLock<Vec<SocketAddr>>,
    /// Calls that run over it; shared with the trunk's earlier plans.
    live: Arc<AtomicU32>,
}

/// A call's place on a trunk; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<AtomicU32>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Trunk {
    fn new(tenant: TenantId, plan: TrunkPlan, live: Arc<AtomicU32>) -> Self {
        let networks = plan
            .sources
            .iter()
            .filter_map(|text| {
                let network = Network::parse(text);
                if network.is_none() {
                    warn!(trunk.id = %plan.trunk, "a source of a trunk is no address or network: ignored");
                }
                network
            })
            .collect();
        let addresses = RwLock::new(literal(&plan.address).into_iter().collect());
        Self { tenant, plan, networks, addresses, live }
    }

    /// A place for one more call, unless the limit is reached.
    pub(crate) fn seize(&self) -> Option<Permit> {
        self.live
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |live| (live < self.plan.limit).then_some(live + 1))
            .ok()
            .map(|_| Permit(Arc::clone(&self.live)))
    }

    /// Whether this number may be dialled over it: an empty list allows none.
    pub(crate) fn allows(&self, to: &PhoneNumber) -> bool {
        self.plan.allowed.iter().any(|prefix| to.as_str().starts_with(prefix.as_str()))
    }

    /// Whether requests may come from there: a named source, or the trunk's own address.
    fn is_source(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(ip))
            || read(&self.addresses).iter().any(|address| address.ip().to_canonical() == ip)
    }

    /// Where its requests go, if its name is resolved.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        read(&self.addresses).first().copied()
    }

    /// Looks its name up again; the old addresses stay when that fails.
    ///
    /// # Errors
    /// The operating system's words.
    pub(crate) async fn resolve(&self) -> Result<SocketAddr, String> {
        if let Some(address) = literal(&self.plan.address) {
            return Ok(address);
        }
        let found = tokio::net::lookup_host(with_port(&self.plan.address)).await.map_err(|error| error.to_string())?;
        let found: Vec<SocketAddr> = found.take(MAX_ADDRESSES).collect();
        let first = found.first().copied().ok_or_else(|| "the name has no address".to_owned())?;
        *self.addresses.write().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(first)
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn literal(address: &str) -> Option<SocketAddr> {
    address
        .parse::<SocketAddr>()
        .ok()
        .or_else(|| address.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, SIP_PORT)))
}

fn with_port(address: &str) -> String {
    if address.contains(':') { address.to_owned() } else { format!("{address}:{SIP_PORT}") }
}

/// What a call's source and number lead to.
#[derive(Debug)]
pub(crate) enum Match {
    /// This trunk, and so this tenant.
    Trunk(Arc<Trunk>),
    /// A known source, but nobody's number: 404.
    NoSuchNumber,
}

/// Every tenant's trunks.
#[derive(Debug, Default)]
pub(crate) struct Trunks {
    table: RwLock<BTreeMap<TenantId, Vec<Arc<Trunk>>>>,
}

impl Trunks {
    /// Replaces a tenant's trunks; running calls keep theirs. Returns those whose name must be resolved.
    pub(crate) fn set(&self, tenant: TenantId, plans: Vec<TrunkPlan>) -> Vec<Arc<Trunk>> {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let old = table.remove(&tenant).unwrap_or_default();
        let new: Vec<Arc<Trunk>> = plans
            .into_iter()
            .map(|plan| {
                let before = old.iter().find(|trunk| trunk.plan.trunk == plan.trunk);
                let live = before.map_or_else(Arc::default, |trunk| Arc::clone(&trunk.live));
                let trunk = Trunk::new(tenant, plan, live);
                // A name that was resolved stays so until the look-up of the new plan is done.
                if let Some(before) = before.filter(|before| before.plan.address == trunk.plan.address) {
                    let addresses = read(&before.addresses).clone();
                    *trunk.addresses.write().unwrap_or_else(PoisonError::into_inner) = addresses;
                }
                Arc::new(trunk)
            })
            .collect();
        let unresolved = new.iter().filter(|trunk| literal(&trunk.plan.address).is_none()).map(Arc::clone).collect();
        table.insert(tenant, new);
        unresolved
    }

    /// Whether any trunk names this address.
    pub(crate) fn knows(&self, ip: IpAddr) -> bool {
        read(&self.table).values().flatten().any(|trunk| trunk.is_source(ip))
    }

    /// Whose call this is.
    pub(crate) fn find(&self, source: IpAddr, number: Option<&PhoneNumber>) -> Match {
        let table = read(&self.table);
        let mut here = table.values().flatten().filter(|trunk| trunk.is_source(source.to_canonical()));
        match number.and_then(|number| here.find(|trunk| trunk.plan.numbers.contains(number))) {
            Some(trunk) => Match::Trunk(Arc::clone(trunk)),
            None => Match::NoSuchNumber,
        }
    }

    /// A tenant's trunk by its id.
    pub(crate) fn get(&self, tenant: TenantId, id: TrunkId) -> Option<Arc<Trunk>> {
        read(&self.table).get(&tenant)?.iter().find(|trunk| trunk.plan.trunk == id).map(Arc::clone)
    }

    /// Where a trunk's name leads, `host` or `host:port`.
    pub(crate) fn address_of(&self, name: &str) -> Option<SocketAddr> {
        let name = with_port(name);
        let table = read(&self.table);
        table.values().flatten().find(|trunk| with_port(&trunk.plan.address).eq_ignore_ascii_case(&name))?.address()
    }

    /// Those whose address is a name.
    pub(crate) fn named(&self) -> Vec<Arc<Trunk>> {
        read(&self.table)
            .values()
            .flatten()
            .filter(|trunk| literal(&trunk.plan.address).is_none())
            .map(Arc::clone)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(id: u128, sources: &[&str], number: &str) -> TrunkPlan {
        TrunkPlan {
            trunk: TrunkId::from_u128(id),
            address: "192.0.2.7:5080".into(),
            sources: sources.iter().map(|&s| s.to_owned()).collect(),
            credentials: None,
            numbers: vec![PhoneNumber::parse(number).unwrap()],
            allowed: vec!["0".into(), "+86".into()],
            refer: false,
            limit: 2,
        }
    }

    fn found(trunks: &Trunks, source: &str, number: &str) -> Option<TrunkId> {
        match trunks.find(source.parse().unwrap(), PhoneNumber::parse(number).ok().as_ref()) {
            Match::Trunk(trunk) => Some(trunk.plan.trunk),
            Match::NoSuchNumber => None,
        }
    }

    #[test]
    fn networks_contain_what_their_length_says() {
        for (network, ip, inside) in [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("0.0.0.0/0", "2001:db8::1", false),
        ] {
            assert_eq!(Network::parse(network).unwrap().contains(ip.parse().unwrap()), inside, "{network} {ip}");
        }
        for broken in ["", "10.0.0.0/33", "::/129", "host.example", "10.0.0.0/x"] {
            assert_eq!(Network::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn one_address_serves_two_tenants_and_the_number_decides() {
        let trunks = Trunks::default();
        trunks.set(TenantId::from_u128(1), vec![plan(11, &["10.0.0.0/8"], "4001")]);
        trunks.set(TenantId::from_u128(2), vec![plan(22, &["10.0.0.0/8"], "4002")]);
        assert_eq!(found(&trunks, "10.1.1.1", "4001"), Some(TrunkId::from_u128(11)));
        assert_eq!(found(&trunks, "10.1.1.1", "4002"), Some(TrunkId::from_u128(22)));
        assert_eq!(found(&trunks, "10.1.1.1", "4003"), None);
        assert_eq!(found(&trunks, "203.0.113.1", "4001"), None);
        assert_eq!(found(&trunks, "192.0.2.7", "4001"), Some(TrunkId::from_u128(11)), "its own address is a source");
        assert!(trunks.knows("10.9.9.9".parse().unwrap()));
        assert!(!trunks.knows("203.0.113.1".parse().unwrap()));
        trunks.set(TenantId::from_u128(1), vec![]);
        assert_eq!(found(&trunks, "10.1.1.1", "4001"), None);
    }

    #[test]
    fn the_limit_outlives_a_new_plan() {
        let trunks = Trunks::default();
        let tenant = TenantId::from_u128(1);
        trunks.set(tenant, vec![plan(11, &[], "4001")]);
        let first = trunks.get(tenant, TrunkId::from_u128(11)).unwrap();
        let (one, two) = (first.seize(), first.seize());
        assert!(one.is_some() && two.is_some() && first.seize().is_none());
        trunks.set(tenant, vec![plan(11, &[], "4001")]);
        let second = trunks.get(tenant, TrunkId::from_u128(11)).unwrap();
        assert!(second.seize().is_none());
        drop(one);
        assert!(second.seize().is_some());
    }

    #[test]
    fn only_allowed_prefixes_are_dialled() {
        let trunks = Trunks::default();
        trunks.set(TenantId::from_u128(1), vec![plan(11, &[], "4001")]);
        let trunk = trunks.get(TenantId::from_u128(1), TrunkId::from_u128(11)).unwrap();
        for (number, allowed) in [("01088880000", true), ("+8613800138000", true), ("+19005550100", false)] {
            assert_eq!(trunk.allows(&PhoneNumber::parse(number).unwrap()), allowed, "{number}");
        }
    }
}
