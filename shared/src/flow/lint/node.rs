//! Each node by itself: what it names exists, its figures are within their ranges, its texts are there in every language.

use super::Lint;
use crate::flow::exit::Key;
use crate::flow::model::{Fetch, Kind, Mailbox, Method, Node, NodeId, Test};
use crate::flow::say::Phrase;
use crate::flow::speech;
use crate::flow::vars::Template;
use crate::ids::{QueueId, UserId};
use crate::time::Millis;
use crate::wire::WireError;
use crate::wire::rest::Language;
use std::collections::BTreeSet;
use std::fmt::Display;

/// Headers of a data dip, and parts of its answer, at most: a request is read by people.
const MAX_PARTS: usize = 20;

impl Lint<'_> {
    pub(super) fn node(&mut self, id: NodeId, node: &Node) {
        for phrase in node.kind.phrases() {
            self.phrase(id, phrase);
        }
        match &node.kind {
            Kind::Play { say } => self.says(id, say),
            Kind::Menu { say, keys, plays, wait, .. } => {
                self.says(id, say);
                self.keys(id, keys);
                self.range(id, "plays", *plays, 1, 5);
                self.seconds(id, "wait", *wait, 1, 60);
            }
            Kind::Collect { say, min, max, first, between, tries, .. } => {
                self.says(id, say);
                self.range(id, "min", *min, 1, 32);
                self.range(id, "max", *max, *min, 32);
                self.range(id, "tries", *tries, 1, 5);
                self.seconds(id, "first", *first, 1, 60);
                self.seconds(id, "between", *between, 1, 60);
            }
            Kind::If { test } => self.test(id, test),
            Kind::Hours { calendar } => {
                let there = self.around.calendars.as_ref().is_none_or(|known| known.contains(calendar));
                self.must(id, there, WireError::new("lint.no_calendar"));
            }
            Kind::Set { to, .. } => self.template(id, to),
            Kind::Fetch(fetch) => self.fetch(id, fetch),
            Kind::Queue { queue, priority } => {
                self.queue(id, *queue);
                self.range(id, "priority", *priority, 0, 9);
            }
            Kind::LastAgent { queue, days, patience } => {
                self.queue(id, *queue);
                self.range(id, "days", *days, 1, 365);
                self.seconds(id, "patience", *patience, 1, 600);
            }
            Kind::Agent { user, ring } => {
                self.user(id, *user);
                self.seconds(id, "ring", *ring, 5, 120);
            }
            Kind::Outside { to, ring } => {
                self.template(id, to);
                self.must(id, !to.0.is_empty(), WireError::new("lint.no_destination"));
                self.seconds(id, "ring", *ring, 5, 120);
            }
            Kind::Duty { rota, ring } => {
                let there = self.around.rotas.as_ref().is_none_or(|known| known.contains(rota));
                self.must(id, there, WireError::new("lint.no_rota"));
                self.seconds(id, "ring", *ring, 5, 120);
            }
            Kind::Meeting { room } => {
                let known = self.around.meetings.as_ref();
                let there = known.is_none_or(|known| match room {
                    Some(room) => known.contains(room),
                    None => !known.is_empty(),
                });
                self.must(id, there, WireError::new("lint.no_meeting_room"));
            }
            Kind::Voicemail { mailbox, limit, .. } => {
                match mailbox {
                    Mailbox::Queue(queue) => self.queue(id, *queue),
                    Mailbox::Agent(user) => self.user(id, *user),
                    Mailbox::Team(team) => {
                        let there = self.around.teams.as_ref().is_none_or(|known| known.contains(team));
                        self.must(id, there, WireError::new("lint.no_team"));
                    }
                }
                self.seconds(id, "limit", *limit, 5, 600);
            }
            Kind::Callback { queue, number } => {
                self.queue(id, *queue);
                self.template(id, number);
            }
            Kind::Survey { questions } => {
                self.range(id, "questions", questions.len(), 1, 3);
                for question in questions {
                    self.says(id, &question.say);
                }
            }
            Kind::Loop { times } => self.range(id, "times", *times, 1, 20),
            Kind::Notice { notice } => {
                let there = self.around.notices.as_ref().is_none_or(|known| known.contains(notice));
                self.must(id, there, WireError::new("lint.no_notice"));
            }
            // The flow that is called is looked at with the shape, see `calls`.
            Kind::Answer | Kind::Speak { .. } | Kind::SubFlow { .. } | Kind::Return | Kind::HangUp { .. } => {}
        }
    }

    fn must(&mut self, id: NodeId, holds: bool, else_what: WireError) {
        if !holds {
            self.error(id, else_what);
        }
    }

    fn range<T: PartialOrd + Display>(&mut self, id: NodeId, field: &str, value: T, from: T, to: T) {
        if value < from || value > to {
            let what = WireError::new("lint.range").with("field", field).with("from", from).with("to", to);
            self.error(id, what);
        }
    }

    fn seconds(&mut self, id: NodeId, field: &str, value: Millis, from: i64, to: i64) {
        if value < Millis::from_secs(from) || value > Millis::from_secs(to) {
            let what = WireError::new("lint.range_seconds").with("field", field).with("from", from).with("to", to);
            self.error(id, what);
        }
    }

    fn says(&mut self, id: NodeId, say: &[Phrase]) {
        self.must(id, !say.is_empty(), WireError::new("lint.says_nothing"));
    }

    fn keys(&mut self, id: NodeId, keys: &[Key]) {
        self.must(id, !keys.is_empty(), WireError::new("lint.no_keys"));
        let distinct: BTreeSet<&Key> = keys.iter().collect();
        self.must(id, distinct.len() == keys.len(), WireError::new("lint.same_key"));
    }

    fn queue(&mut self, id: NodeId, queue: QueueId) {
        let there = self.around.queues.as_ref().is_none_or(|known| known.contains(&queue));
        self.must(id, there, WireError::new("lint.no_queue"));
    }

    fn user(&mut self, id: NodeId, user: UserId) {
        let there = self.around.users.as_ref().is_none_or(|known| known.contains(&user));
        self.must(id, there, WireError::new("lint.no_agent"));
    }

    fn test(&mut self, id: NodeId, test: &Test) {
        match test {
            Test::Variable { to, .. } => self.template(id, to),
            Test::Caller { begins } => {
                let fit = !begins.is_empty() && begins.iter().all(|beginning| !beginning.is_empty());
                self.must(id, fit, WireError::new("lint.no_beginnings"));
            }
            Test::Queue { queue, .. } => self.queue(id, *queue),
            Test::Withheld | Test::Called { .. } | Test::Vip | Test::Listed => {}
        }
    }

    fn template(&mut self, id: NodeId, template: &Template) {
        if let Err(why) = template.pieces() {
            self.error(id, WireError::new("lint.bad_template").with("text", &template.0).with("why", why));
        }
    }

    fn phrase(&mut self, id: NodeId, phrase: &Phrase) {
        match phrase {
            Phrase::Prompt { name } if name.contains('/') => self.sound(id, name.clone()),
            Phrase::Prompt { name } => {
                for language in self.languages.clone() {
                    self.sound(id, speech::sound(language, name));
                }
            }
            Phrase::Text { zh, en } => {
                self.must(id, self.around.speaks != Some(false), WireError::new("lint.no_synthesiser"));
                for language in self.languages.clone() {
                    let text = match language {
                        Language::Zh => zh,
                        Language::En => en,
                    };
                    if text.trim().is_empty() {
                        self.error(id, WireError::new("lint.no_translation").with("language", language.folder()));
                    }
                }
            }
            Phrase::Value { .. } => {}
        }
    }

    fn sound(&mut self, id: NodeId, name: String) {
        if self.around.sounds.as_ref().is_some_and(|known| !known.contains(&name)) {
            self.error(id, WireError::new("lint.no_sound").with("name", name));
        }
    }

    fn fetch(&mut self, id: NodeId, fetch: &Fetch) {
        for template in fetch.headers.values().chain([&fetch.url, &fetch.body]) {
            self.template(id, template);
        }
        self.seconds(id, "timeout", fetch.timeout, 1, 20);
        self.range(id, "tries", fetch.tries, 1, 3);
        self.range(id, "take", fetch.take.len(), 0, MAX_PARTS);
        self.range(id, "headers", fetch.headers.len(), 0, MAX_PARTS);
        self.must(id, is_address(&fetch.url), WireError::new("lint.bad_url"));
        for name in fetch.headers.keys().filter(|name| !is_header(name)) {
            self.error(id, WireError::new("lint.bad_header").with("name", name));
        }
        for taken in fetch.take.iter().filter(|taken| !is_pointer(&taken.pointer)) {
            self.error(id, WireError::new("lint.bad_pointer").with("pointer", &taken.pointer));
        }
        let empty = fetch.body.0.trim().is_empty();
        self.must(id, empty || fetch.method == Method::Post, WireError::new("lint.body_of_get"));
        self.must(id, empty || is_json(&fetch.body), WireError::new("lint.bad_body"));
    }
}

/// `http` or `https`, and a host that no variable has a part in: a caller must not choose whom we ask.
fn is_address(url: &Template) -> bool {
    let rest = url.0.strip_prefix("https://").or_else(|| url.0.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        !host.is_empty() && host.chars().all(fits)
    }) && !url.0.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// A token (RFC 9110, 5.6.2) that the shell does not write itself.
fn is_header(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let ours = ["host", "content-length", "transfer-encoding", "connection", "content-type"];
    !name.is_empty() && name.chars().all(token) && !ours.contains(&name.to_ascii_lowercase().as_str())
}

/// RFC 6901, 3: empty, or each part behind a `/`, with `~` only as `~0` and `~1`.
fn is_pointer(pointer: &str) -> bool {
    let escaped = pointer.replace("~0", "").replace("~1", "");
    (pointer.is_empty() || pointer.starts_with('/')) && !escaped.contains('~')
}

/// Whether the body is JSON once its names are filled in: by a digit, which fits with and without quotes.
fn is_json(body: &Template) -> bool {
    let Ok(pieces) = body.pieces() else { return true };
    let filled: String = pieces
        .iter()
        .map(|piece| match piece {
            crate::flow::vars::Piece::Text(text) => *text,
            crate::flow::vars::Piece::Name(_) => "1",
        })
        .collect();
    serde_json::from_str::<serde_json::Value>(&filled).is_ok()
}
