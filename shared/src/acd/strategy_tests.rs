//! Strategies, steps, delays, preferences and several rung at once: one rule a test.

use super::tests::{S, acd, agent, at, contact, enqueue, offers, queue, ready, rules, serves};
use super::*;
use crate::ids::SkillId;
use crate::wire::desk::PassedOver;
use crate::wire::routing::{Member, Strategy};
use proptest::prelude::{Strategy as _, any, prop_assert_eq, prop_oneof, proptest};

fn by(strategy: Strategy) -> QueueRules {
    QueueRules { strategy, ..rules(1, 0, &[]) }
}

/// Ready since `since`, with so many contacts and so many seconds of talk.
fn worked(acd: &mut Acd, now: i64, n: u128, since: i64, contacts: u32, talked: i64) {
    let load = Load { contacts, talked: Millis::from_secs(talked) };
    acd.handle(at(now), Input::Agent { user: agent(n), availability: Availability::Ready(at(since)), load });
}

/// Whom a contact that comes now is offered to.
fn taker(acd: &mut Acd, now: i64, n: u128) -> UserId {
    enqueue(acd, now, n, 1);
    let made = offers(acd);
    assert_eq!(made.len(), 1, "{made:?}");
    made[0].user
}

#[test]
fn each_strategy_puts_another_agent_first() {
    let skill = |level| (1, level);
    let all = [
        (Strategy::LongestIdle, 1),
        (Strategy::FewestContacts, 2),
        (Strategy::LeastTalk, 3),
        (Strategy::HighestSkill, 4),
        (Strategy::Linear, 5),
    ];
    for (strategy, expected) in all {
        let member = |n| Member { user: agent(n), delay: Millis::ZERO };
        let members = vec![member(5), member(4)];
        let rules = QueueRules { strategy, members, skills: vec![(SkillId::from_u128(1), 2)], ..rules(1, 0, &[]) };
        let levels = [3, 3, 3, 9, 3];
        let agents = (1..).zip(levels).map(|(n, level)| serves(n, &[1], &[skill(level)])).collect();
        let mut acd = acd(vec![rules], agents);
        for (n, since, contacts, talked) in
            [(1, 1, 9, 900), (2, 2, 1, 800), (3, 3, 8, 100), (4, 4, 7, 700), (5, 5, 6, 600)]
        {
            worked(&mut acd, 10, n, since, contacts, talked);
        }
        enqueue(&mut acd, 20, 7, 1);
        let offer = offers(&mut acd).remove(0);
        assert_eq!(offer.user, agent(expected), "{strategy:?}");
        assert_eq!(offer.why.strategy, strategy);
        let winner = &offer.why.best[0];
        assert_eq!(winner.user, agent(expected));
        match strategy {
            Strategy::FewestContacts => assert_eq!(winner.contacts, 1),
            Strategy::LeastTalk => assert_eq!(winner.talked, Millis::from_secs(100)),
            Strategy::HighestSkill => assert_eq!(winner.level, 9),
            Strategy::Linear => assert_eq!(winner.order, Some(1)),
            Strategy::LongestIdle => assert_eq!(winner.idle, Millis(19 * S)),
            Strategy::RoundRobin => {}
        }
    }
}

#[test]
fn round_robin_gives_turns_and_idle_time_does_not_jump_the_line() {
    let mut acd = acd(vec![by(Strategy::RoundRobin)], (1..=3).map(|n| serves(n, &[1], &[])).collect());
    (1..=3).for_each(|n| ready(&mut acd, i64::try_from(n).unwrap(), n));
    let mut order = Vec::new();
    for n in 0..6 {
        let now = 10 + 10 * i64::try_from(n).unwrap();
        let user = taker(&mut acd, now, 50 + n);
        order.push(user);
        acd.handle(at(now + 1), Input::Leave(contact(50 + n)));
        // The one who was rung pretends to have been idle for ever.
        let availability = Availability::Ready(at(0));
        acd.handle(at(now + 2), Input::Agent { user, availability, load: Load::default() });
    }
    assert_eq!(order, [1, 2, 3, 1, 2, 3].map(agent));
}

#[test]
fn equal_figures_go_by_idle_time() {
    let mut acd = acd(vec![by(Strategy::FewestContacts)], (1..=3).map(|n| serves(n, &[1], &[])).collect());
    for (n, since) in [(1, 5), (2, 3), (3, 4)] {
        worked(&mut acd, 6, n, since, 2, 0);
    }
    assert_eq!(taker(&mut acd, 10, 7), agent(2));
}

fn relaxing() -> QueueRules {
    let step =
        |after, level| StepRules { after: Millis::from_secs(after), skills: vec![(SkillId::from_u128(1), level)] };
    QueueRules { steps: vec![step(30, 4), step(60, 1)], ..rules(1, 0, &[(1, 7)]) }
}

#[test]
fn skills_are_relaxed_as_a_contact_waits_and_whoever_was_good_enough_stays_so() {
    let agents = [(1, 1), (2, 4), (3, 8)].map(|(n, level)| serves(n, &[1], &[(1, level)])).to_vec();
    let mut acd = acd(vec![relaxing()], agents);
    ready(&mut acd, 0, 1);
    enqueue(&mut acd, 1, 7, 1);
    assert_eq!(offers(&mut acd), []);
    assert_eq!(acd.deadline(), Some(at(31)));
    acd.tick(at(31));
    assert_eq!(offers(&mut acd), [], "agent 1 is not good enough yet");
    ready(&mut acd, 40, 2);
    let offer = offers(&mut acd).remove(0);
    assert_eq!((offer.user, offer.why.step, offer.why.steps), (agent(2), 1, 2));
    assert_eq!(offer.why.best[0].step, 1);
    let not_yet = PassedOver { reason: PassedOverReason::NotYet, count: 1 };
    assert!(offer.why.passed_over.contains(&not_yet), "{:?}", offer.why.passed_over);
    acd.handle(at(41), Input::GiveBack { offer: offer.id, end: OfferEnd::Lost });
    acd.tick(at(61));
    assert_eq!(offers(&mut acd).remove(0).user, agent(1), "the last step suits the first agent");
}

#[test]
fn who_meets_what_the_queue_asks_itself_is_more_skilled_than_who_meets_a_later_step() {
    let rules = QueueRules { strategy: Strategy::HighestSkill, ..relaxing() };
    let mut acd = acd(vec![rules], vec![serves(1, &[1], &[(1, 6)]), serves(2, &[1], &[(1, 7)])]);
    acd.handle(at(0), Input::Enqueue { contact: contact(7), queue: queue(1), bonus: 0, prefers: None, since: None });
    acd.tick(at(30));
    let rules = QueueRules { strategy: Strategy::HighestSkill, ..relaxing() };
    let agents = vec![serves(1, &[1], &[(1, 6)]), serves(2, &[1], &[(1, 7)])];
    // Both are free when the contact, which waits at the first step, can be offered.
    acd.handle(at(31), Input::Rules { queues: vec![], agents: agents.clone() });
    acd.handle(at(31), Input::Rules { queues: vec![rules], agents });
    while acd.poll().is_some() {}
    ready(&mut acd, 32, 1);
    ready(&mut acd, 33, 2);
    acd.handle(at(40), Input::Enqueue { contact: contact(8), queue: queue(1), bonus: 0, prefers: None, since: None });
    assert_eq!(offers(&mut acd).remove(0).user, agent(2));
}

#[test]
fn a_delayed_member_gets_only_contacts_that_waited_so_long() {
    let members = vec![Member { user: agent(1), delay: Millis::from_secs(20) }];
    let rules = QueueRules { members, ..rules(1, 0, &[]) };
    let mut acd = acd(vec![rules], vec![serves(1, &[1], &[]), serves(2, &[1], &[])]);
    ready(&mut acd, 0, 1);
    enqueue(&mut acd, 5, 7, 1);
    assert_eq!((offers(&mut acd), acd.position(contact(7))), (vec![], Some(1)));
    enqueue(&mut acd, 6, 8, 1);
    ready(&mut acd, 7, 2);
    assert_eq!(offers(&mut acd).remove(0).contact, contact(7), "who has no delay helps at once");
    acd.tick(at(26));
    let offer = offers(&mut acd).remove(0);
    assert_eq!((offer.contact, offer.user, offer.made), (contact(8), agent(1), at(26)));
}

fn prefer(acd: &mut Acd, now: i64, n: u128, user: u128, patience: i64) {
    let prefers = Some(Preference { user: agent(user), patience: Millis::from_secs(patience) });
    acd.handle(at(now), Input::Enqueue { contact: contact(n), queue: queue(1), bonus: 0, prefers, since: None });
}

#[test]
fn a_contact_waits_for_the_agent_it_prefers_and_then_for_all() {
    let mut acd = acd(vec![rules(1, 0, &[])], (1..=3).map(|n| serves(n, &[1], &[])).collect());
    ready(&mut acd, 0, 1);
    let availability = Availability::Not(PassedOverReason::OnContact);
    acd.handle(at(0), Input::Agent { user: agent(2), availability, load: Load::default() });
    prefer(&mut acd, 10, 7, 2, 30);
    assert_eq!((offers(&mut acd), acd.position(contact(7))), (vec![], Some(1)), "agent 1 is free, and waits");
    ready(&mut acd, 20, 2);
    let offer = offers(&mut acd).remove(0);
    assert_eq!(offer.user, agent(2));
    assert_eq!(offer.why.preferred.map(|it| (it.user, it.alone)), Some((agent(2), true)));
    let passed = PassedOver { reason: PassedOverReason::NotPreferred, count: 1 };
    assert!(offer.why.passed_over.contains(&passed), "{:?}", offer.why.passed_over);
    acd.handle(at(21), Input::GiveBack { offer: offer.id, end: OfferEnd::Lost });
    let offer = offers(&mut acd).remove(0);
    assert_eq!(offer.user, agent(1), "who did not answer is not waited for again");
    acd.handle(at(22), Input::Accept(offer.id));
    while acd.poll().is_some() {}

    acd.handle(at(30), Input::Agent { user: agent(2), availability, load: Load::default() });
    ready(&mut acd, 30, 1);
    prefer(&mut acd, 31, 8, 2, 30);
    acd.tick(at(60));
    assert_eq!(offers(&mut acd), []);
    acd.tick(at(61));
    let offer = offers(&mut acd).remove(0);
    assert_eq!((offer.user, offer.why.preferred.map(|it| it.alone)), (agent(1), Some(false)));
}

#[test]
fn nobody_waits_for_an_agent_who_is_not_there() {
    let mut acd = acd(vec![rules(1, 0, &[])], (1..=2).map(|n| serves(n, &[1], &[])).collect());
    ready(&mut acd, 0, 1);
    prefer(&mut acd, 1, 7, 2, 600);
    assert_eq!(offers(&mut acd).remove(0).user, agent(1), "offline");
    ready(&mut acd, 2, 1);
    prefer(&mut acd, 3, 8, 99, 600);
    assert_eq!(offers(&mut acd).remove(0).user, agent(1), "of no tenant of ours");
    ready(&mut acd, 4, 1);
    let away = |reason| Input::Agent { user: agent(2), availability: Availability::Not(reason), load: Load::default() };
    acd.handle(at(5), away(PassedOverReason::Busy));
    prefer(&mut acd, 6, 9, 2, 600);
    assert_eq!(offers(&mut acd), []);
    acd.handle(at(7), away(PassedOverReason::Offline));
    assert_eq!(offers(&mut acd).remove(0).user, agent(1), "signed out while somebody waited");
}

#[test]
fn what_becomes_known_late_still_leads_to_the_agent_but_not_from_a_desk_that_rings() {
    let mut acd = acd(vec![rules(1, 0, &[])], (1..=2).map(|n| serves(n, &[1], &[])).collect());
    let busy = Availability::Not(PassedOverReason::Busy);
    acd.handle(at(0), Input::Agent { user: agent(2), availability: busy, load: Load::default() });
    enqueue(&mut acd, 1, 7, 1);
    let prefers = Preference { user: agent(2), patience: Millis::from_secs(60) };
    acd.handle(at(2), Input::Prefer { contact: contact(7), prefers });
    ready(&mut acd, 3, 1);
    assert_eq!(offers(&mut acd), []);
    acd.handle(at(4), Input::Raise { contact: contact(7), bonus: 3 });
    ready(&mut acd, 5, 2);
    assert_eq!(offers(&mut acd).remove(0).user, agent(2));
    enqueue(&mut acd, 6, 8, 1);
    assert_eq!(offers(&mut acd).remove(0).user, agent(1));
    acd.handle(at(7), Input::Prefer { contact: contact(8), prefers });
    assert_eq!(acd.poll(), None, "it rings on");
}

#[test]
fn several_ring_one_accepts_and_the_others_are_told_so() {
    let rules = QueueRules { ring: 3, ..rules(1, 0, &[]) };
    let mut acd = acd(vec![rules], (1..=4).map(|n| serves(n, &[1], &[])).collect());
    (1..=4).for_each(|n| ready(&mut acd, i64::try_from(n).unwrap(), n));
    enqueue(&mut acd, 10, 7, 1);
    let made = offers(&mut acd);
    assert_eq!(made.iter().map(|offer| offer.user).collect::<Vec<_>>(), [1, 2, 3].map(agent));
    assert!(made.iter().all(|offer| offer.why.rung == 3 && offer.why.best[0].user == offer.user));
    acd.handle(at(11), Input::Accept(made[1].id));
    acd.handle(at(11), Input::Accept(made[0].id));
    let ends: Vec<_> = std::iter::from_fn(|| acd.poll())
        .map(|output| match output {
            Output::OfferEnded { offer, end } => (offer.user, end),
            other @ (Output::Offered(_) | Output::Homeless(_)) => panic!("{other:?}"),
        })
        .collect();
    let taken = |n| (agent(n), OfferEnd::Taken);
    assert_eq!(ends, [(agent(2), OfferEnd::Accepted), taken(1), taken(3)]);
    assert_eq!(acd.deadline(), None);
}

#[test]
fn a_contact_goes_back_only_when_the_last_of_its_offers_is_over() {
    let rules = QueueRules { ring: 2, ..rules(1, 0, &[]) };
    let mut acd = acd(vec![rules], (1..=3).map(|n| serves(n, &[1], &[])).collect());
    (1..=2).for_each(|n| ready(&mut acd, 0, n));
    enqueue(&mut acd, 10, 7, 1);
    let made = offers(&mut acd);
    ready(&mut acd, 11, 3);
    acd.handle(at(12), Input::GiveBack { offer: made[0].id, end: OfferEnd::Lost });
    assert_eq!((offers(&mut acd), acd.position(contact(7))), (vec![], None), "it still rings at the other");
    acd.tick(at(30));
    assert_eq!(offers(&mut acd).remove(0).user, agent(3));
}

#[test]
fn the_estimate_follows_the_pace_of_the_queue() {
    let mut acd = acd(vec![rules(1, 0, &[])], vec![serves(1, &[1], &[])]);
    assert_eq!(acd.estimated_wait(at(0), queue(1), 1), None);
    for n in 0..10 {
        enqueue(&mut acd, 0, 50 + n, 1);
    }
    for n in 0..5 {
        let now = 100 * n;
        ready(&mut acd, now, 1);
        let offer = offers(&mut acd).remove(0);
        acd.handle(at(now), Input::Accept(offer.id));
    }
    assert_eq!(acd.estimated_wait(at(401), queue(1), 3), Some(Millis::from_secs(300)));
}

#[derive(Clone, Debug)]
enum Happening {
    Ready(u128),
    Away(u128, bool),
    Comes(Option<u128>),
    Leaves(u128),
    Accepts(usize),
    Loses(usize),
    Passes(i64),
}

fn happening() -> impl proptest::strategy::Strategy<Value = Happening> {
    prop_oneof![
        3 => (1..6u128).prop_map(Happening::Ready),
        1 => (1..6u128, any::<bool>()).prop_map(|(n, off)| Happening::Away(n, off)),
        3 => proptest::option::of(1..7u128).prop_map(Happening::Comes),
        1 => (0..20u128).prop_map(Happening::Leaves),
        3 => (0..6usize).prop_map(Happening::Accepts),
        1 => (0..6usize).prop_map(Happening::Loses),
        2 => (1..40i64).prop_map(Happening::Passes),
    ]
}

/// Books of every offer: who rings for what, and that of each contact's at most one is ever accepted.
#[derive(Default)]
struct Books {
    ringing: Vec<Offer>,
    accepted: BTreeSet<ContactId>,
}

impl Books {
    fn read(&mut self, acd: &mut Acd, away: &mut BTreeSet<UserId>) {
        let mut taken = BTreeSet::new();
        let mut won = BTreeSet::new();
        while let Some(output) = acd.poll() {
            match output {
                Output::Offered(offer) => {
                    assert!(!self.accepted.contains(&offer.contact), "offered after it was accepted");
                    assert!(self.ringing.iter().all(|ring| ring.user != offer.user), "two offers at one desk");
                    away.insert(offer.user);
                    self.ringing.push(offer);
                }
                Output::OfferEnded { offer, end } => {
                    let known = self.ringing.iter().position(|ring| ring.id == offer.id);
                    self.ringing.remove(known.expect("an offer ends once"));
                    match end {
                        OfferEnd::Accepted => {
                            assert!(self.accepted.insert(offer.contact), "two agents have it");
                            won.insert(offer.contact);
                        }
                        OfferEnd::Taken => {
                            taken.insert(offer.contact);
                        }
                        OfferEnd::TimedOut | OfferEnd::Withdrawn | OfferEnd::Lost | OfferEnd::Interrupted => {}
                    }
                }
                Output::Homeless(contact) => panic!("{contact} has no queue"),
            }
        }
        assert!(taken.is_subset(&won), "taken by nobody");
        let rings = |contact: &ContactId| self.ringing.iter().any(|ring| ring.contact == *contact);
        assert!(!self.accepted.iter().any(rings), "it rings on elsewhere");
    }
}

proptest! {
    #[test]
    fn whatever_happens_exactly_one_wins(ring in 1..5u8, happenings in proptest::collection::vec(happening(), 1..120)) {
        let members = vec![Member { user: agent(2), delay: Millis::from_secs(15) }];
        let rules = QueueRules { ring, members, strategy: Strategy::RoundRobin, ..relaxing() };
        let levels = [9, 8, 5, 2, 7];
        let mut acd = acd(vec![rules], (1..).zip(levels).map(|(n, level)| serves(n, &[1], &[(1, level)])).collect());
        let (mut books, mut away, mut now, mut contacts) = (Books::default(), BTreeSet::new(), 0, 0);
        for happening in happenings {
            let load = Load::default();
            match happening {
                Happening::Ready(n) if books.ringing.iter().all(|offer| offer.user != agent(n)) => {
                    away.remove(&agent(n));
                    acd.handle(at(now), Input::Agent { user: agent(n), availability: Availability::Ready(at(now)), load });
                }
                Happening::Away(n, off) if books.ringing.iter().all(|offer| offer.user != agent(n)) => {
                    away.insert(agent(n));
                    let reason = if off { PassedOverReason::Offline } else { PassedOverReason::Busy };
                    acd.handle(at(now), Input::Agent { user: agent(n), availability: Availability::Not(reason), load });
                }
                Happening::Ready(_) | Happening::Away(..) => {}
                Happening::Comes(prefers) => {
                    contacts += 1;
                    let prefers = prefers.map(|n| Preference { user: agent(n), patience: Millis::from_secs(25) });
                    acd.handle(at(now), Input::Enqueue { contact: contact(contacts), queue: queue(1), bonus: 0, prefers, since: None });
                }
                Happening::Leaves(n) => acd.handle(at(now), Input::Leave(contact(n))),
                Happening::Accepts(n) => {
                    if let Some(id) = books.ringing.get(n).map(|offer| offer.id) {
                        acd.handle(at(now), Input::Accept(id));
                    }
                }
                Happening::Loses(n) => {
                    if let Some(id) = books.ringing.get(n).map(|offer| offer.id) {
                        acd.handle(at(now), Input::GiveBack { offer: id, end: OfferEnd::Lost });
                    }
                }
                Happening::Passes(seconds) => {
                    // Woken at every moment that it asked for.
                    let until = at(now + seconds);
                    while let Some(due) = acd.deadline().filter(|due| *due <= until) {
                        acd.tick(due);
                        books.read(&mut acd, &mut away);
                    }
                    now += seconds;
                }
            }
            books.read(&mut acd, &mut away);
        }
        for offer in std::mem::take(&mut books.ringing) {
            acd.handle(at(now), Input::Leave(offer.contact));
        }
        while acd.poll().is_some() {}
        let text = serde_json::to_string(&acd).unwrap();
        prop_assert_eq!(serde_json::from_str::<Acd>(&text).unwrap(), acd);
    }
}
