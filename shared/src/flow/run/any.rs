//! No flow whatsoever makes the interpreter panic or walk for ever: random graphs of every kind, random input.

use super::tests::{MAIN, Made, QUEUE, SUB, node};
use super::*;
use crate::flow::model::{Compare, Fetch, Kind, Mailbox, Measure, Method, Question, Scale, Test};
use crate::flow::step::Denied;
use crate::flow::{Key, Phrase, ReadAs, Template};
use crate::hours::DayState;
use crate::ids::{CalendarId, MeetingRoomId, NoticeId, QueueId, RotaId, TeamId, UserId};
use crate::time::Millis;
use proptest::prelude::*;

/// Small enough that ways out often meet a node.
const NODES: u16 = 12;

fn var() -> impl Strategy<Value = VarName> {
    prop_oneof![Just("a"), Just("b"), Just("caller")].prop_map(|name| VarName::new(name).unwrap())
}

fn template() -> impl Strategy<Value = Template> {
    prop_oneof![Just("{a}"), Just("1"), Just("{b"), Just("x{a}y{b}"), Just("")].prop_map(|t| Template(t.into()))
}

fn say() -> impl Strategy<Value = Vec<Phrase>> {
    let read = prop::sample::select(ReadAs::ALL.to_vec());
    let phrase = prop_oneof![
        Just(Phrase::Prompt { name: "welcome".into() }),
        Just(Phrase::Prompt { name: "missing".into() }),
        Just(Phrase::Text { zh: String::new(), en: "Hello".into() }),
        (var(), read).prop_map(|(name, read)| Phrase::Value { name, read }),
    ];
    prop::collection::vec(phrase, 0..3)
}

fn key() -> impl Strategy<Value = Key> {
    prop::sample::select(Key::ALL.to_vec())
}

fn wait() -> impl Strategy<Value = Millis> {
    prop_oneof![Just(Millis(-5)), Just(Millis::ZERO), Just(Millis(3000)), Just(Millis(i64::MAX))]
}

fn spoken() -> impl Strategy<Value = Kind> {
    prop_oneof![
        say().prop_map(|say| Kind::Play { say }),
        (say(), prop::collection::vec(key(), 0..4), any::<u8>(), wait(), say()).prop_map(
            |(say, keys, plays, wait, wrong)| Kind::Menu { say, keys, plays, wait, silence: wrong.clone(), wrong }
        ),
        (say(), var(), any::<(u8, u8, u8)>(), prop::option::of(key()), wait(), any::<bool>()).prop_map(
            |(say, into, (min, max, tries), end, first, masked)| Kind::Collect {
                wrong: say.clone(),
                say,
                into,
                min,
                max,
                end,
                first,
                between: first,
                tries,
                masked,
            }
        ),
        (say(), wait(), any::<bool>()).prop_map(|(say, limit, team)| {
            let mailbox = if team { Mailbox::Team(TeamId::from_u128(1)) } else { Mailbox::Queue(QUEUE) };
            Kind::Voicemail { mailbox, say, limit }
        }),
        prop::collection::vec(say(), 0..3).prop_map(|questions| Kind::Survey {
            questions: questions.into_iter().map(|say| Question { say, scale: Scale::Score }).collect()
        }),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    prop_oneof![
        (var(), template()).prop_map(|(name, to)| Test::Variable { name, is: Compare::Less, to }),
        Just(Test::Withheld),
        Just(Test::Vip),
        Just(Test::Queue { queue: QUEUE, measure: Measure::Waiting, at_least: 1 }),
    ]
}

fn silent() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Answer),
        test().prop_map(|test| Kind::If { test }),
        Just(Kind::Hours { calendar: CalendarId::from_u128(1) }),
        (var(), template()).prop_map(|(name, to)| Kind::Set { name, to }),
        (template(), any::<u8>(), wait()).prop_map(|(url, tries, timeout)| Kind::Fetch(Box::new(Fetch {
            method: Method::Post,
            body: url.clone(),
            url,
            headers: BTreeMap::new(),
            timeout,
            tries,
            take: vec![],
        }))),
        (9..12_u128).prop_map(|queue| Kind::Queue { queue: QueueId::from_u128(queue), priority: 0 }),
        Just(Kind::LastAgent { queue: QUEUE, days: 7, patience: Millis(1000) }),
        wait().prop_map(|ring| Kind::Agent { user: UserId::from_u128(1), ring }),
        (template(), wait()).prop_map(|(to, ring)| Kind::Outside { to, ring }),
        wait().prop_map(|ring| Kind::Duty { rota: RotaId::from_u128(1), ring }),
        prop::option::of(1..3_u128).prop_map(|room| Kind::Meeting { room: room.map(MeetingRoomId::from_u128) }),
        template().prop_map(|number| Kind::Callback { queue: QUEUE, number }),
        (0..4_u128).prop_map(|flow| Kind::SubFlow { flow: FlowId::from_u128(flow) }),
        Just(Kind::Return),
        any::<u8>().prop_map(|times| Kind::Loop { times }),
        Just(Kind::Notice { notice: NoticeId::from_u128(1) }),
        Just(Kind::HangUp { cause: Cause::Normal }),
    ]
}

fn flow() -> impl Strategy<Value = Flow> {
    let kind = prop_oneof![spoken(), silent(), silent()];
    let one = (kind, prop::collection::vec(0..NODES + 1, 15)).prop_map(|(kind, to)| {
        // One in thirteen leads nowhere, and the last one may not be wired at all.
        let exits: Vec<_> = kind.exits().into_iter().zip(to).filter(|(_, to)| *to > 0).collect();
        node(kind, &exits)
    });
    (prop::collection::vec(one, 1..usize::from(NODES)), any::<bool>()).prop_map(|(nodes, zh)| Flow {
        start: 1,
        language: if zh { Language::Zh } else { Language::En },
        nodes: (1..).zip(nodes).collect(),
    })
}

fn input() -> impl Strategy<Value = Option<Input>> {
    prop_oneof![
        4 => Just(Some(Input::Played)),
        3 => prop::sample::select("0123456789*#A•".chars().collect::<Vec<_>>()).prop_map(|c| Some(Input::Digit(c))),
        2 => Just(None),
        1 => var().prop_map(|name| Some(Input::Fetched(Some(vec![(name, "3.5".into())])))),
        1 => Just(Some(Input::Fetched(None))),
        1 => prop::sample::select(vec![Exit::Otherwise, Exit::Busy, Exit::Next]).prop_map(|e| Some(Input::NotReached(e))),
        1 => Just(Some(Input::Recorded)),
        1 => any::<bool>().prop_map(|booked| Some(Input::Booked(booked))),
        1 => prop::sample::select(vec![Denied::Wrong, Denied::Unheard, Denied::Full, Denied::Gone])
            .prop_map(|why| Some(Input::Denied(why))),
        1 => Just(Some(Input::Start)),
    ]
}

/// What the walk has been told to play and has not been told to stop.
fn follow(run: &mut Run, over: &mut bool) -> usize {
    let steps: Vec<Step> = std::iter::from_fn(|| run.poll()).collect();
    for step in &steps {
        assert!(!*over, "nothing follows the end: {step:?}");
        if let Step::Play(sayings) = step {
            assert!(!sayings.is_empty());
        }
        *over |= matches!(step, Step::Queue { .. } | Step::HangUp(_));
    }
    assert_eq!(*over, run.is_idle(), "a walk that is over does nothing more, and one that is not waits for something");
    steps.len()
}

proptest! {
    #[test]
    fn no_flow_walks_for_ever(
        main in flow(),
        sub in flow(),
        inputs in prop::collection::vec(input(), 0..60),
        fallback in any::<bool>(),
    ) {
        let mut world = Made { fallback: fallback.then_some(QUEUE), hours: Some(DayState::Holiday), ..Made::default() };
        world.missing.insert("en/missing".into());
        world.notice = Some(vec![Phrase::Prompt { name: "notice".into() }]);
        world.flows.extend([(MAIN, main), (SUB, sub)]);
        let (mut now, mut over, mut steps) = (Timestamp(0), false, 0);
        let mut run = Run::new(entered(MAIN, &world), &Beginning::default());
        run.handle(now, Input::Start, &world);
        steps += follow(&mut run, &mut over);
        for input in inputs {
            match input {
                Some(input) => run.handle(now, input, &world),
                None => {
                    now = run.deadline().unwrap_or(now).max(now);
                    run.tick(now, &world);
                }
            }
            steps += follow(&mut run, &mut over);
            let json = serde_json::to_string(&run).unwrap();
            prop_assert!(json.len() < 10_000, "small enough for a snapshot");
            run = serde_json::from_str(&json).unwrap();
        }
        // Entered, answered, an alarm for each of at most three sayings: a node makes a handful of steps.
        prop_assert!(steps < usize::from(BUDGET) * 8 + 1000);
    }
}
