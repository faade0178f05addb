//! Yes-or-no questions of a walk.

use super::Run;
use crate::flow::decimal;
use crate::flow::model::{Compare, Test};
use crate::flow::vars::VarName;
use crate::flow::world::World;
use crate::time::Timestamp;
use std::cmp::Ordering;

impl Run {
    pub(super) fn holds(&self, now: Timestamp, test: &Test, world: &dyn World) -> bool {
        match test {
            Test::Variable { name, is, to } => compares(self.text(name), *is, &to.fill(&self.texts)),
            Test::Caller { begins } => {
                let caller = self.known("caller");
                !caller.is_empty() && begins.iter().any(|beginning| caller.starts_with(beginning.as_str()))
            }
            Test::Withheld => self.known("caller").is_empty(),
            Test::Called { number } => self.known("called") == number.as_str(),
            Test::Vip => world.vip(),
            Test::Listed => world.listed(now),
            Test::Queue { queue, measure, at_least } => world.measure(now, *queue, *measure) >= *at_least,
        }
    }

    /// A masked variable has no value here.
    fn text(&self, name: &VarName) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    fn known(&self, name: &str) -> &str {
        self.texts.iter().find(|(known, _)| known.as_str() == name).map_or("", |(_, value)| value.as_str())
    }
}

fn compares(value: &str, is: Compare, to: &str) -> bool {
    match is {
        Compare::Equal => decimal::compare(value, to) == Ordering::Equal,
        Compare::Less => decimal::compare(value, to) == Ordering::Less,
        Compare::More => decimal::compare(value, to) == Ordering::Greater,
        Compare::Begins => value.starts_with(to),
        Compare::Contains => value.contains(to),
        Compare::Empty => value.is_empty(),
    }
}
