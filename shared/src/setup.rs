//! What an administrator has set up, as the floor needs it: read from the store at start and after each change.

use crate::ids::TenantId;
use crate::wire::desk::Disposition;
use crate::wire::rest::{Number, OutboundLimits, Queue, Skill, Trunk, User};
use serde::{Deserialize, Serialize};

/// A tenant's whole set-up. An empty one is valid: nobody can call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantSetup {
    /// The tenant.
    pub tenant: TenantId,
    /// Its shown name.
    pub name: String,
    /// Users, also those who may not sign in: their names are shown in history.
    pub users: Vec<User>,
    /// Skills.
    pub skills: Vec<Skill>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Numbers and where they lead.
    pub numbers: Vec<Number>,
    /// Trunks with their passwords.
    pub trunks: Vec<Trunk>,
    /// How much may be dialled.
    #[serde(default)]
    pub outbound: OutboundLimits,
    /// Dispositions that are offered.
    pub dispositions: Vec<Disposition>,
}
