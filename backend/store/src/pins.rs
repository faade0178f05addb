//! PINs of meeting rooms, which are never kept: only what they hash to.

use crate::db::Db;
use hark_shared::ids::{MeetingRoomId, TenantId};
use hark_shared::meeting::PinHash;
use std::fmt::Write;

impl Db {
    /// A PIN's hash, keyed by the installation's secret and bound to its room. Nothing is read or written.
    #[must_use]
    pub fn hash_pin(&self, tenant: TenantId, room: MeetingRoomId, pin: &str) -> PinHash {
        let place: Vec<u8> = tenant.0.as_bytes().iter().chain(room.0.as_bytes()).copied().collect();
        let bytes = self.master.hash(&place, pin.as_bytes());
        PinHash(bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        }))
    }
}
