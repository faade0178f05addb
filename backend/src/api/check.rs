//! Checks of values in bodies. The error's key says what is wrong; its values name the field and what is allowed.

use super::ApiError;
use crate::auth::{PASSWORD_MAX, PASSWORD_MIN};
use hark_shared::time::Millis;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::SkillLevel;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// The longest name of anything, in characters: what a table's column still shows.
pub(super) const NAME: usize = 100;
/// The longest free line, in characters.
pub(super) const LINE: usize = 500;
/// The most entries in any list of a body: far above real use, and its rows still fit one transaction.
pub(super) const LIST: usize = 200;

/// A field has this fault.
pub(super) fn invalid(key: &str, field: &str) -> WireError {
    WireError::new(key).with("field", field)
}

/// Text that is not blank and not longer than `max` characters.
pub(super) fn text(field: &str, value: &str, max: usize) -> Result<(), ApiError> {
    if value.trim().is_empty() {
        return Err(ApiError::Invalid(invalid("invalid.empty", field)));
    }
    at_most(field, value, max)
}

/// Text, if there is any, as [`text`].
pub(super) fn optional(field: &str, value: Option<&str>, max: usize) -> Result<(), ApiError> {
    value.map_or(Ok(()), |value| text(field, value, max))
}

/// Text that may be empty but not longer than `max` characters.
pub(super) fn at_most(field: &str, value: &str, max: usize) -> Result<(), ApiError> {
    if value.chars().count() <= max {
        return Ok(());
    }
    Err(ApiError::Invalid(invalid("invalid.too_long", field).with("max", max)))
}

/// A number within its bounds.
pub(super) fn range<T: PartialOrd + Display>(field: &str, value: T, bounds: RangeInclusive<T>) -> Result<(), ApiError> {
    if bounds.contains(&value) {
        return Ok(());
    }
    let (min, max) = bounds.into_inner();
    Err(ApiError::Invalid(invalid("invalid.range", field).with("min", min).with("max", max)))
}

/// A time within its bounds, which are told in seconds.
pub(super) fn seconds(field: &str, value: Millis, bounds: RangeInclusive<i64>) -> Result<(), ApiError> {
    let (min, max) = (*bounds.start(), *bounds.end());
    if (min * 1000..=max * 1000).contains(&value.0) {
        return Ok(());
    }
    Err(ApiError::Invalid(invalid("invalid.seconds", field).with("min", min).with("max", max)))
}

/// A list that is not too long and names nothing twice.
pub(super) fn distinct<T: Ord>(field: &str, values: impl IntoIterator<Item = T>) -> Result<(), ApiError> {
    let values: Vec<T> = values.into_iter().collect();
    if values.len() > LIST {
        return Err(ApiError::Invalid(invalid("invalid.too_many", field).with("max", LIST)));
    }
    once(field, values)
}

/// A list that names nothing twice; its caller has limited its length.
pub(super) fn once<T: Ord>(field: &str, values: impl IntoIterator<Item = T>) -> Result<(), ApiError> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort();
    if values.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(ApiError::Invalid(invalid("invalid.twice", field)));
    }
    Ok(())
}

/// A short name that people type: lower-case letters, digits and `extra`; begins with a letter or a digit.
pub(super) fn short_name(field: &str, value: &str, extra: &str) -> Result<(), ApiError> {
    text(field, value, crate::auth::LOGIN_MAX)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if value.starts_with(plain) && value.chars().all(|c| plain(c) || extra.contains(c)) {
        return Ok(());
    }
    Err(ApiError::Invalid(invalid("invalid.short_name", field).with("extra", extra)))
}

/// The password policy: long enough, not absurdly long, and not the sign-in name.
pub(super) fn password(value: &str, login: &str) -> Result<(), ApiError> {
    if value.chars().count() < PASSWORD_MIN {
        return Err(ApiError::Invalid(invalid("invalid.too_short", "password").with("min", PASSWORD_MIN)));
    }
    if value.len() > PASSWORD_MAX {
        return Err(ApiError::Invalid(invalid("invalid.too_long", "password").with("max", PASSWORD_MAX)));
    }
    if value.to_lowercase() == login {
        return Err(ApiError::Invalid(invalid("invalid.is_login", "password")));
    }
    Ok(())
}

/// Skills that are named once each, with levels from 1 to 9.
pub(super) fn skills(skills: &[SkillLevel]) -> Result<(), ApiError> {
    distinct("skills", skills.iter().map(|skill| skill.skill))?;
    skills.iter().try_for_each(|skill| range("level", skill.level, 1..=9))
}
