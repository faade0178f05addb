//! What a control or a key does, if it can be done now. Each says whether it did something.

use crate::clock::Clock;
use crate::desk::store::DeskStore;
use crate::notices::Notices;
use hark_shared::ids::{CallbackId, ContactId};
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::WireError;
use hark_shared::wire::desk::{
    AgentState, BusyReason, ContactPhase, ContactView, DeskCommand, WantedState, WrapUpForm,
};
use hark_shared::wire::parties::{CallAction, Supervision};
use leptos::prelude::*;

/// The agent's actions; a context.
#[derive(Clone, Copy)]
pub struct Actions {
    /// The desk they act on.
    pub desk: DeskStore,
    /// To see whether an offer still rings.
    pub clock: Clock,
    /// Where a wrong number is told.
    pub notices: Notices,
}

impl Actions {
    /// Answers what rings.
    pub fn answer(self) -> bool {
        let now = self.clock.now();
        let rings =
            self.desk.now(|desk| desk.offer.as_ref().filter(|offer| offer.until > now).map(|offer| offer.offer));
        let Some(offer) = rings.filter(|_| !self.desk.answering_now()) else { return false };
        self.desk.send(DeskCommand::Accept { offer });
        true
    }

    /// Refuses what rings.
    pub fn decline(self) {
        if let Some(offer) = self.desk.now(|desk| desk.offer.as_ref().map(|offer| offer.offer)) {
            self.desk.send(DeskCommand::Decline { offer });
        }
    }

    /// Answers what rings at a colleague's desk.
    pub fn pick_up(self, contact: ContactId) {
        self.desk.send(DeskCommand::PickUp { contact });
    }

    /// Takes a parked call.
    pub fn retrieve(self, contact: ContactId) {
        self.desk.send(DeskCommand::Retrieve { contact });
    }

    /// Takes calls on what was typed from now on, or in the browser when nothing was. Says in words when that is no
    /// number.
    pub fn telephone(self, typed: &str) -> bool {
        let number = match typed.trim() {
            "" => None,
            typed => match PhoneNumber::parse(typed) {
                Ok(number) => Some(number),
                Err(_) => {
                    self.notices.error(WireError::new("number.not_dialable"));
                    return false;
                }
            },
        };
        self.desk.send(DeskCommand::Telephone { number });
        true
    }

    /// Holds or takes back.
    pub fn toggle_hold(self) -> bool {
        self.with_call(|contact| {
            let on = match contact.phase {
                ContactPhase::Talking => true,
                ContactPhase::Hold => false,
                ContactPhase::Dialling | ContactPhase::WrapUp { .. } => return None,
            };
            Some(DeskCommand::Hold { contact: contact.contact, on })
        })
    }

    /// Mutes or unmutes.
    pub fn toggle_mute(self) -> bool {
        self.with_call(|contact| Some(DeskCommand::Mute { contact: contact.contact, on: !contact.muted }))
    }

    /// Ends the call.
    pub fn hang_up(self) -> bool {
        self.with_call(|contact| Some(DeskCommand::HangUp { contact: contact.contact }))
    }

    /// Sends digits to the far side.
    pub fn digits(self, digits: &str) -> bool {
        self.with_call(|contact| {
            let consults = contact.sides.iter().any(|side| side.front);
            let command = DeskCommand::Digits { contact: contact.contact, digits: digits.to_owned() };
            match contact.phase {
                ContactPhase::Talking => Some(command),
                // Whom the agent consults may be a machine, too.
                ContactPhase::Hold => consults.then_some(command),
                ContactPhase::Dialling | ContactPhase::WrapUp { .. } => None,
            }
        })
    }

    /// Wishes for a state.
    pub fn set_state(self, state: WantedState) {
        self.desk.send(DeskCommand::SetState { state });
    }

    /// Ready, or a break if ready.
    pub fn toggle_ready(self) -> bool {
        let Some(state) = self.desk.now(|desk| Some(desk.status.state)) else { return false };
        self.set_state(match state {
            AgentState::Ready => WantedState::Busy { reason: BusyReason::Break },
            _ => WantedState::Ready,
        });
        true
    }

    /// Calls what was typed. Says in words when that is no number.
    pub fn dial(self, typed: &str) -> bool {
        match PhoneNumber::parse(typed) {
            Ok(to) => {
                self.desk.send(DeskCommand::Dial { to });
                true
            }
            Err(_) => {
                self.notices.error(WireError::new("number.not_dialable"));
                false
            }
        }
    }

    /// Calls somebody back who is to be called.
    pub fn call_back(self, callback: CallbackId) {
        self.desk.send(DeskCommand::CallBack { callback });
    }

    /// Something with more than two in the call at hand.
    pub fn call(self, action: CallAction) -> bool {
        self.with_call(|contact| Some(DeskCommand::Call { contact: contact.contact, action: action.clone() }))
    }

    /// Something with somebody else's call or desk.
    pub fn supervise(self, action: Supervision) {
        self.desk.send(DeskCommand::Supervise { action });
    }

    /// Saves the form as it is.
    pub fn note(self, contact: ContactId, form: WrapUpForm) {
        self.desk.send(DeskCommand::Note { contact, form });
    }

    /// Finishes wrap-up with the form as last painted.
    pub fn finish(self) -> bool {
        self.finish_with(|contact| contact.form.clone())
    }

    /// Finishes wrap-up with this form.
    pub fn finish_with(self, form: impl Fn(&ContactView) -> WrapUpForm) -> bool {
        self.with_contact(|contact| match contact.phase {
            ContactPhase::WrapUp { .. } => {
                Some(DeskCommand::FinishWrapUp { contact: contact.contact, form: form(contact) })
            }
            ContactPhase::Dialling | ContactPhase::Talking | ContactPhase::Hold => None,
        })
    }

    fn with_call(self, command: impl Fn(&ContactView) -> Option<DeskCommand>) -> bool {
        self.with_contact(|contact| match contact.phase {
            ContactPhase::WrapUp { .. } => None,
            ContactPhase::Dialling | ContactPhase::Talking | ContactPhase::Hold => command(contact),
        })
    }

    fn with_contact(self, command: impl Fn(&ContactView) -> Option<DeskCommand>) -> bool {
        let Some(command) = self.desk.now(|desk| desk.contact.as_ref().and_then(&command)) else { return false };
        self.desk.send(command);
        true
    }
}

/// The page's actions.
pub fn use_actions() -> Actions {
    expect_context()
}
