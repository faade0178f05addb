//! Every kind of node once, by what the caller hears and where they end.

use super::*;
use crate::flow::model::{Compare, Fetch, Kind, Mailbox, Measure, Method, Place, Question, Scale, Taken, Test};
use crate::flow::{Key, Phrase, ReadAs, Template};
use crate::hours::DayState;
use crate::ids::{CalendarId, MeetingRoomId, NoticeId, QueueId, UserId};
use crate::time::Millis;
use crate::wire::rest::Language;
use std::collections::BTreeSet;

pub(super) const MAIN: FlowId = FlowId::from_u128(1);
pub(super) const SUB: FlowId = FlowId::from_u128(2);
pub(super) const QUEUE: QueueId = QueueId::from_u128(10);
const ROOM: MeetingRoomId = MeetingRoomId::from_u128(1);

/// A world of two flows at most.
#[derive(Default)]
pub(super) struct Made {
    pub flows: BTreeMap<FlowId, Flow>,
    pub missing: BTreeSet<String>,
    pub hours: Option<DayState>,
    pub notice: Option<Vec<Phrase>>,
    pub waiting: u32,
    pub vip: bool,
    pub fallback: Option<QueueId>,
}

impl World for Made {
    fn published(&self, flow: FlowId) -> Option<u32> {
        self.flows.contains_key(&flow).then_some(1)
    }
    fn flow(&self, at: FlowRef) -> Option<&Flow> {
        self.flows.get(&at.flow).filter(|_| at.version == 1)
    }
    fn hours(&self, _: Timestamp, _: CalendarId) -> DayState {
        self.hours.unwrap_or(DayState::Open)
    }
    fn has_queue(&self, queue: QueueId) -> bool {
        queue == QUEUE
    }
    fn measure(&self, _: Timestamp, _: QueueId, measure: Measure) -> u32 {
        if measure == Measure::Waiting { self.waiting } else { 0 }
    }
    fn vip(&self) -> bool {
        self.vip
    }
    fn listed(&self, _: Timestamp) -> bool {
        false
    }
    fn notice(&self, _: NoticeId) -> Option<&[Phrase]> {
        self.notice.as_deref()
    }
    fn greeting(&self, _: Mailbox, _: Language) -> Option<&[Phrase]> {
        None
    }
    /// One room, by the number 8001.
    fn meeting(&self, number: &str) -> Option<MeetingRoomId> {
        (number == "8001").then_some(ROOM)
    }
    fn has_meeting(&self, room: MeetingRoomId) -> bool {
        room == ROOM
    }
    fn has_sound(&self, name: &str) -> bool {
        !self.missing.contains(name)
    }
    fn spoken(&self, _: Language, _: &str) -> Option<Saying> {
        None
    }
    fn fallback(&self) -> Option<QueueId> {
        self.fallback
    }
}

pub(super) fn node(kind: Kind, exits: &[(Exit, NodeId)]) -> Node {
    Node { name: String::new(), at: Place::default(), kind, exits: exits.iter().copied().collect() }
}

fn name(name: &str) -> VarName {
    VarName::new(name).unwrap()
}

fn prompt(name: &str) -> Vec<Phrase> {
    vec![Phrase::Prompt { name: name.to_owned() }]
}

fn key(c: char) -> Exit {
    Exit::Key(Key::new(c).unwrap())
}

fn hang_up(cause: Cause) -> Node {
    node(Kind::HangUp { cause }, &[])
}

/// A walk, its world and its clock.
struct Walk {
    run: Run,
    world: Made,
    now: Timestamp,
}

impl Walk {
    /// Nodes from 0 on; it begins at the first.
    fn of(nodes: Vec<Node>) -> Self {
        Self::with(nodes, Made::default())
    }

    fn with(nodes: Vec<Node>, mut world: Made) -> Self {
        let nodes = (0..).zip(nodes).collect();
        world.flows.insert(MAIN, Flow { start: 0, language: Language::En, nodes });
        let caller = PhoneNumber::parse("13800138000").ok();
        let called = PhoneNumber::parse("95588").ok();
        Self {
            run: Run::new(entered(MAIN, &world), &Beginning { caller, called, answered: false }),
            world,
            now: Timestamp(0),
        }
    }

    /// What is said in words: prompts by name, ends by their cause. Where it walks is left out.
    fn does(&mut self, input: Input) -> Vec<String> {
        self.run.handle(self.now, input, &self.world);
        self.steps()
    }

    fn after(&mut self, ms: i64) -> Vec<String> {
        self.now = self.now + Millis(ms);
        self.run.tick(self.now, &self.world);
        self.steps()
    }

    fn steps(&mut self) -> Vec<String> {
        let word = |step| match step {
            Step::Entered { .. } => None,
            Step::Answer => Some("answer".to_owned()),
            Step::Play(sayings) => Some(format!("play {}", sayings.iter().map(sound).collect::<Vec<_>>().join(" "))),
            Step::Quiet => Some("quiet".to_owned()),
            Step::Queue { queue, priority, .. } if queue == QUEUE => Some(format!("queue +{priority}")),
            Step::HangUp(cause) => Some(format!("hang up {cause:?}")),
            Step::Alarm(alarm) => Some(format!("alarm: {}", alarm.fault)),
            Step::Rated { question, score, .. } => Some(format!("rated {question}: {score}")),
            other => Some(format!("{other:?}")),
        };
        std::iter::from_fn(|| self.run.poll()).filter_map(word).collect()
    }

    fn keys(&mut self, keys: &str) -> Vec<String> {
        keys.chars().flat_map(|key| self.does(Input::Digit(key))).collect()
    }

    fn variable(&self, wanted: &str) -> Option<String> {
        let mut all = self.run.variables().map(|(name, value)| (name.as_str().to_owned(), value.map(str::to_owned)));
        all.find(|(name, _)| name == wanted).and_then(|(_, value)| value)
    }
}

fn sound(saying: &Saying) -> &str {
    match saying {
        Saying::Sound(name) => name,
        Saying::Text { text, .. } => text,
    }
}

fn menu() -> Walk {
    let menu = Kind::Menu {
        say: prompt("menu"),
        keys: vec![Key::new('1').unwrap(), Key::new('2').unwrap()],
        plays: 2,
        wait: Millis(4000),
        wrong: prompt("wrong-key"),
        silence: prompt("no-input"),
    };
    let mut walk = Walk::of(vec![
        node(menu, &[(key('1'), 1), (key('2'), 2), (Exit::Otherwise, 3)]),
        hang_up(Cause::Normal),
        node(Kind::Queue { queue: QUEUE, priority: 3 }, &[]),
        hang_up(Cause::NoAnswer),
    ]);
    assert_eq!(walk.does(Input::Start), ["answer", "play en/menu"]);
    walk
}

#[test]
fn a_digit_during_the_prompt_cuts_it_short() {
    let mut walk = menu();
    assert_eq!(walk.keys("2"), ["quiet", "queue +3"]);
    assert_eq!(walk.keys("1"), [""; 0], "the walk is over");
    assert!(walk.run.is_idle());
}

#[test]
fn silence_and_wrong_keys_repeat_a_menu_and_then_it_goes_on() {
    let mut walk = menu();
    assert_eq!(walk.does(Input::Played), [""; 0]);
    assert_eq!(walk.run.deadline(), Some(Timestamp(4000)));
    assert_eq!(walk.after(4000), ["play en/no-input en/menu"]);
    assert_eq!(walk.keys("7"), ["quiet", "hang up NoAnswer"]);
    let mut walk = menu();
    assert_eq!(walk.keys("7"), ["quiet", "play en/wrong-key en/menu"]);
    assert_eq!(walk.keys("1"), ["quiet", "hang up Normal"]);
}

fn collect(masked: bool) -> Walk {
    let collect = Kind::Collect {
        say: prompt("account"),
        into: name("account"),
        min: 2,
        max: 4,
        end: Key::new('#'),
        first: Millis(5000),
        between: Millis(2000),
        tries: 2,
        wrong: prompt("wrong-key"),
        masked,
    };
    let play = Kind::Play { say: vec![Phrase::Value { name: name("account"), read: ReadAs::Digits }] };
    let mut walk = Walk::of(vec![
        node(collect, &[(Exit::Next, 1), (Exit::Otherwise, 2)]),
        node(play, &[(Exit::Next, 2)]),
        hang_up(Cause::Normal),
    ]);
    assert_eq!(walk.does(Input::Start), ["answer", "play en/account"]);
    walk
}

#[test]
fn digits_end_with_their_number_their_terminator_or_a_pause() {
    let mut walk = collect(false);
    assert_eq!(walk.keys("1234"), ["quiet", "play en/1 en/2 en/3 en/4"]);
    let mut walk = collect(false);
    assert_eq!(walk.keys("12#"), ["quiet", "play en/1 en/2"]);
    let mut walk = collect(false);
    assert_eq!(walk.keys("1*2"), ["quiet"], "other keys are no digits");
    assert_eq!(walk.after(2000), ["play en/1 en/2"]);
    assert_eq!(walk.does(Input::Played), ["hang up Normal"]);
}

#[test]
fn too_few_digits_are_asked_for_again_and_then_it_goes_on() {
    let mut walk = collect(false);
    assert_eq!(walk.keys("1#"), ["quiet", "play en/wrong-key en/account"]);
    assert_eq!(walk.does(Input::Played), [""; 0]);
    assert_eq!(walk.after(4999), [""; 0]);
    assert_eq!(walk.after(1), ["hang up Normal"]);
    assert_eq!(walk.variable("account"), None);
}

#[test]
fn masked_digits_are_counted_and_never_known() {
    let mut walk = collect(true);
    assert_eq!(walk.run.listening(), Listening::Masked { into: name("account"), so_far: 0 });
    assert_eq!(walk.keys("12"), [""; 0], "digits in the clear are none of it");
    assert_eq!(walk.keys("••"), ["quiet"]);
    assert_eq!(walk.run.listening(), Listening::Masked { into: name("account"), so_far: 2 });
    assert_eq!(walk.keys("#"), ["hang up Normal"], "and nothing of it is spoken");
    assert_eq!(walk.variable("account"), None);
    assert!(walk.run.variables().any(|(known, value)| *known == name("account") && value.is_none()));
}

#[test]
fn questions_are_answered_by_the_world_and_the_variables() {
    let holds = |test: Test, world: Made| {
        let nodes = vec![
            node(Kind::Set { name: name("n"), to: Template("1{called}".into()) }, &[(Exit::Next, 1)]),
            node(Kind::If { test }, &[(Exit::Yes, 2), (Exit::No, 3)]),
            hang_up(Cause::Normal),
            hang_up(Cause::Busy),
        ];
        Walk::with(nodes, world).does(Input::Start) == ["hang up Normal"]
    };
    let variable = |is, to: &str| Test::Variable { name: name("n"), is, to: Template(to.into()) };
    for (is, to, expected) in [
        (Compare::Equal, "195588.0", true),
        (Compare::Less, "200000", true),
        (Compare::More, "95588", true),
        (Compare::Begins, "19", true),
        (Compare::Contains, "{called}", true),
        (Compare::Empty, "", false),
        (Compare::Equal, "7", false),
    ] {
        assert_eq!(holds(variable(is, to), Made::default()), expected, "{is:?} {to}");
    }
    assert!(holds(Test::Caller { begins: vec!["137".into(), "138".into()] }, Made::default()));
    assert!(!holds(Test::Caller { begins: vec!["139".into()] }, Made::default()));
    assert!(!holds(Test::Withheld, Made::default()));
    assert!(holds(Test::Called { number: PhoneNumber::parse("95588").unwrap() }, Made::default()));
    assert!(holds(Test::Vip, Made { vip: true, ..Made::default() }));
    assert!(!holds(Test::Listed, Made::default()));
    let queue = || Test::Queue { queue: QUEUE, measure: Measure::Waiting, at_least: 5 };
    assert!(holds(queue(), Made { waiting: 5, ..Made::default() }));
    assert!(!holds(queue(), Made { waiting: 4, ..Made::default() }));
}

#[test]
fn hours_have_four_ways_out() {
    for (hours, cause) in [
        (DayState::Open, Cause::Normal),
        (DayState::Closed, Cause::Busy),
        (DayState::Holiday, Cause::NotFound),
        (DayState::Emergency, Cause::Rejected),
    ] {
        let kind = Kind::Hours { calendar: CalendarId::from_u128(1) };
        let exits = [(Exit::Open, 1), (Exit::Closed, 2), (Exit::Holiday, 3), (Exit::Emergency, 4)];
        let mut nodes = vec![node(kind, &exits)];
        nodes.extend([Cause::Normal, Cause::Busy, Cause::NotFound, Cause::Rejected].map(hang_up));
        let mut walk = Walk::with(nodes, Made { hours: Some(hours), ..Made::default() });
        assert_eq!(walk.does(Input::Start), [format!("hang up {cause:?}")]);
    }
}

fn fetch() -> Walk {
    let fetch = Fetch {
        method: Method::Get,
        url: Template("https://crm.example/{caller}".into()),
        headers: BTreeMap::new(),
        body: Template::default(),
        timeout: Millis(3000),
        tries: 2,
        take: vec![Taken { pointer: "/balance".into(), into: name("balance") }],
    };
    let say = vec![Phrase::Value { name: name("balance"), read: ReadAs::Money }];
    let mut walk = Walk::of(vec![
        node(Kind::Answer, &[(Exit::Next, 1)]),
        node(Kind::Fetch(Box::new(fetch)), &[(Exit::Next, 2), (Exit::Error, 3)]),
        node(Kind::Play { say }, &[(Exit::Next, 4)]),
        hang_up(Cause::Failed),
        hang_up(Cause::Normal),
    ]);
    let steps = walk.does(Input::Start);
    assert!(steps[1].contains("https://crm.example/") && steps[1].contains("13800138000"), "{steps:?}");
    walk
}

#[test]
fn a_data_dip_gives_values_or_takes_the_error_branch() {
    let mut walk = fetch();
    let values =
        crate::flow::dip::take(r#"{"balance":105.5}"#, &[Taken { pointer: "/balance".into(), into: name("balance") }]);
    let said = walk.does(Input::Fetched(values));
    assert_eq!(said, ["play en/1 en/100 en/and en/5 en/yuan en/and en/50 en/cents"]);
    assert_eq!(walk.does(Input::Played), ["hang up Normal"]);
    assert_eq!(fetch().does(Input::Fetched(None)), ["hang up Failed"]);
    assert_eq!(fetch().after(8000), ["hang up Failed"], "an answer that never comes");
    let mut walk = fetch();
    walk.run.resume(walk.now, &walk.world);
    assert_eq!(walk.steps(), ["hang up Failed"], "whoever asked has died");
}

#[test]
fn who_is_not_reached_goes_on() {
    let agent = Kind::Agent { user: UserId::from_u128(1), ring: Millis(20_000) };
    let mut walk = Walk::of(vec![node(agent, &[(Exit::Otherwise, 1)]), hang_up(Cause::Normal)]);
    assert_eq!(walk.does(Input::Start).len(), 1);
    assert_eq!(walk.does(Input::NotReached(Exit::Otherwise)), ["hang up Normal"]);
    let outside = Kind::Outside { to: Template("0{called}".into()), ring: Millis(20_000) };
    let exits = [(Exit::Busy, 1), (Exit::NoAnswer, 2), (Exit::Error, 3)];
    let causes = [Cause::Busy, Cause::NoAnswer, Cause::Failed];
    for (exit, cause) in [Exit::Busy, Exit::NoAnswer, Exit::Error].into_iter().zip(causes) {
        let mut walk = Walk::of([vec![node(outside.clone(), &exits)], causes.map(hang_up).to_vec()].concat());
        assert!(walk.does(Input::Start)[0].contains("\"095588\""));
        assert_eq!(walk.does(Input::NotReached(exit)), [format!("hang up {cause:?}")]);
    }
}

#[test]
fn voicemail_callback_and_survey() {
    let voicemail =
        Kind::Voicemail { mailbox: Mailbox::Queue(QUEUE), say: prompt("leave-message"), limit: Millis(60_000) };
    let mut walk = Walk::of(vec![node(voicemail, &[(Exit::Next, 1)]), hang_up(Cause::Normal)]);
    assert_eq!(walk.does(Input::Start), ["answer", "play en/leave-message"]);
    assert!(walk.does(Input::Played)[0].starts_with("Record"));
    assert_eq!(walk.does(Input::Recorded), ["hang up Normal"]);

    let callback = Kind::Callback { queue: QUEUE, number: Template::default() };
    for (booked, end) in [(true, "hang up Normal"), (false, "hang up Busy")] {
        let exits = [(Exit::Next, 1), (Exit::Otherwise, 2)];
        let nodes = vec![node(callback.clone(), &exits), hang_up(Cause::Normal), hang_up(Cause::Busy)];
        let mut walk = Walk::of(nodes);
        assert!(walk.does(Input::Start)[0].starts_with("Callback"));
        assert_eq!(walk.does(Input::Booked(booked)), [end]);
    }

    let questions = vec![
        Question { say: prompt("rate"), scale: Scale::Score },
        Question { say: prompt("solved"), scale: Scale::Solved },
    ];
    let mut walk = Walk::of(vec![node(Kind::Survey { questions }, &[(Exit::Next, 1)]), hang_up(Cause::Normal)]);
    assert_eq!(walk.does(Input::Start), ["answer", "play en/rate"]);
    assert_eq!(walk.keys("9"), ["quiet", "play en/rate"]);
    assert_eq!(walk.keys("5"), ["quiet", "rated 0: 5", "play en/solved"]);
    walk.does(Input::Played);
    assert_eq!(walk.after(5000), ["play en/solved"]);
    walk.does(Input::Played);
    assert_eq!(walk.after(5000), ["hang up Normal"], "no answer is one too");
}

#[test]
fn a_sub_flow_comes_back_and_keeps_the_language() {
    let mut world = Made::default();
    let sub = vec![(7, node(Kind::Play { say: prompt("hello") }, &[(Exit::Next, 8)])), (8, node(Kind::Return, &[]))];
    world.flows.insert(SUB, Flow { start: 7, language: Language::Zh, nodes: sub.into_iter().collect() });
    let nodes = vec![
        node(Kind::SubFlow { flow: SUB }, &[(Exit::Next, 1)]),
        node(Kind::Speak { language: Language::Zh }, &[(Exit::Next, 2)]),
        node(Kind::Play { say: prompt("goodbye") }, &[(Exit::Next, 3)]),
        node(Kind::Return, &[]),
    ];
    let mut walk = Walk::with(nodes, world);
    assert_eq!(walk.does(Input::Start), ["answer", "play en/hello"]);
    assert_eq!(walk.run.flows().count(), 2);
    assert_eq!(walk.does(Input::Played), ["play zh/goodbye"]);
    assert_eq!(walk.does(Input::Played), ["hang up Normal"]);
}

#[test]
fn a_loop_goes_round_so_often_and_a_notice_only_speaks_when_it_is_on() {
    let around = || {
        vec![
            node(Kind::Loop { times: 2 }, &[(Exit::Again, 1), (Exit::Done, 2)]),
            node(Kind::Notice { notice: NoticeId::from_u128(1) }, &[(Exit::Next, 0)]),
            hang_up(Cause::Normal),
        ]
    };
    assert_eq!(Walk::of(around()).does(Input::Start), ["hang up Normal"]);
    let mut walk = Walk::with(around(), Made { notice: Some(prompt("storm")), ..Made::default() });
    assert_eq!(walk.does(Input::Start), ["answer", "play en/storm"]);
    assert_eq!(walk.does(Input::Played), ["play en/storm"]);
    assert_eq!(walk.does(Input::Played), ["hang up Normal"]);
}

#[test]
fn a_flow_that_cannot_go_on_ends_at_the_safe_default() {
    let endless = || vec![node(Kind::Answer, &[(Exit::Next, 1)]), node(Kind::Answer, &[(Exit::Next, 0)])];
    let mut walk = Walk::of(endless());
    assert_eq!(walk.does(Input::Start), ["answer", "alarm: it goes round for ever", "play en/busy"]);
    assert_eq!(walk.does(Input::Played), ["hang up Failed"]);
    let mut walk = Walk::with(endless(), Made { fallback: Some(QUEUE), ..Made::default() });
    assert_eq!(walk.does(Input::Start), ["answer", "alarm: it goes round for ever", "queue +0"]);

    let alarm = |nodes: Vec<Node>| Walk::of(nodes).does(Input::Start).remove(0);
    assert_eq!(
        alarm(vec![node(Kind::Speak { language: Language::En }, &[])]),
        "alarm: the way out 'next' leads nowhere"
    );
    let speak = Kind::Speak { language: Language::En };
    assert_eq!(alarm(vec![node(speak, &[(Exit::Next, 9)])]), "alarm: node 9 does not exist");
    let queue = Kind::Queue { queue: QueueId::from_u128(99), priority: 0 };
    assert_eq!(alarm(vec![node(queue, &[])]), "alarm: the queue does not exist");
    assert!(alarm(vec![node(Kind::SubFlow { flow: SUB }, &[])]).starts_with("alarm: no flow"));
    let itself = vec![node(Kind::SubFlow { flow: MAIN }, &[])];
    assert_eq!(alarm(itself), "alarm: sub-flows call each other without end");
    assert_eq!(alarm(vec![]), "alarm: node 0 does not exist");
}

#[test]
fn a_prompt_that_is_missing_is_skipped_with_an_alarm() {
    let missing = BTreeSet::from(["en/gone".to_owned()]);
    let say = [prompt("gone"), prompt("welcome")].concat();
    let nodes = vec![
        node(Kind::Play { say }, &[(Exit::Next, 1)]),
        node(Kind::Play { say: prompt("gone") }, &[(Exit::Next, 2)]),
        hang_up(Cause::Normal),
    ];
    let mut walk = Walk::with(nodes, Made { missing, ..Made::default() });
    assert_eq!(walk.does(Input::Start), ["alarm: the sound 'en/gone' is missing", "answer", "play en/welcome"]);
    assert_eq!(walk.does(Input::Played), ["alarm: the sound 'en/gone' is missing", "hang up Normal"]);
}

#[test]
fn a_walk_goes_on_from_its_json_and_an_older_builds_one_ends_safely() {
    let mut walk = collect(false);
    walk.keys("1");
    walk.run = serde_json::from_str(&serde_json::to_string(&walk.run).unwrap()).unwrap();
    assert_eq!(walk.keys("2#"), ["play en/1 en/2"]);
    let old = r#"{"flow":{"start":0,"nodes":{}},"at":1,"state":{"Playing":{"plays":1}},"walked":2,"out":[]}"#;
    walk.run = serde_json::from_str(old).unwrap();
    walk.run.resume(walk.now, &walk.world);
    assert_eq!(walk.steps(), ["alarm: an update came in between", "answer", "play zh/busy"]);
}
