//! What is stored of a call once it is over: the contact's record, or that of a call at the side.

use super::guest::{Earlier, Who};
use super::{Call, Ending, Phase};
use crate::edge::Cause;
use crate::facts::{ConsultFact, ContactFact};
use crate::time::{Millis, Timestamp};
use crate::wire::control::Identification;
use crate::wire::desk::{Via, WrapUpForm};
use crate::wire::rest::Outcome;

impl Call {
    /// The record of a call at the side, once it is over.
    #[must_use]
    pub fn side_record(&self) -> Option<ConsultFact> {
        let (Some(side), Phase::Over { cause, at, .. }) = (&self.side, &self.phase) else { return None };
        let outside = self.guests.iter().find_map(|guest| match &guest.who {
            Who::Outside(number) => Some(number.clone()),
            Who::Agent(_) => None,
        });
        Some(ConsultFact {
            id: self.id,
            contact: side.of,
            by: side.by,
            purpose: side.purpose,
            queue: self.queue,
            number: outside,
            agent: self.agent.as_ref().map(|agent| agent.user),
            began: self.began,
            answered: self.answered,
            ended: *at,
            cause: *cause,
        })
    }

    /// The contact record, once the call is over.
    #[must_use]
    pub fn record(&self, now: Timestamp) -> Option<ContactFact> {
        let Phase::Over { cause, at, wrapped } = self.phase else { return None };
        Some(ContactFact {
            id: self.id,
            via: self.party.via.clone(),
            number: self.party.number.clone(),
            name: self.party.known_as().map(str::to_owned),
            began: self.began,
            queued: self.queued,
            answered: self.answered,
            ended: at,
            queue: self.queue,
            agent: self.agent.as_ref().map(|agent| agent.user).or(self.earlier.last().map(|earlier| earlier.user)),
            estimated: self.estimated,
            estimate_error: self.estimate_error,
            waited: self.clocks.waited,
            talked: self.clocks.talked,
            held: self.clocks.held,
            wrap_up: self.wrap_up(now, at, wrapped),
            hops: self.hops.clone(),
            identification: Identification { verified: self.verified.clone(), told: self.told.clone() },
            attendance: self.attendance.clone(),
            outcome: self.outcome(cause),
            cause,
            form: self.whole_form(),
        })
    }

    /// All its agents' wrap-up together.
    fn wrap_up(&self, now: Timestamp, at: Timestamp, wrapped: Option<Timestamp>) -> Millis {
        let earlier = self.earlier.iter().map(|earlier| earlier.wrapped.unwrap_or(now).since(earlier.left).0);
        Millis(wrapped.unwrap_or(now).since(at).0 + earlier.sum::<i64>())
    }

    /// What its agents filled in: the last word counts, and all notes stand under their writers' names once there is
    /// more than one.
    fn whole_form(&self) -> WrapUpForm {
        let mut form = self.form.clone();
        let wrote = |earlier: &&Earlier| !earlier.form.notes.trim().is_empty();
        let mut notes: Vec<String> = Vec::new();
        for earlier in self.earlier.iter().rev() {
            form.disposition = form.disposition.or(earlier.form.disposition);
            form.solved = form.solved.or(earlier.form.solved);
        }
        for earlier in self.earlier.iter().filter(wrote) {
            notes.push(format!("{}: {}", earlier.name, earlier.form.notes.trim()));
        }
        // Only one had it, and did not pass it on but left it to the survey.
        if self.surveyed && self.agent.is_none() && self.earlier.len() == 1 {
            form.notes = self.earlier[0].form.notes.clone();
        } else if !notes.is_empty() {
            notes.extend((!form.notes.is_empty()).then(|| form.notes.clone()));
            form.notes = notes.join("\n\n");
        }
        form
    }

    fn outcome(&self, cause: Cause) -> Outcome {
        // Who talked with an agent and leaves a message afterwards has talked; a machine that reached another has not.
        let counts = |ending: &Ending| *ending == Ending::Fax || self.answered.is_none();
        match (self.ending.filter(counts), &self.party.via) {
            (Some(Ending::Message), Via::Phone { .. } | Via::Web { .. }) => return Outcome::Message,
            (Some(Ending::Fax), Via::Phone { .. } | Via::Web { .. }) => return Outcome::Fax,
            (Some(_) | None, Via::Outbound) | (None, Via::Phone { .. } | Via::Web { .. }) => {}
        }
        let met = self.attendance.as_ref().is_some_and(|attendance| attendance.joined.is_some());
        match (&self.party.via, self.answered, self.queued) {
            (Via::Outbound, Some(_), _) => Outcome::Connected,
            (Via::Outbound, None, _) => Outcome::NotConnected,
            (Via::Phone { .. } | Via::Web { .. }, Some(_), _) => Outcome::Answered,
            (Via::Phone { .. } | Via::Web { .. }, None, _) if met => Outcome::Meeting,
            (Via::Phone { .. } | Via::Web { .. }, None, _) if self.booked.is_some() => Outcome::Callback,
            _ if matches!(
                cause,
                Cause::Busy | Cause::Rejected | Cause::Congestion | Cause::NotFound | Cause::Ended | Cause::Failed
            ) =>
            {
                Outcome::Refused
            }
            (Via::Phone { .. } | Via::Web { .. }, None, Some(_)) => Outcome::Abandoned,
            (Via::Phone { .. } | Via::Web { .. }, None, None) => Outcome::LeftInMenu,
        }
    }
}
