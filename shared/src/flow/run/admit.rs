//! The door of a meeting room: its number is asked for, unless the node names the room, then a PIN, whose digits nobody
//! here knows.
//!
//! Each question is asked [`TRIES`] times at most. What says that something was wrong is said to its end, and keys are
//! thrown away meanwhile: who types a PIN right behind a wrong number must not type it where digits are known.

use super::{Run, State, Then};
use crate::flow::exit::Exit;
use crate::flow::say::Phrase;
use crate::flow::step::{Denied, Fault, Listening, MASKED_DIGIT, Step};
use crate::flow::vars::VarName;
use crate::flow::world::World;
use crate::ids::MeetingRoomId;
use crate::meeting::LONGEST;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// How often number and PIN are asked for.
const TRIES: u8 = 3;
/// How long to wait for the first digit: people look for their invitation.
const FIRST: Millis = Millis::from_secs(10);
/// How long for each further one.
const BETWEEN: Millis = Millis::from_secs(4);
/// How long the look at a PIN may take; it takes no time unless the one who looks has died.
const CHECK: Millis = Millis::from_secs(5);
/// The key that ends number and PIN.
const END: char = '#';

const ASK_NUMBER: &str = "meeting-number";
const ASK_PIN: &str = "meeting-pin";
const UNKNOWN: &str = "meeting-unknown";
const WRONG: &str = "meeting-wrong-pin";
const BARRED: &str = "meeting-barred";
const LOCKED: &str = "meeting-is-locked";
const FULL: &str = "meeting-full";

/// The variable under whose name a PIN's digits are kept apart until they are looked at.
#[must_use]
pub fn meeting_pin() -> VarName {
    VarName::new("meeting_pin").expect("a lower-case word")
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Admission {
    /// Which room, once it is known; from then on the PIN is asked for.
    room: Option<MeetingRoomId>,
    stage: Stage,
    /// The digits so far; of a PIN only their number.
    digits: String,
    /// How often the present question was asked.
    asked: u8,
    /// When it is waited for no longer; `None` while something is said.
    until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Asking,
    Saying(After),
    Checking,
}

/// What follows what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum After {
    Ask,
    Leave(Exit),
}

impl Admission {
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }

    pub fn listening(&self) -> Listening {
        match (self.stage, self.room) {
            (Stage::Asking, None) => Listening::Keys,
            (Stage::Asking, Some(_)) => Listening::Masked { into: meeting_pin(), so_far: self.count() },
            (Stage::Saying(_) | Stage::Checking, _) => Listening::No,
        }
    }

    fn count(&self) -> u8 {
        u8::try_from(self.digits.chars().count()).unwrap_or(u8::MAX)
    }

    /// What follows an answer that was none or wrong.
    const fn again(&self) -> After {
        if self.asked >= TRIES { After::Leave(Exit::Refused) } else { After::Ask }
    }
}

impl Run {
    pub(super) fn admit(&mut self, now: Timestamp, room: Option<MeetingRoomId>, world: &dyn World) -> Then {
        if room.is_some_and(|room| !world.has_meeting(room)) {
            return Then::Lost(Fault::NoMeeting);
        }
        let admission = Admission { room, stage: Stage::Asking, digits: String::new(), asked: 0, until: None };
        self.ask_for(now, admission, world);
        Then::Stop
    }

    fn ask_for(&mut self, now: Timestamp, admission: Admission, world: &dyn World) {
        self.answer();
        let name = if admission.room.is_some() { ASK_PIN } else { ASK_NUMBER };
        let said = self.say(&[Phrase::Prompt { name: name.to_owned() }], world);
        let until = (!said).then_some(now + FIRST);
        let asked = admission.asked.saturating_add(1);
        self.doing =
            State::Admitting(Admission { stage: Stage::Asking, digits: String::new(), asked, until, ..admission });
    }

    /// Says that something is wrong, then goes on.
    fn tell(&mut self, now: Timestamp, admission: Admission, name: &str, after: After, world: &dyn World) {
        let said = self.say(&[Phrase::Prompt { name: name.to_owned() }], world);
        let admission = Admission { stage: Stage::Saying(after), until: None, ..admission };
        self.doing = State::Admitting(admission);
        if !said {
            self.admission_said(now, world);
        }
    }

    /// What was said is said to its end.
    pub(super) fn admission_said(&mut self, now: Timestamp, world: &dyn World) {
        let State::Admitting(admission) = &mut self.doing else { return };
        match admission.stage {
            Stage::Asking => {
                admission.until.get_or_insert(now + FIRST);
            }
            Stage::Saying(after) => {
                let admission = admission.clone();
                self.go_on(now, admission, after, world);
            }
            Stage::Checking => {}
        }
    }

    fn go_on(&mut self, now: Timestamp, admission: Admission, after: After, world: &dyn World) {
        match after {
            After::Ask => self.ask_for(now, admission, world),
            After::Leave(exit) => self.leave(now, exit, world),
        }
    }

    pub(super) fn admission_digit(&mut self, now: Timestamp, digit: char, world: &dyn World) {
        let State::Admitting(admission) = &mut self.doing else { return };
        if admission.stage != Stage::Asking {
            return;
        }
        let ends = digit == END;
        let counts = if admission.room.is_some() { digit == MASKED_DIGIT } else { digit.is_ascii_digit() };
        if !ends && !counts {
            return;
        }
        if !ends {
            admission.digits.push(digit);
        }
        let done = ends || admission.digits.chars().count() >= LONGEST;
        if admission.until.replace(now + BETWEEN).is_none() {
            self.out.push_back(Step::Quiet);
        }
        if done {
            self.typed(now, world);
        }
    }

    /// Number or PIN are typed, or nothing is.
    fn typed(&mut self, now: Timestamp, world: &dyn World) {
        let State::Admitting(admission) = &self.doing else { return };
        let mut admission = admission.clone();
        if admission.digits.is_empty() {
            let after = admission.again();
            return self.go_on(now, admission, after, world);
        }
        match admission.room {
            None => match world.meeting(&admission.digits) {
                Some(room) => self.ask_for(now, Admission { room: Some(room), asked: 0, ..admission }, world),
                None => {
                    let after = admission.again();
                    self.tell(now, admission, UNKNOWN, after, world);
                }
            },
            Some(room) => {
                let digits = admission.count();
                (admission.stage, admission.until) = (Stage::Checking, Some(now + CHECK));
                self.doing = State::Admitting(admission);
                self.out.push_back(Step::CheckPin { room, digits });
            }
        }
    }

    /// No digit came, or no further one, or nobody has looked.
    pub(super) fn admission_due(&mut self, now: Timestamp, world: &dyn World) {
        let State::Admitting(admission) = &self.doing else { return };
        match admission.stage {
            Stage::Asking => self.typed(now, world),
            Stage::Checking => self.denied(now, Denied::Unheard, world),
            Stage::Saying(_) => {}
        }
    }

    /// The room whose PIN is looked at.
    #[must_use]
    pub fn enters(&self) -> Option<MeetingRoomId> {
        match &self.doing {
            State::Admitting(admission) if admission.stage == Stage::Checking => admission.room,
            State::Admitting(_)
            | State::Idle
            | State::Saying
            | State::Asking(_)
            | State::Fetching(_)
            | State::Reaching
            | State::Recording
            | State::Booking
            | State::Apologising => None,
        }
    }

    /// The caller may not enter.
    pub(super) fn denied(&mut self, now: Timestamp, why: Denied, world: &dyn World) {
        let State::Admitting(admission) = &self.doing else { return };
        if admission.stage != Stage::Checking {
            return;
        }
        let admission = admission.clone();
        let (name, after) = match why {
            Denied::Wrong => (WRONG, admission.again()),
            Denied::Barred => (BARRED, After::Leave(Exit::Refused)),
            Denied::Locked => (LOCKED, After::Leave(Exit::Refused)),
            Denied::Gone => (UNKNOWN, After::Leave(Exit::Refused)),
            Denied::Full => (FULL, After::Leave(Exit::Full)),
            Denied::Unheard => {
                let after = admission.again();
                return self.go_on(now, admission, after, world);
            }
        };
        self.tell(now, admission, name, after, world);
    }
}
