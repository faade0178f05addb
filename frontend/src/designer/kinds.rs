//! The kinds of nodes as people see them: what they are called, their pictures, what a new one holds, and the line that
//! says what a node does.

use super::known::{Known, Source};
use crate::text::words::designer as w;
use crate::text::{self, Locale, Text};
use hark_shared::edge::Cause;
use hark_shared::flow::model::{Compare, Fetch, Kind, Mailbox, Measure, Method, Taken, Test};
use hark_shared::flow::{Exit, Key, Phrase, ReadAs, Template, VarName};
use hark_shared::time::Millis;
use hark_shared::wire::rest::Language;
use std::str::FromStr;

/// A kind in the list of kinds.
pub struct Entry {
    /// Its name, as `Kind::name` says it.
    pub name: &'static str,
    /// What it is called.
    pub title: Text,
    /// What it is for, in a line.
    pub about: Text,
    /// Its picture, 24 by 24, one stroke.
    pub picture: &'static str,
    /// Groups have a colour and a head in the list.
    pub group: Group,
}

/// What a kind is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What callers hear and press.
    Speak,
    /// Which way a call goes.
    Decide,
    /// Where a call goes.
    Reach,
    /// The end.
    End,
}

impl Group {
    /// In the order of the list.
    pub const ALL: [Self; 4] = [Self::Speak, Self::Decide, Self::Reach, Self::End];

    /// For the style sheet.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speak => "speak",
            Self::Decide => "decide",
            Self::Reach => "reach",
            Self::End => "end",
        }
    }

    /// What people read.
    pub const fn title(self) -> Text {
        match self {
            Self::Speak => w::group_speak,
            Self::Decide => w::group_decide,
            Self::Reach => w::group_reach,
            Self::End => w::group_end,
        }
    }
}

macro_rules! entries {
    ($($name:literal $group:ident $title:ident $about:ident $picture:literal),+ $(,)?) => {
        [$(Entry { name: $name, title: w::$title, about: w::$about, picture: $picture, group: Group::$group }),+]
    };
}

/// All kinds, in the order in which they are listed.
pub const ENTRIES: [Entry; 23] = entries! {
    "answer" Speak kind_answer about_answer "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z",
    "play" Speak kind_play about_play "M4 10v4h4l5 4V6l-5 4zM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11",
    "menu" Speak kind_menu about_menu "M6 5h.01M12 5h.01M18 5h.01M6 11h.01M12 11h.01M18 11h.01M6 17h.01M12 17h.01M18 17h.01",
    "collect" Speak kind_collect about_collect "M3 7h18v10H3zM7 12h.01M11 12h.01M15 12h.01M18 10v4",
    "speak" Speak kind_speak about_speak "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18",
    "notice" Speak kind_notice about_notice "M4 10v4l10 4V6zM14 9h3a3 3 0 0 1 0 6h-3M7 15v4h3v-3",
    "survey" Speak kind_survey about_survey "M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z",
    "if" Decide kind_if about_if "M12 3l9 9-9 9-9-9zM12 8v5M12 16h.01",
    "hours" Decide kind_hours about_hours "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2",
    "set" Decide kind_set about_set "M4 6h10M4 12h6M4 18h4M14 18l6-6-3-3-6 6v3z",
    "fetch" Decide kind_fetch about_fetch "M7 18a4 4 0 0 1-.5-8A6 6 0 0 1 18 9a4.5 4.5 0 0 1-1 9M12 12v8M9 17l3 3 3-3",
    "loop" Decide kind_loop about_loop "M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5",
    "sub_flow" Decide kind_sub_flow about_sub_flow "M4 5h7v5H4zM13 14h7v5h-7zM7.500 10v6.500H13",
    "queue" Reach kind_queue about_queue "M6 8a2 2 0 1 0 0-.01M12 8a2 2 0 1 0 0-.01M18 8a2 2 0 1 0 0-.01M4 18c0-5 4-5 4 0M10 18c0-5 4-5 4 0M16 18c0-5 4-5 4 0",
    "last_agent" Reach kind_last_agent about_last_agent "M9 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM2 20a7 6 0 0 1 13-3M22 14a4 4 0 1 1-2-3M22 8v3h-3",
    "agent" Reach kind_agent about_agent "M4 14v-2a8 8 0 0 1 16 0v2M4 14h3v5H5a1 1 0 0 1-1-1zM20 14h-3v5h2a1 1 0 0 0 1-1z",
    "outside" Reach kind_outside about_outside "M4 20L20 4M12 4h8v8",
    "duty" Reach kind_duty about_duty "M20 14a8 8 0 1 1-9-10 6 6 0 0 0 9 10zM16 3v5M13.500 5.500h5",
    "meeting" Reach kind_meeting about_meeting "M4 13h16M6 13v6M18 13v6M8 9a2 2 0 1 0 0-.01M16 9a2 2 0 1 0 0-.01M12 6a2 2 0 1 0 0-.01",
    "callback" Reach kind_callback about_callback "M9 5L4 10l5 5M4 10h10a6 6 0 0 1 0 12h-2",
    "voicemail" Reach kind_voicemail about_voicemail "M6.500 9a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM17.500 9a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM6.500 16h11",
    "return" End kind_return about_return "M9 14L4 9l5-5M4 9h11a5 5 0 0 1 0 10h-4",
    "hang_up" End kind_hang_up about_hang_up "M3.500 15.800l-1-2.400a1.300 1.300 0 0 1 .3-1.500c5.200-4.600 13.200-4.600 18.400 0a1.300 1.300 0 0 1 .3 1.500l-1 2.400-4.400-.8-.5-3a11 11 0 0 0-7.200 0l-.5 3z",
};

/// The entry of a kind.
pub fn entry(kind: &Kind) -> &'static Entry {
    ENTRIES.iter().find(|entry| entry.name == kind.name()).unwrap_or(&ENTRIES[0])
}

/// What a node is called: its own name, else its kind's.
pub fn title(locale: Locale, node: &hark_shared::flow::model::Node) -> String {
    if node.name.is_empty() { entry(&node.kind).title.of(locale).to_owned() } else { node.name.clone() }
}

/// The only entry there is of `source`, else none, which the lint asks to choose.
fn only<T: FromStr>(known: Known, source: Source) -> Option<T> {
    known.only(source).and_then(|id| id.parse().ok())
}

const NIL: &str = "00000000-0000-0000-0000-000000000000";

fn id<T: FromStr>(known: Known, source: Source) -> T {
    only(known, source).or_else(|| NIL.parse().ok()).expect("the nil id is an id")
}

fn var(name: &str) -> VarName {
    VarName::new(name).expect("it is written as one")
}

/// A sentence to be filled in.
pub fn sentence() -> Phrase {
    Phrase::Text { zh: String::new(), en: String::new() }
}

/// What a new node of this name does.
pub fn fresh(name: &str, known: Known) -> Kind {
    let say = || vec![sentence()];
    match name {
        "speak" => Kind::Speak { language: Language::En },
        "play" => Kind::Play { say: say() },
        "menu" => Kind::Menu {
            say: say(),
            keys: vec![Key::ALL[0], Key::ALL[1]],
            plays: 2,
            wait: Millis::from_secs(5),
            wrong: vec![],
            silence: vec![],
        },
        "collect" => Kind::Collect {
            say: say(),
            into: var("account"),
            min: 4,
            max: 12,
            end: Key::new('#'),
            first: Millis::from_secs(8),
            between: Millis::from_secs(4),
            tries: 3,
            wrong: vec![],
            masked: false,
        },
        "if" => Kind::If { test: Test::Vip },
        "hours" => Kind::Hours { calendar: id(known, Source::Calendars) },
        "set" => Kind::Set { name: var("value"), to: Template::default() },
        "fetch" => Kind::Fetch(Box::new(Fetch {
            method: Method::Get,
            url: Template("https://".to_owned()),
            headers: std::collections::BTreeMap::new(),
            body: Template::default(),
            timeout: Millis::from_secs(5),
            tries: 1,
            take: vec![Taken { pointer: "/".to_owned(), into: var("value") }],
        })),
        "queue" => Kind::Queue { queue: id(known, Source::Queues), priority: 0 },
        "last_agent" => {
            let patience = Millis::from_secs(30);
            Kind::LastAgent { queue: id(known, Source::Queues), days: 30, patience }
        }
        "agent" => Kind::Agent { user: id(known, Source::Users), ring: Millis::from_secs(20) },
        "outside" => Kind::Outside { to: Template::default(), ring: Millis::from_secs(30) },
        "duty" => Kind::Duty { rota: id(known, Source::Rotas), ring: Millis::from_secs(25) },
        "meeting" => Kind::Meeting { room: only(known, Source::Meetings) },
        "voicemail" => {
            let mailbox = Mailbox::Queue(id(known, Source::Queues));
            Kind::Voicemail { mailbox, say: say(), limit: Millis::from_secs(120) }
        }
        "callback" => Kind::Callback { queue: id(known, Source::Queues), number: Template::default() },
        "survey" => {
            let question =
                hark_shared::flow::model::Question { say: say(), scale: hark_shared::flow::model::Scale::Score };
            Kind::Survey { questions: vec![question] }
        }
        "sub_flow" => Kind::SubFlow { flow: id(known, Source::Flows) },
        "return" => Kind::Return,
        "loop" => Kind::Loop { times: 3 },
        "notice" => Kind::Notice { notice: id(known, Source::Notices) },
        "hang_up" => Kind::HangUp { cause: Cause::Normal },
        _ => Kind::Answer,
    }
}

/// The line on a card: what the node does, in its own values. Empty when its title says it all.
pub fn summary(locale: Locale, kind: &Kind, known: Known) -> String {
    let named = |source, id: String| known.name(source, &id).unwrap_or_else(|| w::not_chosen.of(locale).to_owned());
    match kind {
        Kind::Answer | Kind::Return => String::new(),
        Kind::Speak { language } => language_name(*language).of(locale).to_owned(),
        Kind::Play { say } | Kind::Menu { say, .. } => said(locale, say),
        Kind::Collect { into, min, max, .. } => format!("{into} · {min}–{max}"),
        Kind::If { test } => test_line(locale, test, known),
        Kind::Hours { calendar } => named(Source::Calendars, calendar.to_string()),
        Kind::Set { name, to } => format!("{name} = {}", to.0),
        Kind::Fetch(fetch) => {
            let method = match fetch.method {
                Method::Get => "GET",
                Method::Post => "POST",
            };
            format!("{method} {}", fetch.url.0.trim_start_matches("https://"))
        }
        Kind::Queue { queue, .. } | Kind::LastAgent { queue, .. } | Kind::Callback { queue, .. } => {
            named(Source::Queues, queue.to_string())
        }
        Kind::Agent { user, .. } => named(Source::Users, user.to_string()),
        Kind::Outside { to, .. } if to.0.is_empty() => w::not_chosen.of(locale).to_owned(),
        Kind::Outside { to, .. } => to.0.clone(),
        Kind::Duty { rota, .. } => named(Source::Rotas, rota.to_string()),
        Kind::Meeting { room: Some(room) } => named(Source::Meetings, room.to_string()),
        Kind::Meeting { room: None } => w::meeting_asked.of(locale).to_owned(),
        Kind::Voicemail { mailbox, .. } => match mailbox {
            Mailbox::Queue(queue) => named(Source::Queues, queue.to_string()),
            Mailbox::Agent(user) => named(Source::Users, user.to_string()),
            Mailbox::Team(team) => named(Source::Teams, team.to_string()),
        },
        Kind::Survey { questions } => w::questions_count { n: &questions.len() }.of(locale),
        Kind::SubFlow { flow } => named(Source::Flows, flow.to_string()),
        Kind::Loop { times } => w::times_count { n: times }.of(locale),
        Kind::Notice { notice } => named(Source::Notices, notice.to_string()),
        Kind::HangUp { cause } => text::cause(locale, *cause).to_owned(),
    }
}

/// Phrases in one line, in the reader's language where there is a choice.
pub fn said(locale: Locale, phrases: &[Phrase]) -> String {
    let one = |phrase: &Phrase| match phrase {
        Phrase::Prompt { name } => format!("♪ {name}"),
        Phrase::Text { zh, en } => {
            let (mine, other) = match locale {
                Locale::En => (en, zh),
                Locale::Zh => (zh, en),
            };
            if mine.is_empty() { other.clone() } else { mine.clone() }
        }
        Phrase::Value { name, .. } => format!("{{{name}}}"),
    };
    phrases.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn test_line(locale: Locale, test: &Test, known: Known) -> String {
    match test {
        Test::Variable { name, is: Compare::Empty, .. } => format!("{name} {}", compare(Compare::Empty).of(locale)),
        Test::Variable { name, is, to } => format!("{name} {} {}", compare(*is).of(locale), to.0),
        Test::Caller { begins } => format!("{} {}", w::ask_caller.of(locale), begins.join(", ")),
        Test::Withheld => w::ask_withheld.of(locale).to_owned(),
        Test::Called { number } => format!("{} {number}", w::ask_called.of(locale)),
        Test::Vip => w::ask_vip.of(locale).to_owned(),
        Test::Listed => w::ask_listed.of(locale).to_owned(),
        Test::Queue { queue, measure: what, at_least } => {
            let queue = known.name(Source::Queues, &queue.to_string());
            let queue = queue.unwrap_or_else(|| w::not_chosen.of(locale).to_owned());
            format!("{queue}: {} ≥ {at_least}", measure(*what).of(locale))
        }
    }
}

/// What a way out is called.
pub fn exit_name(locale: Locale, exit: Exit) -> String {
    let text = match exit {
        Exit::Key(key) => return key.char().to_string(),
        Exit::Next => w::exit_next,
        Exit::Otherwise => w::exit_otherwise,
        Exit::Yes => w::exit_yes,
        Exit::No => w::exit_no,
        Exit::Open => w::exit_open,
        Exit::Closed => w::exit_closed,
        Exit::Holiday => w::exit_holiday,
        Exit::Emergency => w::exit_emergency,
        Exit::Again => w::exit_again,
        Exit::Done => w::exit_done,
        Exit::Busy => w::exit_busy,
        Exit::NoAnswer => w::exit_no_answer,
        Exit::Error => w::exit_error,
        Exit::Refused => w::exit_refused,
        Exit::Full => w::exit_full,
    };
    text.of(locale).to_owned()
}

/// A language.
pub const fn language_name(language: Language) -> Text {
    match language {
        Language::Zh => w::mandarin,
        Language::En => w::english,
    }
}

/// A comparison.
pub const fn compare(compare: Compare) -> Text {
    match compare {
        Compare::Equal => w::is_equal,
        Compare::Less => w::is_less,
        Compare::More => w::is_more,
        Compare::Begins => w::is_begins,
        Compare::Contains => w::is_contains,
        Compare::Empty => w::is_empty,
    }
}

/// A figure of a queue.
pub const fn measure(measure: Measure) -> Text {
    match measure {
        Measure::Waiting => w::measure_waiting,
        Measure::LongestWait => w::measure_longest_wait,
        Measure::EstimatedWait => w::measure_estimated_wait,
        Measure::Ready => w::measure_ready,
        Measure::Staffed => w::measure_staffed,
    }
}

/// A way to read a value out.
pub const fn read_as(read: ReadAs) -> Text {
    match read {
        ReadAs::Digits => w::read_digits,
        ReadAs::Number => w::read_number,
        ReadAs::Money => w::read_money,
        ReadAs::Date => w::read_date,
    }
}
