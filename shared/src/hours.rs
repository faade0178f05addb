//! Hours: when somebody is there. A calendar has several intervals a day, holidays, moved working days (补班日) and an
//! emergency closure.
//!
//! Time zones are data here: whoever loads a calendar also says when the zone's offset changes ([`Zone`]), so the same
//! question has the same answer on every machine and in the browser, and nobody carries a zone database.

use serde::{Deserialize, Serialize};

/// What a calendar says of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// Somebody is there.
    Open,
    /// Outside the weekly hours.
    Closed,
    /// A holiday.
    Holiday,
    /// Closed for an emergency, whatever the hours say.
    Emergency,
}
