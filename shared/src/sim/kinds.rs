//! The kinds of days: each presses on something else. The centers they play in are made up here.

use super::plan::{Habits, Mishaps, Plan};
use super::random::Random;
use crate::capacity::Capacity;
use crate::flow::Key;
use crate::hours::{Calendar, Date, Interval, Minute, SpecialDay, SpecialKind, Weekday};
use crate::ids::{CalendarId, ListingId, NumberId, QueueId, SkillId, TenantId, TrunkId, UserId};
use crate::listing::{Listed, Listing};
use crate::perms::Role;
use crate::phone::PhoneNumber;
use crate::setup::TenantSetup;
use crate::time::{Millis, Timestamp};
use crate::wire::callbacks::{CallbackRules, First};
use crate::wire::rest::{Choice, Entry, Language, Menu, Number, OutboundLimits, Queue, Skill, SkillLevel, Trunk, User};
use crate::wire::routing::{Destination, Member, Routing, Step, Sticky, Strategy, WrapUpMode};
use crate::wire::waiting::{Overflow, QueueHours, WaitKey, Waiting, When};

/// A kind of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One queue, eight agents, hardly a mishap.
    Plain,
    /// Several queues with skills at levels and priorities, a menu, very important callers.
    Skilled,
    /// Pages and sound are lost and come back, in every state; commands are repeated.
    Unsteady,
    /// Callers leave wherever they are, offers are not answered, both sides hold.
    Hasty,
    /// The set-up changes while people call.
    Changing,
    /// Core, edge and the line between them fail.
    Separated,
    /// Everything at once.
    Everything,
    /// Every strategy, steps, delays, several desks rung at once, last agents, answers by themselves.
    Routed,
    /// Queues that overflow into each other, close at noon, and call back.
    Overflowing,
    /// Agents ask each other and numbers outside, pass calls on, hold conferences, park and pick up.
    Shared,
    /// Messages are left, and handed out as tasks between the calls; what may interrupt what differs by seed.
    Tasked,
    /// Seven days: every strategy in turn, hours with a holiday and a moved working day, black and white list, callbacks.
    Week,
}

/// Where the small center is called.
const HOTLINE: &str = "95588";
/// Through which trunk calls come and go.
const TRUNK: TrunkId = TrunkId::from_u128(2);
/// The agents of the center with several queues.
const AGENTS: u128 = 12;
/// Skills and levels.
type Levels = &'static [(u128, u8)];
/// Its queues: name, priority and what is asked for.
const QUEUES: [(&str, u8, Levels); 4] =
    [("repairs", 0, &[]), ("sales", 2, &[(1, 3)]), ("gold", 5, &[(1, 2), (2, 5)]), ("billing", 0, &[(3, 4)])];

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Plain,
        Self::Skilled,
        Self::Unsteady,
        Self::Hasty,
        Self::Changing,
        Self::Separated,
        Self::Everything,
        Self::Routed,
        Self::Overflowing,
        Self::Shared,
        Self::Tasked,
        Self::Week,
    ];

    /// The kind that a seed stands for: twelve seeds in a row are one day of each.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self::ALL[usize::try_from(seed % Self::ALL.len() as u64).unwrap_or(0)]
    }

    /// Such a day, and the center that it is played in.
    #[must_use]
    pub fn day(self, seed: u64) -> (Plan, TenantSetup) {
        let setup = match self {
            Self::Plain | Self::Shared => small_center(),
            Self::Tasked => TenantSetup { capacity: capacity(seed), ..small_center() },
            Self::Routed => routed_center(seed),
            Self::Week => week_center(seed),
            Self::Overflowing => overflowing_center(),
            Self::Skilled | Self::Unsteady | Self::Hasty | Self::Changing | Self::Separated | Self::Everything => {
                center(seed)
            }
        };
        let quiet = Habits { visitors: 15, vip: 10, dials: 5, ..Habits::QUIET };
        let unsteady =
            Habits { desk_lost: 20, stays_away: 5, sound_lost: 15, repeats: 50, mutes: 10, signs_out: 3, ..quiet };
        let hasty = Habits { hasty: 50, answers: 60, holds: 50, far_holds: 30, mutes: 20, finishes: 50, ..quiet };
        let (habits, mishaps) = match self {
            Self::Plain => (Habits::QUIET, Mishaps::default()),
            Self::Overflowing => {
                (Habits { desk_lost: 0, ..Habits::QUIET }, Mishaps { core_deaths: 2, ..Mishaps::default() })
            }
            Self::Skilled => (quiet, Mishaps::default()),
            Self::Unsteady => (unsteady, Mishaps::default()),
            Self::Hasty => (hasty, Mishaps::default()),
            Self::Changing => (quiet, Mishaps { changes: 60, ..Mishaps::default() }),
            Self::Separated => {
                (Habits { repeats: 50, ..quiet }, Mishaps { cuts: 8, edge_deaths: 4, core_deaths: 8, changes: 0 })
            }
            Self::Everything => (
                Habits { hasty: 30, holds: 30, far_holds: 20, answers: 80, ..unsteady },
                Mishaps { cuts: 5, edge_deaths: 3, core_deaths: 5, changes: 30 },
            ),
            Self::Routed => (
                Habits { returning: 60, answers: 80, desk_lost: 5, hasty: 10, ..quiet },
                Mishaps { changes: 10, core_deaths: 2, ..Mishaps::default() },
            ),
            Self::Tasked => (
                // A customer who was called from a hand that is lost enters the line, of which the judges' books know
                // only who came by themselves: so either pages are lost or tasks are called.
                match seed % 2 {
                    0 => Habits { desk_lost: 3, dials: 5, signs_out: 3, ..Habits::QUIET },
                    _ => Habits { desk_lost: 0, calls_from_hand: 35, signs_out: 3, ..Habits::QUIET },
                },
                Mishaps { core_deaths: 2, ..Mishaps::default() },
            ),
            Self::Week => (
                Habits { returning: 40, answers: 85, hasty: 10, desk_lost: 0, signs_out: 2, visitors: 0, ..quiet },
                Mishaps { core_deaths: 3, ..Mishaps::default() },
            ),
            Self::Shared => (
                Habits { shares: 70, picks: 30, visitors: 15, desk_lost: 3, sound_lost: 2, ..Habits::QUIET },
                Mishaps { core_deaths: 2, cuts: 2, ..Mishaps::default() },
            ),
        };
        let week = self == Self::Week;
        let calls = match self {
            Self::Week => 2_100,
            Self::Tasked => 400,
            _ => 600,
        };
        let plan = Plan {
            seed,
            begins: Timestamp(1_800_000_000_000),
            length: Millis::from_secs(4 * 3600),
            days: if week { 7 } else { 1 },
            calls,
            messages: if self == Self::Tasked { 150 } else { 0 },
            callbacks: if week { 70 } else { 0 },
            numbers: setup.numbers.iter().map(|number| (number.trunk, number.number.clone())).collect(),
            patience: Millis::from_secs(900),
            talk: Millis::from_secs(300),
            habits,
            mishaps,
        };
        (plan, setup)
    }
}

/// One queue and eight agents: with 600 calls in four hours busy enough that people wait, give up and are missed.
fn small_center() -> TenantSetup {
    let queue = queue(0, "repairs", 0, &[]);
    let users = (1..=8).map(|n| user(n, vec![queue.id], Vec::new())).collect();
    let numbers = vec![number(0, HOTLINE, Entry::Queue(queue.id))];
    tenant(users, Vec::new(), vec![queue], numbers)
}

/// What agents take at once, another choice with each seed.
fn capacity(seed: u64) -> Capacity {
    let mut random = Random(!seed);
    Capacity {
        tasks: u8::try_from(1 + random.place(3)).unwrap_or(1),
        calls_interrupt_tasks: random.chance(50),
        tasks_interrupt_calls: random.chance(50),
        tasks_interrupt_wrap_up: random.chance(50),
    }
}

/// Four queues that ask for different skills, and agents who have some of them.
fn center(seed: u64) -> TenantSetup {
    let mut random = Random(!seed);
    let queues: Vec<Queue> =
        (0..).zip(QUEUES).map(|(n, (name, level, skills))| queue(n, name, level, skills)).collect();
    let users = (1..=AGENTS)
        .map(|n| {
            let serves = queues.iter().filter(|_| random.chance(70)).map(|queue| queue.id).collect();
            let skills = (1..=3).filter(|_| random.chance(80)).collect::<Vec<_>>();
            let skills = skills.into_iter().map(|skill| level(skill, random_level(&mut random))).collect();
            user(n, serves, skills)
        })
        .collect();
    let choices = ('1'..).zip(&queues).map(|(digit, queue)| Choice { digit, queue: queue.id }).collect();
    let menu = Menu { prompt: "en/menu".to_owned(), choices, otherwise: queues[0].id };
    let numbers = vec![
        number(0, HOTLINE, Entry::Queue(queues[0].id)),
        number(1, "95589", Entry::Menu(menu)),
        number(2, "95590", Entry::Queue(queues[2].id)),
        number(3, "95591", Entry::Queue(queues[3].id)),
    ];
    let skills = (1..=3).map(|n| Skill { id: SkillId::from_u128(n), name: format!("Skill {n}") }).collect();
    tenant(users, skills, queues, numbers)
}

/// All of them, in no order that matters.
const STRATEGIES: [Strategy; 6] = [
    Strategy::RoundRobin,
    Strategy::FewestContacts,
    Strategy::HighestSkill,
    Strategy::Linear,
    Strategy::LeastTalk,
    Strategy::LongestIdle,
];

/// Each queue takes the next strategy.
pub(super) fn next_strategies(setup: &mut TenantSetup) {
    for queue in &mut setup.queues {
        let place = STRATEGIES.iter().position(|strategy| *strategy == queue.routing.strategy).unwrap_or(0);
        queue.routing.strategy = STRATEGIES[(place + 1) % STRATEGIES.len()];
    }
}

/// The days of a week on which nobody works, counted from 1970: a Sunday and a holiday.
pub const CLOSED_DAYS: [i64; 2] = [20_835, 20_836];
/// The Saturday before them, on which people work as on a Monday.
const MOVED_DAY: i64 = 20_834;

/// The center with a strategy a queue, whose queues have hours and call back, and whose callers are listed.
fn week_center(seed: u64) -> TenantSetup {
    let mut setup = routed_center(seed);
    let id = CalendarId::from_u128(41);
    let mut office = Calendar { id, ..calendar() };
    office.week[5] = Vec::new();
    office.week[6] = Vec::new();
    let special = |day, kind| SpecialDay { date: Date::from_days(day), name: "Special".to_owned(), kind };
    office.days = vec![
        special(CLOSED_DAYS[1], SpecialKind::Holiday),
        special(MOVED_DAY, SpecialKind::Like { weekday: Weekday::Monday }),
    ];
    for (n, queue) in setup.queues.iter_mut().enumerate() {
        let closed = if n == 0 { Destination::Callback(queue.id) } else { Destination::HangUp };
        let hours = QueueHours { calendar: id, closed, holiday: Destination::HangUp, emergency: Destination::HangUp };
        let first = if n % 2 == 0 { First::Agent } else { First::Customer };
        queue.waiting.callback = CallbackRules { first, tries: 2, ..CallbackRules::default() };
        queue.waiting.hours = Some(hours);
    }
    let entry = |n, listed, number: &str, prefix| Listing {
        id: ListingId::from_u128(n),
        listed,
        number: PhoneNumber::parse(number).expect("digits"),
        prefix,
        reason: String::new(),
        until: None,
    };
    // Callers are numbered in the order in which they come.
    setup.listings = vec![
        entry(1, Listed::Blocked, "139000000", true),
        entry(2, Listed::Allowed, "13900000042", false),
        entry(3, Listed::Blocked, "13900001234", false),
    ];
    TenantSetup { calendars: vec![office], ..setup }
}

/// The same with queues that each route in another way, another one with each seed.
fn routed_center(seed: u64) -> TenantSetup {
    let mut random = Random(!seed);
    let mut setup = center(seed);
    let shift = random.place(STRATEGIES.len());
    let step = |after, skills: Levels| Step {
        after: Millis::from_secs(after),
        skills: skills.iter().map(|(skill, at_least)| level(*skill, *at_least)).collect(),
    };
    let sticky = Some(Sticky { days: 30, patience: Millis::from_secs(40) });
    let parts = [
        Routing { ring: 3, sticky, ..Routing::default() },
        Routing { steps: vec![step(20, &[(1, 1)]), step(60, &[])], wrap_up: WrapUpMode::Timed, ..Routing::default() },
        Routing { ring: 2, steps: vec![step(30, &[(1, 1)])], sticky, ..Routing::default() },
        Routing { auto_answer: true, wrap_up: WrapUpMode::None, ring: 4, ..Routing::default() },
    ];
    for (n, (queue, routing)) in setup.queues.iter_mut().zip(parts).enumerate() {
        queue.routing = Routing { strategy: STRATEGIES[(shift + n) % STRATEGIES.len()], ..routing };
        for user in &setup.users {
            if random.chance(60) {
                let delay = Millis::from_secs([0, 0, 15, 45][random.place(4)]);
                let place = random.place(queue.routing.members.len() + 1);
                queue.routing.members.insert(place, Member { user: user.id, delay });
            }
        }
    }
    let gold = setup.queues[2].id;
    setup.numbers.iter_mut().take(2).for_each(|number| number.vip = Some(gold));
    setup
}

/// When the queues of an overflowing center are open, in minutes of a day: the day begins at eight o'clock.
pub const OPEN_HOURS: [(i64, i64); 2] = [(480, 570), (600, 720)];

/// Three queues in a chain that leads back to its beginning; the first calls back with the agent first, the second with
/// the customer first. Both are closed for half an hour in mid-day, and after noon.
fn overflowing_center() -> TenantSetup {
    let mut queues: Vec<Queue> =
        (0..).zip(["repairs", "sales", "gold"]).map(|(n, name)| queue(n, name, 0, &[])).collect();
    let ids: Vec<QueueId> = queues.iter().map(|queue| queue.id).collect();
    let calendar = CalendarId::from_u128(40);
    let to = |when, to| Overflow { when, to };
    let waited = |seconds| When::Waited { after: Millis::from_secs(seconds) };
    let key = |place: usize, to| WaitKey { key: Key::ALL[place], to, say: None };
    for (n, queue) in queues.iter_mut().enumerate() {
        let next = Destination::Queue(ids[(n + 1) % ids.len()]);
        let back = Destination::Callback(queue.id);
        let hours =
            QueueHours { calendar, closed: back.clone(), holiday: Destination::HangUp, emergency: Destination::HangUp };
        let first = if n == 0 { First::Agent } else { First::Customer };
        let (tries, interval) = (2, Millis::from_secs(600));
        queue.waiting = Waiting {
            comfort: vec!["en/comfort".to_owned()],
            comfort_every: Some(Millis::from_secs(50)),
            estimate: true,
            keys: vec![key(0, back.clone()), key(1, next.clone())],
            overflow: vec![
                to(When::Length { at_least: 15 }, back),
                to(waited(60), next.clone()),
                to(When::Estimate { at_least: Millis::from_secs(900) }, Destination::HangUp),
                to(When::Unstaffed, next),
            ],
            hours: Some(hours),
            callback: CallbackRules { first, tries, interval, ..CallbackRules::default() },
        };
    }
    let serves = |n: u128| match n {
        1..=4 => vec![ids[0]],
        5 | 6 => vec![ids[0], ids[1]],
        7 => vec![ids[1]],
        _ => vec![ids[2]],
    };
    let users = (1..=8).map(|n| user(n, serves(n), Vec::new())).collect();
    let numbers = vec![
        number(0, HOTLINE, Entry::Queue(ids[0])),
        number(1, "95589", Entry::Queue(ids[0])),
        number(2, "95590", Entry::Queue(ids[1])),
    ];
    TenantSetup {
        calendars: vec![Calendar { id: calendar, ..self::calendar() }],
        ..tenant(users, Vec::new(), queues, numbers)
    }
}

/// The hours of an office that works every day.
fn calendar() -> Calendar {
    let minute = |at: i64| Minute::parse(&format!("{:02}:{:02}", at / 60, at % 60)).expect("a time of day");
    let open = OPEN_HOURS.map(|(from, to)| Interval { from: minute(from), to: minute(to) }).to_vec();
    Calendar {
        id: CalendarId::from_u128(40),
        name: "Office".to_owned(),
        zone: "UTC".to_owned(),
        week: std::array::from_fn(|_| open.clone()),
        days: Vec::new(),
        emergency: false,
    }
}

/// 1 to 9.
pub(super) fn random_level(random: &mut Random) -> u8 {
    u8::try_from(random.between(1, 9)).unwrap_or(1)
}

pub(super) fn level(skill: u128, level: u8) -> SkillLevel {
    SkillLevel { skill: SkillId::from_u128(skill), level }
}

/// A queue whose greeting nobody else plays: who hears it has just entered.
pub(super) fn queue(n: u128, name: &str, priority: u8, skills: &[(u128, u8)]) -> Queue {
    Queue {
        id: QueueId::from_u128(10 + n),
        name: name.to_owned(),
        skills: skills.iter().map(|(skill, at_least)| level(*skill, *at_least)).collect(),
        priority,
        offer_timeout: Millis::from_secs(20),
        wrap_up: Millis::from_secs(30),
        greeting: Some(format!("en/greeting-{name}")),
        music: "music/calm".to_owned(),
        announce_every: Some(Millis::from_secs(30)),
        record: true,
        language: Language::En,
        routing: Routing::default(),
        waiting: Waiting::default(),
    }
}

fn user(n: u128, queues: Vec<QueueId>, skills: Vec<SkillLevel>) -> User {
    User {
        id: UserId::from_u128(100 + n),
        login: format!("a{n}"),
        name: format!("Agent {n}"),
        number: None,
        roles: vec![Role::Agent],
        skills,
        queues,
        active: true,
        recording: crate::wire::control::RecordRule::Always,
    }
}

fn number(n: u128, text: &str, entry: Entry) -> Number {
    let number = PhoneNumber::parse(text).expect("digits");
    Number { id: NumberId::from_u128(30 + n), number, trunk: TRUNK, entry, vip: None, fallback: None, fax: None }
}

fn tenant(users: Vec<User>, skills: Vec<Skill>, queues: Vec<Queue>, numbers: Vec<Number>) -> TenantSetup {
    let trunk = Trunk {
        id: TRUNK,
        name: "Carrier".to_owned(),
        address: "192.0.2.1:5060".to_owned(),
        sources: Vec::new(),
        username: None,
        password: None,
        caller: PhoneNumber::parse(HOTLINE).ok(),
        allowed: vec!["1".to_owned()],
        refer: false,
        limit: 1000,
    };
    TenantSetup {
        tenant: TenantId::from_u128(9),
        name: "Simulated".to_owned(),
        outbound: OutboundLimits { at_once: 100, per_day: 1000, ..OutboundLimits::default() },
        users,
        skills,
        queues,
        numbers,
        trunks: vec![trunk],
        capacity: Capacity::default(),
        dispositions: Vec::new(),
        flows: Vec::new(),
        sounds: std::collections::BTreeSet::new(),
        calendars: vec![],
        rotas: vec![],
        meeting_rooms: vec![],
        zones: std::collections::BTreeMap::new(),
        listings: vec![],
        notices: vec![],
        prompts: vec![],
        teams: vec![],
        mailboxes: vec![],
    }
}
