//! What a desk asked for last and what it was told: a page that lost its connection repeats what it heard no answer to,
//! under the same id, and a command must not count twice. Dialling is the one where twice would be heard.

use crate::wire::WireError;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use uuid::Uuid;

/// Commands remembered: twice what a page keeps unanswered (`MOST_PENDING` in the desk's ledger).
const REMEMBERED: usize = 64;

/// The last commands of one user's desk, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Answered(VecDeque<(Uuid, Option<WireError>)>);

impl Answered {
    /// What was answered to this command; `None` when it is new.
    pub fn to(&self, id: Uuid) -> Option<Result<(), WireError>> {
        let (_, refusal) = self.0.iter().rev().find(|(known, _)| *known == id)?;
        Some(refusal.clone().map_or(Ok(()), Err))
    }

    /// Remembers an answer.
    pub fn note(&mut self, id: Uuid, answer: &Result<(), WireError>) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((id, answer.clone().err()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_answers_are_known_and_the_oldest_forgotten() {
        let mut answered = Answered::default();
        let refusal = Err(WireError::new("dial.not_now"));
        answered.note(Uuid::from_u128(0), &refusal);
        assert_eq!(answered.to(Uuid::from_u128(0)), Some(refusal));
        for id in 1..=REMEMBERED as u128 {
            answered.note(Uuid::from_u128(id), &Ok(()));
        }
        assert_eq!(answered.to(Uuid::from_u128(0)), None);
        assert_eq!(answered.to(Uuid::from_u128(1)), Some(Ok(())));
    }
}
