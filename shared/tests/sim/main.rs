//! Plays seeded days of a floor and checks, from the outside, what must hold whatever happens.
//!
//! The checkers keep books of their own from inputs and outputs; they never ask the engine. A failing seed is printed.
//! `HARK_SEEDS=0..1000` plays these days instead of the usual few, `HARK_TRACE=text` prints every step that names it.

mod callbacks;
mod desks;
mod figures;
mod line;
mod lists;
mod records;
mod rooms;
mod tasks;
mod visitors;

use hark_shared::floor::{Input, Output};
use hark_shared::sim::{Kind, Report, hash_of_a_day, play};
use hark_shared::time::Timestamp;
use std::collections::BTreeMap;

/// Days played; each takes a fraction of a second. Two of each kind.
const SEEDS: std::ops::Range<u64> = 0..2 * Kind::ALL.len() as u64;

/// Days that found a fault once: silence after a mute and after a hold, and the wrong one of two idle agents.
const FOUND: [(Kind, u64); 3] = [(Kind::Unsteady, 58), (Kind::Everything, 83), (Kind::Separated, 103)];

/// One input, `None` for a tick, and what came of it.
struct Step<'a> {
    now: Timestamp,
    input: Option<&'a Input>,
    outputs: &'a [Output],
}

#[derive(Default)]
struct Books {
    desks: desks::Desks,
    line: line::Line,
    rooms: rooms::Rooms,
    records: records::Records,
    visitors: visitors::Visitors,
    callbacks: callbacks::Callbacks,
    tasks: tasks::Tasks,
    lists: lists::Lists,
}

impl Books {
    fn of(kind: Kind) -> Self {
        let shared = kind == Kind::Shared;
        let mut books = Self::default();
        books.rooms.company = shared;
        // Its callers change queues, and places without callers stand in the lines: see `callbacks` for those.
        books.line.loose = kind == Kind::Overflowing;
        books.callbacks.alike = kind == Kind::Overflowing;
        books
    }

    fn see(&mut self, step: &Step) -> Result<(), String> {
        self.desks.see(step)?;
        self.line.see(step, &self.desks)?;
        self.rooms.see(step, &self.line.contact_of, &self.desks)?;
        // Whom a colleague asks by name is not in the books of the distribution.
        let distributed = self.desks.fresh.iter().filter(|(_, card)| !card.decline);
        self.records.see(step, distributed.map(|(_, card)| card.offer))?;
        self.callbacks.see(step, &self.desks)?;
        self.tasks.see(step, &self.desks)?;
        self.lists.see(step)?;
        self.visitors.see(step, &self.line)
    }

    /// At the end of the day nobody and nothing is forgotten.
    fn close(&self) -> Result<(), String> {
        self.line.close()?;
        self.rooms.close()?;
        self.records.close()?;
        self.callbacks.close()?;
        self.tasks.close()?;
        self.visitors.close()
    }
}

/// What whoever runs the tests by hand asks for.
#[allow(clippy::disallowed_methods)]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn trace(step: &Step, count: u64, text: &str) {
    let (now, input, outputs) = (step.now, step.input, step.outputs);
    let said = format!("{input:?}\n   {outputs:?}");
    if said.contains(text) {
        eprintln!("{count} {now:?} {said}");
    }
}

/// Plays a day under all eyes; the first fault ends it.
fn judge(kind: Kind, seed: u64) -> Result<Report, String> {
    let (plan, setup) = kind.day(seed);
    let text = asked("HARK_TRACE");
    let (mut books, mut fault, mut count) = (Books::of(kind), None, 0);
    let report = play(&plan, &setup, |now, input, outputs| {
        count += 1;
        if fault.is_none() {
            let step = Step { now, input, outputs };
            if let Some(text) = &text {
                trace(&step, count, text);
            }
            fault = books.see(&step).err().map(|why| format!("step {count}, {now:?}: {why}, after {input:?}"));
        }
    });
    let whole = fault.map_or_else(|| books.close(), Err);
    let whole = match kind {
        Kind::Overflowing if whole.is_ok() && books.callbacks.booked < 20 => Err("hardly a callback".to_owned()),
        Kind::Week if whole.is_ok() && (books.callbacks.booked < 50 || books.lists.blocked < 50) => {
            Err("hardly a callback, or hardly anybody blocked".to_owned())
        }
        Kind::Tasked if whole.is_ok() && books.tasks.done < 100 => Err("hardly a task was done".to_owned()),
        _ => whole,
    };
    whole.map_err(|why| format!("{kind:?}, seed {seed}: {why}"))?;
    Ok(report)
}

#[test]
fn whatever_happens_the_invariants_hold() {
    let asked = asked("HARK_SEEDS");
    let asked = asked.as_deref().and_then(|text| text.split_once(".."));
    let of = |seed| (Kind::of(seed), seed);
    let days: Vec<(Kind, u64)> = match asked {
        Some((from, to)) => (from.parse().unwrap()..to.parse().unwrap()).map(of).collect(),
        None => SEEDS.map(of).chain(FOUND).collect(),
    };
    let mut faults: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (kind, seed) in days {
        match judge(kind, seed) {
            Ok(report) => assert!(report.outcomes.len() >= 2, "seed {seed}: a day with waits and losses: {report:?}"),
            Err(why) => faults.entry(format!("{kind:?}")).or_default().push(why),
        }
    }
    for (kind, faults) in &faults {
        eprintln!("{kind}: {} days failed; the first:\n  {}", faults.len(), faults[0]);
    }
    assert!(faults.is_empty());
}

#[test]
fn one_seed_is_one_day() {
    assert_eq!(hash_of_a_day(7), hash_of_a_day(7));
    assert_ne!(hash_of_a_day(7), hash_of_a_day(8));
}
