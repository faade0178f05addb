//! Checks of what a queue does with those who wait. That queues it leads to exist is asked by the store, with the change.

use crate::api::{ApiError, check};
use hark_shared::time::Millis;
use hark_shared::wire::waiting::{MOST_COMFORTS, MOST_KEYS, MOST_RULES, Waiting, When};

/// The longest wait that a rule may name, in seconds: two hours.
const LONGEST: i64 = 7200;

pub(super) fn check(waiting: &Waiting) -> Result<(), ApiError> {
    most("comfort", waiting.comfort.len(), MOST_COMFORTS)?;
    for message in &waiting.comfort {
        check::text("comfort", message, check::NAME)?;
    }
    waiting.comfort_every.map_or(Ok(()), |every| check::seconds("comfort_every", every, 10..=600))?;
    most("keys", waiting.keys.len(), MOST_KEYS)?;
    check::once("keys", waiting.keys.iter().map(|key| key.key))?;
    for key in &waiting.keys {
        check::optional("key_prompt", key.say.as_deref(), check::NAME)?;
    }
    most("overflow", waiting.overflow.len(), MOST_RULES)?;
    for rule in &waiting.overflow {
        match rule.when {
            When::Waited { after } => check::seconds("overflow_after", after, 5..=LONGEST)?,
            When::Length { at_least } => check::range("overflow_length", at_least, 1..=1000)?,
            When::Estimate { at_least } => check::seconds("overflow_estimate", at_least, 10..=LONGEST)?,
            When::Unstaffed => {}
        }
    }
    let rules = &waiting.callback;
    check::seconds("callback_ring", rules.ring, 10..=120)?;
    check::range("callback_tries", rules.tries, 1..=10)?;
    check::seconds("callback_interval", rules.interval, 60..=86_400)?;
    check::seconds("callback_expires", rules.expires, 3600..=7 * 86_400)?;
    if rules.expires < rules.interval + Millis::from_secs(60) {
        return Err(ApiError::Invalid(check::invalid("invalid.not_later", "callback_expires")));
    }
    Ok(())
}

fn most(field: &str, length: usize, max: usize) -> Result<(), ApiError> {
    if length <= max {
        return Ok(());
    }
    Err(ApiError::Invalid(check::invalid("invalid.too_many", field).with("max", max)))
}
