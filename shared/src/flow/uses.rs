//! What a flow names of the world around it.

use super::model::{Flow, Kind, Mailbox, Test};
use super::say::Phrase;
use super::speech;
use crate::ids::{CalendarId, FlowId, MeetingRoomId, NoticeId, QueueId, RotaId, TeamId};
use std::collections::BTreeSet;

/// Something that a flow may name and that must not go while it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A calendar.
    Calendar(CalendarId),
    /// A notice.
    Notice(NoticeId),
    /// A duty rota.
    Rota(RotaId),
    /// A meeting room.
    Meeting(MeetingRoomId),
    /// A team, for its mailbox.
    Team(TeamId),
    /// Another flow.
    Flow(FlowId),
    /// A sound, by its name with the language's folder.
    Sound(String),
}

impl Flow {
    /// The queues that it names: where it leads, and what it asks about.
    #[must_use]
    pub fn queues(&self) -> BTreeSet<QueueId> {
        self.nodes.values().filter_map(|node| queue(&node.kind)).collect()
    }

    /// The flows that it calls.
    #[must_use]
    pub fn calls(&self) -> BTreeSet<FlowId> {
        let call = |kind: &Kind| if let Kind::SubFlow { flow } = kind { Some(*flow) } else { None };
        self.nodes.values().filter_map(|node| call(&node.kind)).collect()
    }

    /// Whether it needs this thing.
    #[must_use]
    pub fn names(&self, thing: &Thing) -> bool {
        self.nodes.values().any(|node| match thing {
            Thing::Calendar(wanted) => matches!(&node.kind, Kind::Hours { calendar } if calendar == wanted),
            Thing::Notice(wanted) => matches!(&node.kind, Kind::Notice { notice } if notice == wanted),
            Thing::Flow(wanted) => matches!(&node.kind, Kind::SubFlow { flow } if flow == wanted),
            Thing::Rota(wanted) => matches!(&node.kind, Kind::Duty { rota, .. } if rota == wanted),
            Thing::Meeting(wanted) => matches!(&node.kind, Kind::Meeting { room: Some(room) } if room == wanted),
            Thing::Team(wanted) => {
                matches!(&node.kind, Kind::Voicemail { mailbox: Mailbox::Team(team), .. } if team == wanted)
            }
            Thing::Sound(sound) => node.kind.phrases().into_iter().any(|phrase| self.plays(phrase, sound)),
        })
    }

    fn plays(&self, phrase: &Phrase, sound: &str) -> bool {
        match phrase {
            Phrase::Prompt { name } if name.contains('/') => name == sound,
            Phrase::Prompt { name } => self.languages().into_iter().any(|it| speech::sound(it, name) == sound),
            Phrase::Text { .. } | Phrase::Value { .. } => false,
        }
    }
}
fn queue(kind: &Kind) -> Option<QueueId> {
    match kind {
        Kind::Queue { queue, .. }
        | Kind::LastAgent { queue, .. }
        | Kind::Callback { queue, .. }
        | Kind::Voicemail { mailbox: Mailbox::Queue(queue), .. }
        | Kind::If { test: Test::Queue { queue, .. } } => Some(*queue),
        Kind::Answer
        | Kind::Speak { .. }
        | Kind::Play { .. }
        | Kind::Menu { .. }
        | Kind::Collect { .. }
        | Kind::If { .. }
        | Kind::Hours { .. }
        | Kind::Set { .. }
        | Kind::Fetch(_)
        | Kind::Agent { .. }
        | Kind::Outside { .. }
        | Kind::Duty { .. }
        | Kind::Meeting { .. }
        | Kind::Voicemail { .. }
        | Kind::Survey { .. }
        | Kind::SubFlow { .. }
        | Kind::Return
        | Kind::Loop { .. }
        | Kind::Notice { .. }
        | Kind::HangUp { .. } => None,
    }
}
