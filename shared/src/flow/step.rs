//! What can happen to a walk, and what a walk asks of whoever runs it.

use super::dip::Request;
use super::exit::Exit;
use super::model::{Mailbox, NodeId, Scale};
use super::vars::VarName;
use super::world::Footprint;
use crate::edge::Cause;
use crate::ids::{MeetingRoomId, QueueId, RotaId, UserId};
use crate::time::Millis;
use crate::wire::rest::Language;
use serde::{Deserialize, Serialize};

/// Stands for a digit that only the shell knows, see [`Listening::Masked`].
pub const MASKED_DIGIT: char = '•';

/// What can happen to a walk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Begin.
    Start,
    /// What was to be played last has been played.
    Played,
    /// The caller pressed a key: a key's character, or [`MASKED_DIGIT`] for any digit.
    Digit(char),
    /// The data dip is done: what it took from the answer, or `None` when it failed.
    Fetched(Option<Vec<(VarName, String)>>),
    /// The agent or the outside party was not reached: by which way out to go on. One that was reached ends the walk.
    NotReached(Exit),
    /// The message is spoken, or the caller has hung up.
    Recorded,
    /// Whether the callback was booked.
    Booked(bool),
    /// The caller may not enter the meeting room, and why. Who may enter leaves the walk.
    Denied(Denied),
}

/// Why a caller may not enter a meeting room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Denied {
    /// The PIN is wrong.
    Wrong,
    /// The digits were lost on the way: nobody knows whether it was right.
    Unheard,
    /// Too many wrong PINs came from this caller, or for this room.
    Barred,
    /// A moderator has locked the room.
    Locked,
    /// There is no place left.
    Full,
    /// The room was taken away meanwhile.
    Gone,
}

/// What shall be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// A node was entered; for the history, the designer and tests.
    Entered {
        /// Which.
        at: Footprint,
        /// The node of the same flow and its way out that led here; `None` at a flow's start.
        by: Option<(NodeId, Exit)>,
    },
    /// Answer the call.
    Answer,
    /// Play this, then say [`Input::Played`]; never empty.
    Play(Vec<Saying>),
    /// Stop what plays: a key was pressed.
    Quiet,
    /// Ask another system, then say [`Input::Fetched`].
    Fetch(Box<Request>),
    /// Ring an agent; unless they answer, say [`Input::NotReached`].
    Agent {
        /// Who.
        user: UserId,
        /// How long.
        ring: Millis,
    },
    /// Call somebody outside; unless they answer, say [`Input::NotReached`].
    Outside {
        /// Whom: what variables have made of it, possibly no number at all.
        to: String,
        /// How long it may ring.
        ring: Millis,
    },
    /// Ring who is on duty; unless somebody takes the call, say [`Input::NotReached`].
    Duty {
        /// By which rota.
        rota: RotaId,
        /// How long each rings.
        ring: Millis,
    },
    /// Beep and record a message, then say [`Input::Recorded`].
    Record {
        /// In whose box.
        mailbox: Mailbox,
        /// The longest.
        limit: Millis,
    },
    /// Look at the PIN that was typed, then say [`Input::Denied`], or let the caller in.
    CheckPin {
        /// For which room.
        room: MeetingRoomId,
        /// How many digits it has; they are kept as [`super::meeting_pin`].
        digits: u8,
    },
    /// Book a callback, then say [`Input::Booked`].
    Callback {
        /// In which queue the place is kept.
        queue: QueueId,
        /// Whom to call; empty: the caller.
        number: String,
    },
    /// An answer to a question of a survey.
    Rated {
        /// The node.
        at: Footprint,
        /// Which of its questions, from 0.
        question: u8,
        /// What the key means.
        scale: Scale,
        /// The key: 1 to 5, or 1 and 2.
        score: u8,
    },
    /// Something is wrong that an administrator must know; the walk goes on.
    Alarm(Alarm),
    /// Enter a queue; the walk is over.
    Queue {
        /// Which.
        queue: QueueId,
        /// Added to its priority.
        priority: u8,
        /// Wait for the agent who talked last.
        last_agent: Option<LastAgent>,
    },
    /// End the call; the walk is over.
    HangUp(Cause),
}

/// How an agent who talked with the caller before is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAgent {
    /// How many days ago the last talk may be.
    pub days: u16,
    /// How long to wait for them before all others are asked.
    pub patience: Millis,
}

/// Something that is played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saying {
    /// A recorded sound, by name with the language's folder.
    Sound(String),
    /// A sentence for whoever can speak it: the designer's page.
    Text {
        /// In which language.
        language: Language,
        /// What.
        text: String,
    },
}

/// What is wrong with a flow that is walked, or with what it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Where; `None` before the first node.
    pub at: Option<Footprint>,
    /// What.
    pub fault: Fault,
}

/// See [`Alarm`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Fault {
    /// It was skipped.
    #[error("the sound '{0}' is missing")]
    MissingSound(String),
    /// It was skipped.
    #[error("a text cannot be spoken: there is no synthesiser")]
    UnspokenText,
    /// Nodes were walked without end: the caller goes to the safe default.
    #[error("it goes round for ever")]
    Endless,
    /// Flows call each other too deep: the caller goes to the safe default.
    #[error("sub-flows call each other without end")]
    TooDeep,
    /// The walk is one of an older build that is not known any more: the caller goes to the safe default.
    #[error("an update came in between")]
    Forgotten,
    /// The caller goes to the safe default.
    #[error("no flow {0} is published")]
    NoFlow(crate::ids::FlowId),
    /// The caller goes to the safe default.
    #[error("node {0} does not exist")]
    NoNode(NodeId),
    /// The caller goes to the safe default.
    #[error("the way out '{0}' leads nowhere")]
    Unwired(Exit),
    /// The caller goes to the safe default.
    #[error("the queue does not exist")]
    NoQueue,
    /// The caller goes to the safe default.
    #[error("the meeting room does not exist")]
    NoMeeting,
    /// Nobody's PIN is looked at for a while.
    #[error("too many wrong PINs were typed for meeting room {0}")]
    Guessing(MeetingRoomId),
}

/// What a walk makes of a digit that comes now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listening {
    /// Nothing: it is thrown away, and need not be known to anybody.
    No,
    /// It takes keys.
    Keys,
    /// It takes digits that nobody may know: the shell keeps them to itself and hands in [`MASKED_DIGIT`] instead.
    Masked {
        /// The variable that they are for.
        into: VarName,
        /// How many of them the walk has already; those beyond are of an input that was given up.
        so_far: u8,
    },
}
