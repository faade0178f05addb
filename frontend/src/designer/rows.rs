//! Which rows the form of a node's kind has, from top to bottom.

use super::kinds;
use super::known::Source;
use crate::text::Text;
use crate::text::words::{designer as w, desk};
use hark_shared::flow::model::{Compare, Kind, Mailbox, Measure, Test};
use hark_shared::flow::{Phrase, ReadAs};
use serde_json::{Value, json};

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Several lines of text.
    Long,
    /// A line with variables in braces.
    Template,
    /// Several lines with variables in braces.
    LongTemplate,
    /// The name of a variable.
    Name,
    /// A JSON pointer.
    Pointer,
    /// Seconds, from and to.
    Seconds(i64, i64),
    /// A whole number, from and to.
    Count(i64, i64),
    /// Yes or no.
    Tick,
    /// One of these: what is stored and what is read.
    Choice(Vec<(&'static str, Text)>),
    /// An entry of a list.
    Pick(Source),
    /// A recorded prompt.
    Prompt,
    /// Some keys of a telephone.
    Keys,
    /// One key, or none.
    Key,
    /// A text a line.
    Lines,
    /// `Name: value` a line.
    Headers,
}

/// A field: where it is in the kind's JSON, what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// A JSON pointer.
    pub at: String,
    /// What it is called.
    pub label: Text,
    /// What to know about it.
    pub hint: Option<Text>,
    /// How it is filled in.
    pub control: Control,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A head over what follows.
    Title(Text),
    /// A field.
    Field(Field),
    /// The head of a phrase, with what can be done to it.
    Phrase { list: String, item: usize, title: Text },
    /// Adds a phrase to a list.
    AddPhrase { list: String },
    /// The head of another list's item.
    Item { list: String, item: usize, title: Text },
    /// Adds an item to another list.
    AddItem { list: String, title: Text, fresh: Value },
}

fn field(at: impl Into<String>, label: Text, control: Control) -> Row {
    Row::Field(Field { at: at.into(), label, hint: None, control })
}

fn hinted(at: impl Into<String>, label: Text, hint: Text, control: Control) -> Row {
    Row::Field(Field { at: at.into(), label, hint: Some(hint), control })
}

fn choice(entries: &[(&'static str, Text)]) -> Control {
    Control::Choice(entries.to_vec())
}

/// The rows of a kind's form.
pub fn rows(kind: &Kind) -> Vec<Row> {
    match kind {
        Kind::Answer | Kind::Return => vec![],
        Kind::Speak { .. } => vec![field("/language", w::language, languages())],
        Kind::Play { say } => phrases("/say", w::say, say),
        Kind::Menu { say, wrong, silence, .. } => menu(say, wrong, silence),
        Kind::Collect { say, wrong, .. } => collect(say, wrong),
        Kind::If { test } => question(test),
        Kind::Hours { .. } => vec![field("/calendar", w::calendar, Control::Pick(Source::Calendars))],
        Kind::Set { .. } => vec![
            hinted("/name", w::variable, w::variable_hint, Control::Name),
            hinted("/to", w::value, w::template_hint, Control::Template),
        ],
        Kind::Fetch(fetch) => dip(fetch.take.len()),
        Kind::Queue { .. } => vec![
            field("/queue", w::queue, Control::Pick(Source::Queues)),
            hinted("/priority", w::priority, w::priority_hint, Control::Count(0, 9)),
        ],
        Kind::LastAgent { .. } => vec![
            field("/queue", w::queue, Control::Pick(Source::Queues)),
            hinted("/days", w::days, w::days_hint, Control::Count(1, 365)),
            hinted("/patience", w::patience, w::patience_hint, Control::Seconds(1, 600)),
        ],
        Kind::Agent { .. } => vec![
            field("/user", w::agent, Control::Pick(Source::Users)),
            field("/ring", w::ring, Control::Seconds(5, 120)),
        ],
        Kind::Outside { .. } => vec![
            hinted("/to", w::outside_to, w::outside_hint, Control::Template),
            field("/ring", w::ring, Control::Seconds(5, 120)),
        ],
        Kind::Duty { .. } => vec![
            field("/rota", w::rota, Control::Pick(Source::Rotas)),
            field("/ring", w::ring, Control::Seconds(5, 120)),
        ],
        Kind::Meeting { .. } => {
            vec![hinted("/room", w::meeting_room, w::meeting_room_hint, Control::Pick(Source::Meetings))]
        }
        Kind::Voicemail { mailbox, say, .. } => voicemail(*mailbox, say),
        Kind::Callback { .. } => vec![
            field("/queue", w::queue, Control::Pick(Source::Queues)),
            hinted("/number", w::callback_number, w::callback_hint, Control::Template),
        ],
        Kind::Survey { questions } => survey(questions),
        Kind::SubFlow { .. } => vec![field("/flow", w::sub_flow, Control::Pick(Source::Flows))],
        Kind::Loop { .. } => vec![field("/times", w::times, Control::Count(1, 20))],
        Kind::Notice { .. } => vec![field("/notice", w::notice, Control::Pick(Source::Notices))],
        Kind::HangUp { .. } => vec![field("/cause", w::cause, causes())],
    }
}

fn menu(say: &[Phrase], wrong: &[Phrase], silence: &[Phrase]) -> Vec<Row> {
    let mut rows = phrases("/say", w::say, say);
    rows.push(field("/keys", w::keys, Control::Keys));
    rows.push(hinted("/plays", w::plays, w::plays_hint, Control::Count(1, 5)));
    rows.push(hinted("/wait", w::wait, w::wait_hint, Control::Seconds(1, 60)));
    rows.extend(phrases("/wrong", w::say_wrong, wrong));
    rows.extend(phrases("/silence", w::say_silence, silence));
    rows
}

fn collect(say: &[Phrase], wrong: &[Phrase]) -> Vec<Row> {
    let mut rows = phrases("/say", w::say, say);
    rows.extend([
        hinted("/into", w::into, w::variable_hint, Control::Name),
        field("/min", w::digits_min, Control::Count(1, 32)),
        field("/max", w::digits_max, Control::Count(1, 32)),
        hinted("/end", w::end_key, w::end_key_hint, Control::Key),
        field("/first", w::first_wait, Control::Seconds(1, 60)),
        field("/between", w::between_wait, Control::Seconds(1, 60)),
        hinted("/tries", w::tries, w::tries_hint, Control::Count(1, 5)),
        hinted("/masked", w::masked, w::masked_hint, Control::Tick),
    ]);
    rows.extend(phrases("/wrong", w::say_wrong, wrong));
    rows
}

fn voicemail(mailbox: Mailbox, say: &[Phrase]) -> Vec<Row> {
    let mut rows = vec![field(
        "/mailbox/of",
        w::mailbox,
        choice(&[("queue", w::of_queue), ("team", w::of_team), ("agent", w::of_agent)]),
    )];
    rows.push(match mailbox {
        Mailbox::Queue(_) => field("/mailbox/id", w::queue, Control::Pick(Source::Queues)),
        Mailbox::Team(_) => field("/mailbox/id", w::team, Control::Pick(Source::Teams)),
        Mailbox::Agent(_) => field("/mailbox/id", w::agent, Control::Pick(Source::Users)),
    });
    rows.push(field("/limit", w::message_limit, Control::Seconds(5, 600)));
    rows.extend(phrases("/say", w::say_before_beep, say));
    rows
}

fn survey(questions: &[hark_shared::flow::model::Question]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (item, question) in questions.iter().enumerate() {
        rows.push(Row::Item { list: "/questions".to_owned(), item, title: w::question });
        let scales = choice(&[("score", w::scale_score), ("solved", w::scale_solved)]);
        rows.push(field(format!("/questions/{item}/scale"), w::scale, scales));
        rows.extend(phrases(&format!("/questions/{item}/say"), w::say, &question.say));
    }
    // Three are what callers stay for.
    if questions.len() < 3 {
        let fresh = json!({"say": [sentence()], "scale": "score"});
        rows.push(Row::AddItem { list: "/questions".to_owned(), title: w::add_question, fresh });
    }
    rows
}

fn dip(taken: usize) -> Vec<Row> {
    let mut rows = vec![
        field("/method", w::method, choice(&[("get", w::method_get), ("post", w::method_post)])),
        hinted("/url", w::url, w::url_hint, Control::Template),
        hinted("/headers", w::headers, w::headers_hint, Control::Headers),
        hinted("/body", w::body, w::body_hint, Control::LongTemplate),
        field("/timeout", w::timeout, Control::Seconds(1, 20)),
        field("/tries", w::fetch_tries, Control::Count(1, 3)),
        Row::Title(w::take),
    ];
    for item in 0..taken {
        rows.push(Row::Item { list: "/take".to_owned(), item, title: w::taken });
        rows.push(hinted(format!("/take/{item}/pointer"), w::pointer, w::pointer_hint, Control::Pointer));
        rows.push(hinted(format!("/take/{item}/into"), w::into, w::variable_hint, Control::Name));
    }
    let fresh = json!({"pointer": "/", "into": "value"});
    rows.push(Row::AddItem { list: "/take".to_owned(), title: w::add_taken, fresh });
    rows
}

/// What a question may be about.
const ASKS: [(&str, Text); 7] = [
    ("variable", w::ask_variable),
    ("caller", w::ask_caller),
    ("withheld", w::ask_withheld),
    ("called", w::ask_called),
    ("vip", w::ask_vip),
    ("listed", w::ask_listed),
    ("queue", w::ask_queue),
];

fn question(test: &Test) -> Vec<Row> {
    let mut rows = vec![field("/test/ask", w::ask, choice(&ASKS))];
    match test {
        Test::Variable { is, .. } => {
            rows.push(hinted("/test/name", w::variable, w::variable_hint, Control::Name));
            rows.push(field("/test/is", w::compare, compares()));
            if *is != Compare::Empty {
                rows.push(hinted("/test/to", w::value, w::template_hint, Control::Template));
            }
        }
        Test::Caller { .. } => rows.push(hinted("/test/begins", w::begins, w::begins_hint, Control::Lines)),
        Test::Called { .. } => rows.push(field("/test/number", w::number, Control::Pick(Source::Numbers))),
        Test::Queue { .. } => rows.extend([
            field("/test/queue", w::queue, Control::Pick(Source::Queues)),
            field("/test/measure", w::measure, measures()),
            hinted("/test/at_least", w::at_least, w::at_least_hint, Control::Count(0, 86_400)),
        ]),
        Test::Withheld | Test::Vip | Test::Listed => {}
    }
    rows
}

/// Puts in what a choice needs beside itself: another question's fields, another mailbox's owner.
pub fn adjust(whole: &mut Value, at: &str, input: &str) {
    let fresh = match (at, input) {
        ("/test/ask", "variable") => json!({"ask": "variable", "name": "value", "is": "equal", "to": ""}),
        ("/test/ask", "caller") => json!({"ask": "caller", "begins": []}),
        ("/test/ask", "called") => json!({"ask": "called", "number": "10000"}),
        ("/test/ask", "queue") => {
            json!({"ask": "queue", "queue": uuid::Uuid::nil(), "measure": "waiting", "at_least": 1})
        }
        ("/test/ask", ask) => json!({"ask": ask}),
        ("/mailbox/of", of) => json!({"of": of, "id": uuid::Uuid::nil()}),
        _ => return,
    };
    let parent = at.rsplit_once('/').map_or("", |(parent, _)| parent);
    if let Some(place) = whole.pointer_mut(parent) {
        *place = fresh;
    }
}

/// A list of phrases under its head.
fn phrases(list: &str, head: Text, phrases: &[Phrase]) -> Vec<Row> {
    let mut rows = vec![Row::Title(head)];
    for (item, phrase) in phrases.iter().enumerate() {
        let at = |name: &str| format!("{list}/{item}/{name}");
        let title = match phrase {
            Phrase::Prompt { .. } => w::phrase_prompt,
            Phrase::Text { .. } => w::phrase_text,
            Phrase::Value { .. } => w::phrase_value,
        };
        rows.push(Row::Phrase { list: list.to_owned(), item, title });
        match phrase {
            Phrase::Prompt { .. } => rows.push(field(at("name"), w::prompt, Control::Prompt)),
            Phrase::Text { .. } => {
                rows.push(field(at("zh"), w::mandarin, Control::Long));
                rows.push(field(at("en"), w::english, Control::Long));
            }
            Phrase::Value { .. } => {
                rows.push(field(at("name"), w::variable, Control::Name));
                rows.push(field(at("read"), w::read, reads()));
            }
        }
    }
    rows.push(Row::AddPhrase { list: list.to_owned() });
    rows
}

/// A sentence to be filled in, as JSON.
pub fn sentence() -> Value {
    json!({"say": "text", "zh": "", "en": ""})
}

fn languages() -> Control {
    choice(&[("zh", w::mandarin), ("en", w::english)])
}

fn reads() -> Control {
    let name = |read: ReadAs| match read {
        ReadAs::Digits => "digits",
        ReadAs::Number => "number",
        ReadAs::Money => "money",
        ReadAs::Date => "date",
    };
    Control::Choice(ReadAs::ALL.map(|read| (name(read), kinds::read_as(read))).to_vec())
}

fn compares() -> Control {
    choice(&[
        ("equal", kinds::compare(Compare::Equal)),
        ("less", kinds::compare(Compare::Less)),
        ("more", kinds::compare(Compare::More)),
        ("begins", kinds::compare(Compare::Begins)),
        ("contains", kinds::compare(Compare::Contains)),
        ("empty", kinds::compare(Compare::Empty)),
    ])
}

/// The figures of a queue by their names in the protocol.
pub const MEASURES: [(&str, Measure); 5] = [
    ("waiting", Measure::Waiting),
    ("longest_wait", Measure::LongestWait),
    ("estimated_wait", Measure::EstimatedWait),
    ("ready", Measure::Ready),
    ("staffed", Measure::Staffed),
];

fn measures() -> Control {
    Control::Choice(MEASURES.map(|(name, measure)| (name, kinds::measure(measure))).to_vec())
}

fn causes() -> Control {
    choice(&[
        ("normal", desk::cause_normal),
        ("busy", desk::cause_busy),
        ("rejected", desk::cause_rejected),
        ("not_found", desk::cause_not_found),
        ("congestion", desk::cause_congestion),
        ("no_answer", desk::cause_no_answer),
    ])
}
