//! What a new flow may begin as. Whom it leads to is left open: the lint asks for it.

use super::doc::Doc;
use hark_shared::edge::Cause;
use hark_shared::flow::model::{Compare, Fetch, Kind, Method, NodeId, Place, Taken, Test};
use hark_shared::flow::{Exit, Key, Phrase, ReadAs, Template, VarName};
use hark_shared::ids::{CalendarId, QueueId};
use hark_shared::time::Millis;
use hark_shared::wire::rest::Language;
use std::collections::BTreeMap;

/// A beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Nothing but a node that answers.
    Empty,
    /// A greeting, then a queue.
    Hotline,
    /// Opening hours, then a menu.
    Menu,
    /// An account and a PIN, then the balance.
    SelfService,
}

impl Beginning {
    /// In the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Empty, Self::Hotline, Self::Menu, Self::SelfService];

    /// The document that it begins with.
    pub fn doc(self, name: &str, language: Language, queue: Option<QueueId>, calendar: Option<CalendarId>) -> Doc {
        let mut build = Build { doc: Doc::empty(name, language), queue: queue.unwrap_or(QueueId::from_u128(0)) };
        match self {
            Self::Empty => drop(build.add(Kind::Answer)),
            Self::Hotline => build.hotline(),
            Self::Menu => build.menu(calendar.unwrap_or(CalendarId::from_u128(0))),
            Self::SelfService => build.self_service(),
        }
        super::layout::arrange(&mut build.doc.flow);
        build.doc
    }
}

struct Build {
    doc: Doc,
    queue: QueueId,
}

impl Build {
    fn add(&mut self, kind: Kind) -> NodeId {
        let id = self.doc.flow.nodes.keys().next_back().map_or(1, |last| last + 1);
        self.doc.add(id, kind, Place::default());
        id
    }

    fn lead(&mut self, from: NodeId, exit: Exit, to: NodeId) {
        self.doc.connect(from, exit, to);
    }

    fn queue(&mut self) -> NodeId {
        let queue = self.queue;
        self.add(Kind::Queue { queue, priority: 0 })
    }

    fn end(&mut self) -> NodeId {
        self.add(Kind::HangUp { cause: Cause::Normal })
    }

    fn hotline(&mut self) {
        let welcome = self.add(Kind::Play { say: vec![prompt("welcome")] });
        let queue = self.queue();
        self.lead(welcome, Exit::Next, queue);
    }

    fn menu(&mut self, calendar: CalendarId) {
        let hours = self.add(Kind::Hours { calendar });
        let menu = self.add(menu("menu", &[Key::ALL[0], Key::ALL[1]]));
        let closed = self.add(Kind::Play { say: vec![prompt("closed")] });
        let (one, two, rest) = (self.queue(), self.queue(), self.queue());
        let end = self.end();
        self.lead(hours, Exit::Open, menu);
        for exit in [Exit::Closed, Exit::Holiday, Exit::Emergency] {
            self.lead(hours, exit, closed);
        }
        self.lead(closed, Exit::Next, end);
        self.lead(menu, Exit::Key(Key::ALL[0]), one);
        self.lead(menu, Exit::Key(Key::ALL[1]), two);
        self.lead(menu, Exit::Otherwise, rest);
    }

    fn self_service(&mut self) {
        let account = self.add(collect(
            "account",
            sentence("请输入您的账号，以井号键结束。", "Please enter your account number, then press hash."),
            false,
        ));
        let pin = self.add(collect(
            "pin",
            sentence("请输入密码，以井号键结束。", "Please enter your PIN, then press hash."),
            true,
        ));
        let ask = self.add(lookup());
        let known = Test::Variable { name: var("balance"), is: Compare::Empty, to: Template::default() };
        let wrong = self.add(Kind::If { test: known });
        let say = sentence("您的余额是", "Your balance is");
        let balance =
            self.add(Kind::Play { say: vec![say, Phrase::Value { name: var("balance"), read: ReadAs::Money }] });
        let end = self.end();
        let queue = self.queue();
        for (from, exit, to) in [
            (account, Exit::Next, pin),
            (account, Exit::Otherwise, queue),
            (pin, Exit::Next, ask),
            (pin, Exit::Otherwise, queue),
            (ask, Exit::Next, wrong),
            (ask, Exit::Error, queue),
            (wrong, Exit::Yes, queue),
            (wrong, Exit::No, balance),
            (balance, Exit::Next, end),
        ] {
            self.lead(from, exit, to);
        }
    }
}

fn prompt(name: &str) -> Phrase {
    Phrase::Prompt { name: name.to_owned() }
}

fn sentence(zh: &str, en: &str) -> Phrase {
    Phrase::Text { zh: zh.to_owned(), en: en.to_owned() }
}

fn var(name: &str) -> VarName {
    VarName::new(name).expect("it is written as one")
}

/// A menu that plays a prompt and takes these keys.
pub fn menu(name: &str, keys: &[Key]) -> Kind {
    let wait = Millis::from_secs(5);
    let say = if name.is_empty() { vec![] } else { vec![prompt(name)] };
    let (wrong, silence) = (vec![prompt("wrong-key")], vec![prompt("no-input")]);
    Kind::Menu { say, keys: keys.to_vec(), plays: 2, wait, wrong, silence }
}

fn collect(into: &str, say: Phrase, masked: bool) -> Kind {
    Kind::Collect {
        say: vec![say],
        into: var(into),
        min: 4,
        max: 12,
        end: Key::new('#'),
        first: Millis::from_secs(8),
        between: Millis::from_secs(4),
        tries: 3,
        wrong: vec![prompt("wrong-key")],
        masked,
    }
}

/// A data dip that asks for a balance.
pub fn lookup() -> Kind {
    Kind::Fetch(Box::new(Fetch {
        method: Method::Post,
        url: Template("https://bank.example/balance".to_owned()),
        headers: BTreeMap::new(),
        body: Template(r#"{{"account":"{account}","pin":"{pin}"}}"#.to_owned()),
        timeout: Millis::from_secs(5),
        tries: 1,
        take: vec![Taken { pointer: "/balance".to_owned(), into: var("balance") }],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn every_beginning_has_all_its_ways_out_lead_somewhere() {
        for beginning in Beginning::ALL {
            let doc = beginning.doc("Test", Language::En, None, None);
            let open = doc
                .flow
                .nodes
                .values()
                .flat_map(|node| node.kind.exits().into_iter().filter(|exit| !node.exits.contains_key(exit)));
            let open = open.count();
            assert_eq!(open, usize::from(beginning == Beginning::Empty), "{beginning:?}");
        }
    }
}
