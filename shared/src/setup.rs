//! What an administrator has set up, as the floor needs it: read from the store at start and after each change.

use crate::capacity::Capacity;
use crate::duty::Rota;
use crate::flow::Flow;
use crate::hours::{Calendar, Zone};
use crate::ids::{FlowId, TenantId};
use crate::listing::Listing;
use crate::meeting::GuardedRoom;
use crate::notice::Notice;
use crate::prompt::Prompt;
use crate::team::Team;
use crate::wire::desk::Disposition;
use crate::wire::messages::MailboxSetting;
use crate::wire::rest::{Number, OutboundLimits, Queue, Skill, Trunk, User};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    /// What agents take at once, and what may interrupt what.
    #[serde(default)]
    pub capacity: Capacity,
    /// Dispositions that are offered.
    pub dispositions: Vec<Disposition>,
    /// Flows that are published, each in its newest version.
    #[serde(default)]
    pub flows: Vec<PublishedFlow>,
    /// The names of all sounds but those of `prompts`; empty: not known, and each is taken to exist.
    #[serde(default)]
    pub sounds: BTreeSet<String>,
    /// Calendars.
    #[serde(default)]
    pub calendars: Vec<Calendar>,
    /// Duty rotas.
    #[serde(default)]
    pub rotas: Vec<Rota>,
    /// Meeting rooms, with their PINs' hashes.
    #[serde(default)]
    pub meeting_rooms: Vec<GuardedRoom>,
    /// The time zones that calendars and rotas name, each once. The store knows only their names; who loads the set-up fills them in.
    #[serde(default)]
    pub zones: BTreeMap<String, Zone>,
    /// Black and white list.
    #[serde(default)]
    pub listings: Vec<Listing>,
    /// Notices, also those that are off.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// Prompts of the tenant's own.
    #[serde(default)]
    pub prompts: Vec<Prompt>,
    /// Teams.
    #[serde(default)]
    pub teams: Vec<Team>,
    /// Mailboxes that differ from a plain one.
    #[serde(default)]
    pub mailboxes: Vec<MailboxSetting>,
}

/// A flow as callers walk it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFlow {
    /// Which.
    pub id: FlowId,
    /// The version.
    pub version: u32,
    /// The nodes.
    pub flow: Flow,
    /// What it is called.
    #[serde(default)]
    pub name: String,
}
