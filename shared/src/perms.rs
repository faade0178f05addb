//! Who may do what. The server asks before it acts and the browser asks before it shows a button: the same function.

use serde::{Deserialize, Serialize};

/// One thing that a role may or may not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Sit at a desk and take contacts.
    TakeContacts,
    /// Place calls.
    Dial,
    /// See one's own contacts and play their recordings.
    ReadOwnContacts,
    /// See everybody's contacts.
    ReadAllContacts,
    /// Play recordings of other people's contacts.
    PlayRecordings,
    /// Hear messages in one's own box and those of one's queues and teams.
    HearOwnMessages,
    /// Hear messages in everybody's boxes.
    HearAllMessages,
    /// See the floor live.
    WatchFloor,
    /// Listen to others' calls, whisper, talk in them, take them over, end them; change others' states. Whose, teams say
    /// ([`crate::team`]).
    Supervise,
    /// Change and cancel callbacks of every queue; agents do those of their own queues.
    ManageCallbacks,
    /// Create and change users and their skills.
    ManageUsers,
    /// Create and change queues, skills, numbers and dispositions.
    ManageRouting,
    /// Create, change and test trunks.
    ManageTrunks,
    /// Read the audit log.
    ReadAudit,
}

/// A named set of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes contacts (坐席).
    Agent,
    /// Leads a team and takes contacts too (班长).
    Supervisor,
    /// Sets the tenant up (租户管理员).
    Administrator,
}

impl Role {
    /// Every role, in the order in which a form lists them.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Supervisor, Self::Administrator];

    /// What the role allows.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            Dial, HearAllMessages, HearOwnMessages, ManageCallbacks, ManageRouting, ManageTrunks, ManageUsers,
            PlayRecordings, ReadAllContacts, ReadAudit, ReadOwnContacts, Supervise, TakeContacts, WatchFloor,
        };
        match self {
            Self::Agent => &[TakeContacts, Dial, ReadOwnContacts, HearOwnMessages],
            Self::Supervisor => &[
                TakeContacts,
                Dial,
                ReadOwnContacts,
                ReadAllContacts,
                PlayRecordings,
                WatchFloor,
                Supervise,
                ManageCallbacks,
                HearAllMessages,
            ],
            Self::Administrator => &[
                ReadAllContacts,
                PlayRecordings,
                WatchFloor,
                ManageCallbacks,
                HearAllMessages,
                ManageUsers,
                ManageRouting,
                ManageTrunks,
                ReadAudit,
            ],
        }
    }

    /// Whether the role allows `permission`.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

/// Whether any of `roles` allows `permission`.
#[must_use]
pub fn allowed(roles: &[Role], permission: Permission) -> bool {
    roles.iter().any(|role| role.allows(permission))
}
