//! A time zone as the engines know it: when its offset from UTC changes.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Offsets from UTC over time; UTC itself when nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Zone {
    /// From when on which offset holds, in milliseconds eastwards; in order. Before the first the first holds.
    changes: Vec<(Timestamp, i64)>,
}

impl Zone {
    /// A zone out of its changes, which are put in order.
    #[must_use]
    pub fn new(mut changes: Vec<(Timestamp, i64)>) -> Self {
        changes.sort_unstable();
        Self { changes }
    }

    /// A zone that never changes.
    #[must_use]
    pub fn fixed(offset: i64) -> Self {
        Self { changes: vec![(Timestamp(0), offset)] }
    }

    /// The offset at `now`, in milliseconds to be added to UTC.
    #[must_use]
    pub fn offset(&self, now: Timestamp) -> i64 {
        let after = self.changes.partition_point(|(from, _)| *from <= now);
        self.changes.get(after.saturating_sub(1)).map_or(0, |(_, offset)| *offset)
    }

    /// The moment of a local time in milliseconds since 1970 by the wall clock. One that comes twice in autumn is its
    /// first; one that is skipped in spring is as long after the jump as it lies in the gap.
    #[must_use]
    pub fn moment(&self, local: i64) -> Timestamp {
        let with = |offset: i64| Timestamp(local.saturating_sub(offset));
        // The offsets in force up to a day before and after: no zone changes more often, or by more.
        let (before, after) = (self.offset(Timestamp(local - super::DAY)), self.offset(Timestamp(local + super::DAY)));
        let fits = |offset: i64| self.offset(with(offset)) == offset;
        match (fits(before), fits(after)) {
            (true, true) => with(before.max(after)),
            (true, false) => with(before),
            (false, true) => with(after),
            (false, false) => with(before.min(after)),
        }
    }
}
