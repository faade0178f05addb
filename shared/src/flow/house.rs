//! Flows that the house draws itself: where a contact is led that waits for nobody here (any more), for one walk alone.
//!
//! A queue that overflows into a mailbox and a flow's node *voicemail* are the same thing to the floor: what callers meet
//! is walked, always by the one interpreter. Nobody publishes or edits these; they stay with their call as
//! [`FlowRef::HOUSE`](super::FlowRef::HOUSE).

use super::exit::Exit;
use super::model::{Flow, Kind, Mailbox, Node, NodeId, Place};
use super::say::Phrase;
use super::vars::Template;
use crate::edge::Cause;
use crate::ids::QueueId;
use crate::phone::PhoneNumber;
use crate::time::Millis;
use crate::wire::rest::Language;
use std::collections::BTreeMap;

/// The longest message that is left in a mailbox: more is a conversation.
const MESSAGE: Millis = Millis::from_secs(180);

/// How long a number outside may ring before its caller is told that nobody answers.
const RING: Millis = Millis::from_secs(45);

/// A message is taken, then the call ends.
#[must_use]
pub fn voicemail(mailbox: Mailbox, language: Language) -> Flow {
    let take = Kind::Voicemail { mailbox, say: said("leave-message"), limit: MESSAGE };
    flow(language, vec![(take, &[(Exit::Next, 1)]), (hang_up(Cause::Ended), &[])])
}

/// A callback is booked and confirmed, or cannot be booked; then the call ends.
#[must_use]
pub fn callback(queue: QueueId, language: Language) -> Flow {
    let book = Kind::Callback { queue, number: Template::default() };
    let play = |name| Kind::Play { say: said(name) };
    flow(
        language,
        vec![
            (book, &[(Exit::Next, 1), (Exit::Otherwise, 2)]),
            (play("callback-booked"), &[(Exit::Next, 3)]),
            (play("callback-failed"), &[(Exit::Next, 3)]),
            (hang_up(Cause::Ended), &[]),
        ],
    )
}

/// A number outside is called; who does not reach it hears that, and the call ends.
#[must_use]
pub fn outside(number: &PhoneNumber, language: Language) -> Flow {
    let to = Template(number.as_str().to_owned());
    flow(
        language,
        vec![
            (Kind::Outside { to, ring: RING }, &[(Exit::Busy, 1), (Exit::NoAnswer, 1), (Exit::Error, 1)]),
            (Kind::Play { say: said("busy") }, &[(Exit::Next, 2)]),
            (hang_up(Cause::NoAnswer), &[]),
        ],
    )
}

/// The meeting is over; who was in it hears that, and the call ends.
#[must_use]
pub fn meeting_over(language: Language) -> Flow {
    let say = Kind::Play { say: said("meeting-over") };
    flow(language, vec![(say, &[(Exit::Next, 1)]), (hang_up(Cause::Normal), &[])])
}

fn said(name: &str) -> Vec<Phrase> {
    vec![Phrase::Prompt { name: name.to_owned() }]
}

fn hang_up(cause: Cause) -> Kind {
    Kind::HangUp { cause }
}

/// Nodes numbered from 0, with where their ways out lead.
fn flow(language: Language, nodes: Vec<(Kind, &[(Exit, NodeId)])>) -> Flow {
    let node = |(kind, exits): (Kind, &[(Exit, NodeId)])| Node {
        name: String::new(),
        at: Place::default(),
        kind,
        exits: exits.iter().copied().collect(),
    };
    let nodes: BTreeMap<NodeId, Node> = (0..).zip(nodes.into_iter().map(node)).collect();
    Flow { start: 0, language, nodes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;

    #[test]
    fn every_way_out_leads_somewhere() {
        let number = PhoneNumber::parse("+8613800000000").unwrap();
        let mailbox = Mailbox::Agent(UserId(uuid::Uuid::nil()));
        let queue = QueueId(uuid::Uuid::nil());
        let language = Language::En;
        let walks = [voicemail(mailbox, language), callback(queue, language), outside(&number, language)];
        for flow in walks.into_iter().chain([meeting_over(language)]) {
            for node in flow.nodes.values() {
                let wired: Vec<Exit> = node.exits.keys().copied().collect();
                let mut has = node.kind.exits();
                has.sort_unstable();
                assert_eq!(wired, has);
                assert!(node.exits.values().all(|to| flow.nodes.contains_key(to)));
            }
        }
    }
}
