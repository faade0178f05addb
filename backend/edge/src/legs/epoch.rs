//! Which commands count: each once, and none of a floor that has been succeeded. Pure.

use hark_shared::ids::TenantId;
use std::collections::BTreeMap;

/// What to do with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is new.
    Take,
    /// It was carried out already; the core sent it again because it did not know.
    Duplicate,
    /// It comes from a floor whose successor has spoken here.
    Outdated,
}

/// The newest epoch of each tenant and the last command in it. Commands of an epoch come in the order of their ids, so
/// one number says which were seen. Holds one entry a tenant.
#[derive(Debug, Default)]
pub(super) struct Epochs {
    seen: BTreeMap<TenantId, (u64, u64)>,
}

impl Epochs {
    /// Judges a command and remembers it.
    pub(super) fn admit(&mut self, tenant: TenantId, epoch: u64, id: u64) -> Admission {
        match self.seen.get(&tenant) {
            Some((newest, _)) if epoch < *newest => Admission::Outdated,
            Some((newest, last)) if epoch == *newest && id <= *last => Admission::Duplicate,
            Some(_) | None => {
                self.seen.insert(tenant, (epoch, id));
                Admission::Take
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Admission::{Duplicate, Outdated, Take};

    #[test]
    fn each_command_once_and_none_of_an_older_floor() {
        let (a, b) = (TenantId::from_u128(1), TenantId::from_u128(2));
        let mut epochs = Epochs::default();
        for (tenant, epoch, id, expected) in [
            (a, 5, 0, Take),
            (a, 5, 0, Duplicate),
            (a, 5, 1, Take),
            (a, 5, 3, Take),
            (a, 5, 2, Duplicate),
            (a, 4, 9, Outdated),
            (b, 1, 0, Take),
            (a, 6, 0, Take),
            (a, 5, 4, Outdated),
            (a, 6, 1, Take),
        ] {
            assert_eq!(epochs.admit(tenant, epoch, id), expected, "{tenant} {epoch} {id}");
        }
    }
}
