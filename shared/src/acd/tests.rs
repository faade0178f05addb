//! Who gets whom, one rule a test.

use super::*;
use crate::ids::SkillId;
use crate::wire::desk::PassedOver;
use crate::wire::routing::Strategy;

pub(super) const S: i64 = 1000;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * S)
}

pub(super) fn queue(n: u128) -> QueueId {
    QueueId::from_u128(n)
}

pub(super) fn agent(n: u128) -> UserId {
    UserId::from_u128(n)
}

pub(super) fn contact(n: u128) -> ContactId {
    ContactId::from_u128(n)
}

pub(super) fn rules(n: u128, priority: u8, skills: &[(u128, u8)]) -> QueueRules {
    let skills = skills.iter().map(|(skill, level)| (SkillId::from_u128(*skill), *level)).collect();
    QueueRules {
        queue: queue(n),
        skills,
        priority,
        offer_timeout: Millis::from_secs(20),
        strategy: Strategy::LongestIdle,
        ring: 1,
        steps: vec![],
        members: vec![],
    }
}

pub(super) fn serves(n: u128, queues: &[u128], skills: &[(u128, u8)]) -> AgentRules {
    AgentRules {
        user: agent(n),
        name: format!("agent {n}"),
        skills: skills.iter().map(|(skill, level)| (SkillId::from_u128(*skill), *level)).collect(),
        queues: queues.iter().map(|n| queue(*n)).collect(),
    }
}

pub(super) fn acd(queues: Vec<QueueRules>, agents: Vec<AgentRules>) -> Acd {
    let mut acd = Acd::new(IdSource::new(1));
    acd.handle(at(0), Input::Rules { queues, agents });
    acd
}

pub(super) fn ready(acd: &mut Acd, now: i64, n: u128) {
    acd.handle(
        at(now),
        Input::Agent { user: agent(n), availability: Availability::Ready(at(now)), load: Load::default() },
    );
}

pub(super) fn enqueue(acd: &mut Acd, now: i64, n: u128, q: u128) {
    acd.handle(at(now), Input::Enqueue { contact: contact(n), queue: queue(q), bonus: 0, prefers: None, since: None });
}

pub(super) fn offers(acd: &mut Acd) -> Vec<Offer> {
    std::iter::from_fn(|| acd.poll())
        .filter_map(|output| match output {
            Output::Offered(offer) => Some(offer),
            Output::OfferEnded { .. } | Output::Homeless(_) => None,
        })
        .collect()
}

#[test]
fn the_longest_idle_agent_gets_the_contact_and_the_explanation_names_the_others() {
    let mut acd = acd(vec![rules(1, 0, &[])], (1..=4).map(|n| serves(n, &[1], &[])).collect());
    ready(&mut acd, 5, 2);
    ready(&mut acd, 3, 1);
    ready(&mut acd, 9, 3);
    enqueue(&mut acd, 10, 7, 1);
    let made = offers(&mut acd);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].user, agent(1));
    let best: Vec<_> = made[0].why.best.iter().map(|c| (c.user, c.idle)).collect();
    assert_eq!(
        best,
        [(agent(1), Millis(7 * S)), (agent(2), Millis(5 * S)), (agent(3), Millis(S))],
        "ranked by idle time"
    );
    assert_eq!(made[0].why.passed_over, [PassedOver { reason: PassedOverReason::Offline, count: 1 }]);
}

#[test]
fn a_missing_or_too_low_skill_passes_an_agent_over() {
    let mut acd = acd(
        vec![rules(1, 0, &[(1, 5)])],
        vec![serves(1, &[1], &[]), serves(2, &[1], &[(1, 4)]), serves(3, &[1], &[(1, 5)])],
    );
    for n in 1..=3 {
        ready(&mut acd, i64::try_from(n).unwrap(), n);
    }
    enqueue(&mut acd, 10, 7, 1);
    let made = offers(&mut acd);
    assert_eq!(made[0].user, agent(3));
    assert_eq!(made[0].why.best[0].level, 5);
    assert_eq!(made[0].why.passed_over, [PassedOver { reason: PassedOverReason::Skill, count: 2 }]);
}

#[test]
fn an_offer_that_rings_out_goes_back_to_the_head_and_to_the_next_agent() {
    let mut acd = acd(vec![rules(1, 0, &[])], vec![serves(1, &[1], &[]), serves(2, &[1], &[])]);
    ready(&mut acd, 0, 1);
    enqueue(&mut acd, 1, 7, 1);
    enqueue(&mut acd, 2, 8, 1);
    assert_eq!(offers(&mut acd)[0].contact, contact(7));
    assert_eq!(acd.position(contact(8)), Some(1));
    assert_eq!(acd.deadline(), Some(at(21)));
    acd.tick(at(21));
    assert_eq!(acd.position(contact(7)), Some(1), "back at the head");
    ready(&mut acd, 22, 2);
    let made = offers(&mut acd);
    assert_eq!((made[0].contact, made[0].user), (contact(7), agent(2)));
    assert_eq!(made[0].waited, Millis(21 * S));
}

#[test]
fn a_level_of_priority_is_worth_a_minute() {
    let mut acd = acd(vec![rules(1, 0, &[]), rules(2, 1, &[])], vec![serves(1, &[1, 2], &[])]);
    enqueue(&mut acd, 0, 1, 1);
    enqueue(&mut acd, 59, 2, 2);
    ready(&mut acd, 70, 1);
    assert_eq!(offers(&mut acd)[0].contact, contact(2), "59 s later, but a priority higher");
    acd.handle(at(71), Input::Leave(contact(2)));
    enqueue(&mut acd, 71, 3, 2);
    ready(&mut acd, 72, 1);
    assert_eq!(offers(&mut acd)[0].contact, contact(1), "71 s later: ageing wins");
}

#[test]
fn a_contact_that_is_raised_moves_ahead_by_its_levels_and_only_once() {
    let mut acd = acd(vec![rules(1, 0, &[])], vec![serves(1, &[1], &[])]);
    for (at, n) in [(0, 1), (30, 2), (100, 3)] {
        enqueue(&mut acd, at, n, 1);
    }
    for n in [3, 2, 2] {
        acd.handle(at(101), Input::Raise { contact: contact(n), bonus: 1 });
    }
    let places = [1, 2, 3].map(|n| acd.position(contact(n)));
    assert_eq!(places, [Some(2), Some(1), Some(3)], "60 s ahead: before 1, and not before 1 for who came 100 s later");
    ready(&mut acd, 102, 1);
    let offer = offers(&mut acd).remove(0);
    assert_eq!(offer.contact, contact(2));
    acd.handle(at(103), Input::Raise { contact: contact(2), bonus: 5 });
    acd.tick(offer.until);
    assert_eq!(acd.position(contact(2)), Some(1), "raised while it rang, it is back in its line once");
    assert_eq!(acd.waiting(queue(1)), 3);
}

#[test]
fn a_contact_that_leaves_while_it_rings_withdraws_the_offer_once() {
    let mut acd = acd(vec![rules(1, 0, &[])], vec![serves(1, &[1], &[])]);
    ready(&mut acd, 0, 1);
    enqueue(&mut acd, 1, 7, 1);
    let offer = offers(&mut acd).remove(0);
    acd.handle(at(2), Input::Leave(contact(7)));
    acd.handle(at(2), Input::Accept(offer.id));
    acd.tick(at(100));
    let ends: Vec<_> = std::iter::from_fn(|| acd.poll()).collect();
    assert_eq!(ends, [Output::OfferEnded { offer, end: OfferEnd::Withdrawn }]);
}

#[test]
fn a_queue_that_is_removed_leaves_its_contacts_to_the_floor() {
    let mut acd = acd(vec![rules(1, 0, &[])], vec![]);
    enqueue(&mut acd, 1, 7, 1);
    acd.handle(at(2), Input::Rules { queues: vec![], agents: vec![] });
    assert_eq!(acd.poll(), Some(Output::Homeless(contact(7))));
    assert_eq!(acd.poll(), None);
}

#[test]
fn new_rules_bring_waiting_and_idle_together_in_both_orders() {
    let mut acd = acd(vec![rules(1, 0, &[]), rules(2, 0, &[])], (1..=2).map(|n| serves(n, &[], &[])).collect());
    ready(&mut acd, 5, 1);
    ready(&mut acd, 3, 2);
    enqueue(&mut acd, 10, 7, 2);
    enqueue(&mut acd, 11, 8, 1);
    let (queues, agents) =
        (vec![rules(1, 0, &[]), rules(2, 0, &[])], (1..=2).map(|n| serves(n, &[1, 2], &[])).collect());
    acd.handle(at(20), Input::Rules { queues, agents });
    let made: Vec<_> = offers(&mut acd).into_iter().map(|offer| (offer.contact, offer.user)).collect();
    assert_eq!(made, [(contact(7), agent(2)), (contact(8), agent(1))], "longest waiting to longest idle");
}

#[test]
fn offers_that_ring_out_together_go_back_by_their_rank() {
    let mut acd = acd(
        vec![rules(1, 0, &[(1, 1)]), rules(2, 0, &[(1, 1)])],
        vec![serves(1, &[1], &[(1, 1)]), serves(2, &[2], &[(1, 1)]), serves(3, &[1, 2], &[])],
    );
    (1..=3).for_each(|n| ready(&mut acd, 0, n));
    enqueue(&mut acd, 1, 7, 2);
    enqueue(&mut acd, 2, 8, 1);
    assert_eq!(offers(&mut acd).len(), 2);
    let agents = vec![serves(1, &[1], &[(1, 1)]), serves(2, &[2], &[(1, 1)]), serves(3, &[1, 2], &[(1, 1)])];
    acd.handle(at(3), Input::Rules { queues: vec![rules(1, 0, &[(1, 1)]), rules(2, 0, &[(1, 1)])], agents });
    acd.tick(at(30));
    assert_eq!(offers(&mut acd).first().map(|offer| offer.contact), Some(contact(7)), "who came first");
}

#[test]
fn new_rules_keep_the_line_and_the_agents() {
    let mut acd = acd(vec![rules(1, 0, &[(1, 1)])], vec![serves(1, &[1], &[])]);
    ready(&mut acd, 0, 1);
    enqueue(&mut acd, 1, 7, 1);
    assert_eq!(offers(&mut acd), []);
    acd.handle(at(5), Input::Rules { queues: vec![rules(1, 0, &[])], agents: vec![serves(1, &[1], &[])] });
    assert_eq!(offers(&mut acd)[0].contact, contact(7), "the skill is no longer asked for");
}
