//! What a flow is made of: nodes on a canvas, each with a kind and the ways out that the kind has.
//!
//! A flow is data that may hold anything its types can hold; whether it can run is [`super::lint`]'s to say, and nothing
//! is published that cannot. The interpreter ([`super::Run`]) is safe with every flow all the same.

use super::exit::{Exit, Key};
use super::say::Phrase;
use super::vars::{Template, VarName};
use crate::edge::Cause;
use crate::ids::{CalendarId, FlowId, MeetingRoomId, NoticeId, QueueId, RotaId, TeamId, UserId};
use crate::phone::PhoneNumber;
use crate::time::Millis;
use crate::wire::rest::Language;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A node's number within its flow; never given a second time while it is edited.
pub type NodeId = u16;

/// Nodes of one flow: more than anybody can survey; larger ones are cut into sub-flows.
pub const MAX_NODES: usize = 300;

/// A flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Flow {
    /// Where it starts.
    pub start: NodeId,
    /// What it speaks until a node says otherwise.
    pub language: Language,
    /// The nodes.
    pub nodes: BTreeMap<NodeId, Node>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Node {
    /// What people call it; shown on the canvas, in faults and in the history of a call.
    #[serde(default)]
    pub name: String,
    /// Where it stands on the canvas: its left upper corner in pixels at full size.
    #[serde(default)]
    pub at: Place,
    /// What it does.
    pub kind: Kind,
    /// Which way out leads where.
    #[serde(default)]
    pub exits: BTreeMap<Exit, NodeId>,
}

/// A place on the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// To the right.
    pub x: i32,
    /// Downwards.
    pub y: i32,
}

/// What a node does. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    /// Answers the call; harmless when it is answered already. Nodes that speak answer by themselves.
    Answer,
    /// Speaks another language from here on.
    Speak {
        /// Which.
        language: Language,
    },
    /// Says something to its end.
    Play {
        /// What.
        say: Vec<Phrase>,
    },
    /// Says something and takes one key, also while it speaks.
    Menu {
        /// What.
        say: Vec<Phrase>,
        /// The keys that lead somewhere.
        keys: Vec<Key>,
        /// How often it is said in all before the caller goes on by *otherwise*, 1 to 5.
        plays: u8,
        /// How long to wait for a key after it was said.
        wait: Millis,
        /// Said after a key that leads nowhere.
        #[serde(default)]
        wrong: Vec<Phrase>,
        /// Said when no key came.
        #[serde(default)]
        silence: Vec<Phrase>,
    },
    /// Says something and takes several digits.
    Collect {
        /// What.
        say: Vec<Phrase>,
        /// Where the digits go.
        into: VarName,
        /// At least so many, 1 to 32.
        min: u8,
        /// At most so many: with that many it is done.
        max: u8,
        /// Ends the input; it is no part of it.
        end: Option<Key>,
        /// How long to wait for the first digit.
        first: Millis,
        /// How long to wait for each further one.
        between: Millis,
        /// How often it is asked in all, 1 to 5.
        tries: u8,
        /// Said before it is asked again.
        #[serde(default)]
        wrong: Vec<Phrase>,
        /// A PIN or a card: the digits reach no log, journal or recording; only a data dip can use them, and they
        /// cannot be spoken, compared or shown.
        #[serde(default)]
        masked: bool,
    },
    /// Asks a yes-or-no question.
    If {
        /// The question.
        test: Test,
    },
    /// Asks a calendar.
    Hours {
        /// Which.
        calendar: CalendarId,
    },
    /// Gives a variable a value.
    Set {
        /// Which.
        name: VarName,
        /// The value.
        to: Template,
    },
    /// A data dip: asks another system by HTTP.
    Fetch(Box<Fetch>),
    /// Enters a queue; the flow is over.
    Queue {
        /// Which.
        queue: QueueId,
        /// Added to the queue's priority, 0 to 9.
        #[serde(default)]
        priority: u8,
    },
    /// Enters a queue, but waits for the agent who talked with this caller last, if they are there; the flow is over.
    LastAgent {
        /// Which queue.
        queue: QueueId,
        /// How many days ago the last talk may be, 1 to 365.
        days: u16,
        /// How long to wait for that agent before all others are asked.
        patience: Millis,
    },
    /// Rings an agent; over when they answer.
    Agent {
        /// Who.
        user: UserId,
        /// How long, 5 to 120 s.
        ring: Millis,
    },
    /// Calls a number outside and connects the caller; over when it is answered.
    Outside {
        /// Which, may be made of variables; must be allowed to be dialled.
        to: Template,
        /// How long it may ring, 5 to 120 s.
        ring: Millis,
    },
    /// Rings who is on duty by a rota, one telephone after the other; over when somebody takes the call by a key.
    Duty {
        /// Which.
        rota: RotaId,
        /// How long each rings, 5 to 120 s.
        ring: Millis,
    },
    /// Leads into a meeting room: asks for its number, unless it is named here, and for a PIN; over once the caller is in it.
    Meeting {
        /// Which; `None`: the caller types its number.
        #[serde(default)]
        room: Option<MeetingRoomId>,
    },
    /// Takes a message after a beep.
    Voicemail {
        /// In whose box.
        mailbox: Mailbox,
        /// Said before the beep.
        say: Vec<Phrase>,
        /// The longest message, 5 to 600 s.
        limit: Millis,
    },
    /// Books a callback that keeps the caller's place in a queue.
    Callback {
        /// Which queue.
        queue: QueueId,
        /// The number to call; empty: the caller's own.
        #[serde(default)]
        number: Template,
    },
    /// Asks up to three questions that are answered by one key.
    Survey {
        /// The questions.
        questions: Vec<Question>,
    },
    /// Goes through another flow and comes back when that returns.
    SubFlow {
        /// Which.
        flow: FlowId,
    },
    /// Comes back from a sub-flow; in a flow that is none, the call ends.
    Return,
    /// Goes round at most so often.
    Loop {
        /// How often, 1 to 20.
        times: u8,
    },
    /// Says a notice if it is switched on.
    Notice {
        /// Which.
        notice: NoticeId,
    },
    /// Ends the call.
    HangUp {
        /// Why, for the far end and the record.
        cause: Cause,
    },
}

/// A yes-or-no question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Test {
    /// Does a variable compare so? As numbers where both are, else as texts.
    Variable {
        /// Which.
        name: VarName,
        /// How.
        is: Compare,
        /// With what.
        #[serde(default)]
        to: Template,
    },
    /// Does the caller's number begin with one of these?
    Caller {
        /// Beginnings.
        begins: Vec<String>,
    },
    /// Is the caller's number withheld?
    Withheld,
    /// Was this number of ours called?
    Called {
        /// One of ours.
        number: PhoneNumber,
    },
    /// Is the caller a very important customer?
    Vip,
    /// Is the caller on the white list?
    Listed,
    /// Has a queue reached this much?
    Queue {
        /// Which.
        queue: QueueId,
        /// What is measured.
        measure: Measure,
        /// At least so much: contacts, agents, or seconds.
        at_least: u32,
    },
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The same.
    Equal,
    /// Smaller.
    Less,
    /// Larger.
    More,
    /// The value begins with the other.
    Begins,
    /// The value contains the other.
    Contains,
    /// There is no value, or an empty one.
    Empty,
}

/// What can be measured of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Contacts that wait.
    Waiting,
    /// How long the first of them has waited, in seconds.
    LongestWait,
    /// How long a new caller would wait, in seconds.
    EstimatedWait,
    /// Agents who are free for it now.
    Ready,
    /// Agents who are signed in for it, free or not.
    Staffed,
}

/// A data dip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fetch {
    /// `GET` or `POST`.
    pub method: Method,
    /// Where; values are percent-encoded. Private addresses are refused unless the operator has allowed them.
    pub url: Template,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// JSON; values are escaped. Empty: none.
    #[serde(default)]
    pub body: Template,
    /// How long one try may take, 1 to 20 s.
    pub timeout: Millis,
    /// How often it is tried, 1 to 3.
    pub tries: u8,
    /// Which part of the JSON answer goes where.
    pub take: Vec<Taken>,
}

/// How a data dip asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// GET, without a body.
    Get,
    /// POST.
    Post,
}

/// A part of an answer and the variable that takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Taken {
    /// A JSON pointer (RFC 6901), like `/balance/amount`.
    pub pointer: String,
    /// The variable.
    pub into: VarName,
}

/// Whose voicemail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "of", content = "id", rename_all = "snake_case")]
pub enum Mailbox {
    /// A queue's: all its agents hear it.
    Queue(QueueId),
    /// An agent's.
    Agent(UserId),
    /// A team's: its members and leaders hear it.
    Team(TeamId),
}

/// A question of a survey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Question {
    /// What is asked.
    pub say: Vec<Phrase>,
    /// What the key means.
    pub scale: Scale,
}

/// What a key answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// 1 to 5, higher is better.
    Score,
    /// 1 solved, 2 not solved: feeds first contact resolution.
    Solved,
}

impl Kind {
    /// The ways out that a node of this kind has, in the order in which the canvas draws them. All must lead somewhere.
    #[must_use]
    pub fn exits(&self) -> Vec<Exit> {
        match self {
            Self::Answer
            | Self::Speak { .. }
            | Self::Play { .. }
            | Self::Set { .. }
            | Self::Voicemail { .. }
            | Self::Survey { .. }
            | Self::SubFlow { .. }
            | Self::Notice { .. } => vec![Exit::Next],
            Self::Menu { keys, .. } => keys.iter().copied().map(Exit::Key).chain([Exit::Otherwise]).collect(),
            Self::Collect { .. } | Self::Callback { .. } => vec![Exit::Next, Exit::Otherwise],
            Self::If { .. } => vec![Exit::Yes, Exit::No],
            Self::Hours { .. } => vec![Exit::Open, Exit::Closed, Exit::Holiday, Exit::Emergency],
            Self::Fetch(_) => vec![Exit::Next, Exit::Error],
            Self::Agent { .. } | Self::Duty { .. } => vec![Exit::Otherwise],
            Self::Outside { .. } => vec![Exit::Busy, Exit::NoAnswer, Exit::Error],
            Self::Meeting { .. } => vec![Exit::Refused, Exit::Full],
            Self::Loop { .. } => vec![Exit::Again, Exit::Done],
            Self::Queue { .. } | Self::LastAgent { .. } | Self::Return | Self::HangUp { .. } => vec![],
        }
    }

    /// The name of the kind, as in its JSON and in the texts of both languages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Speak { .. } => "speak",
            Self::Play { .. } => "play",
            Self::Menu { .. } => "menu",
            Self::Collect { .. } => "collect",
            Self::If { .. } => "if",
            Self::Hours { .. } => "hours",
            Self::Set { .. } => "set",
            Self::Fetch(_) => "fetch",
            Self::Queue { .. } => "queue",
            Self::LastAgent { .. } => "last_agent",
            Self::Agent { .. } => "agent",
            Self::Outside { .. } => "outside",
            Self::Duty { .. } => "duty",
            Self::Meeting { .. } => "meeting",
            Self::Voicemail { .. } => "voicemail",
            Self::Callback { .. } => "callback",
            Self::Survey { .. } => "survey",
            Self::SubFlow { .. } => "sub_flow",
            Self::Return => "return",
            Self::Loop { .. } => "loop",
            Self::Notice { .. } => "notice",
            Self::HangUp { .. } => "hang_up",
        }
    }

    /// Everything that the node may say, for the lint, the synthesiser and the designer.
    #[must_use]
    pub fn phrases(&self) -> Vec<&Phrase> {
        match self {
            Self::Play { say } | Self::Voicemail { say, .. } => say.iter().collect(),
            Self::Menu { say, wrong, silence, .. } => say.iter().chain(wrong).chain(silence).collect(),
            Self::Collect { say, wrong, .. } => say.iter().chain(wrong).collect(),
            Self::Survey { questions } => questions.iter().flat_map(|question| &question.say).collect(),
            Self::Answer
            | Self::Speak { .. }
            | Self::If { .. }
            | Self::Hours { .. }
            | Self::Set { .. }
            | Self::Fetch(_)
            | Self::Queue { .. }
            | Self::LastAgent { .. }
            | Self::Agent { .. }
            | Self::Outside { .. }
            | Self::Duty { .. }
            | Self::Meeting { .. }
            | Self::Callback { .. }
            | Self::SubFlow { .. }
            | Self::Return
            | Self::Loop { .. }
            | Self::Notice { .. }
            | Self::HangUp { .. } => vec![],
        }
    }
}

impl Flow {
    /// The languages that the flow may speak, its first one first.
    #[must_use]
    pub fn languages(&self) -> Vec<Language> {
        let mut languages = vec![self.language];
        for node in self.nodes.values() {
            if let Kind::Speak { language } = &node.kind
                && !languages.contains(language)
            {
                languages.push(*language);
            }
        }
        languages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_read_as_it_is_written() {
        let menu = Kind::Menu {
            say: vec![Phrase::Prompt { name: "menu".into() }],
            keys: vec![Key::ALL[0], Key::ALL[9]],
            plays: 2,
            wait: Millis(4000),
            wrong: vec![],
            silence: vec![],
        };
        let exits: BTreeMap<Exit, NodeId> = menu.exits().into_iter().zip([2, 3, 4]).collect();
        let nodes = BTreeMap::from([(1, Node { name: "Main".into(), at: Place { x: 40, y: 80 }, kind: menu, exits })]);
        let flow = Flow { start: 1, language: Language::En, nodes };
        let text = serde_json::to_string(&flow).unwrap();
        assert!(text.contains(r#""key_*":3"#), "{text}");
        assert_eq!(serde_json::from_str::<Flow>(&text).unwrap(), flow);
    }
}
