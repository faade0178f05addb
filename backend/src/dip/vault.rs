//! Masked digits, in memory alone: from the key press to the data dip that needs them, at most as long as the walk.
//!
//! The floor and its journal see [`MASKED_DIGIT`] in their place. Nothing here prints or serialises; what is taken out or
//! forgotten is overwritten. After a crash they are gone, and a dip that needs them fails.

use hark_shared::flow::VarName;
use hark_shared::ids::ContactId;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Digits of one input: as many as a flow may collect.
const MAX_DIGITS: usize = 32;
/// Inputs that are kept at once: more callers than one floor holds in flows. Beyond, further ones are not kept, and their
/// dips fail.
const MAX_INPUTS: usize = 20_000;

/// See the module.
#[derive(Default)]
pub struct Vault(BTreeMap<(ContactId, VarName), Zeroizing<Vec<u8>>>);

impl Vault {
    /// Keeps a digit as the one after the first `so_far`. What was kept beyond those is of an input that was given up.
    pub fn keep(&mut self, contact: ContactId, into: VarName, so_far: u8, digit: char) {
        let Some(digit) = u8::try_from(digit).ok().filter(u8::is_ascii_digit) else { return };
        let (key, so_far) = ((contact, into), usize::from(so_far));
        if so_far >= MAX_DIGITS || (self.0.len() >= MAX_INPUTS && !self.0.contains_key(&key)) {
            return;
        }
        // Room for all from the start: growing would leave a copy behind.
        let digits = self.0.entry(key).or_insert_with(|| Zeroizing::new(Vec::with_capacity(MAX_DIGITS)));
        while digits.len() > so_far {
            digits.pop();
        }
        digits.push(digit);
    }

    /// The digits of an input, if there are just so many.
    #[must_use]
    pub fn digits(&self, contact: ContactId, name: &VarName, wanted: u8) -> Option<Zeroizing<String>> {
        let digits = self.0.get(&(contact, name.clone()))?;
        let text = || digits.iter().map(|digit| char::from(*digit)).collect::<String>();
        (digits.len() == usize::from(wanted)).then(|| Zeroizing::new(text()))
    }

    /// Forgets what belongs to contacts that no longer need it.
    pub fn keep_only(&mut self, needs: impl Fn(ContactId) -> bool) {
        self.0.retain(|(contact, _), _| needs(*contact));
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_is_given_up_leaves_nothing_in_the_next() {
        let (mut vault, contact, pin) = (Vault::default(), ContactId::from_u128(1), VarName::new("pin").unwrap());
        let mut press = |keys: &str| {
            for (so_far, key) in (0..).zip(keys.chars()) {
                vault.keep(contact, pin.clone(), so_far, key);
            }
            vault.digits(contact, &pin, 4).map(|digits| digits.to_string())
        };
        assert_eq!(press("987"), None);
        assert_eq!(press("1234"), Some("1234".to_owned()));
        assert_eq!(press("12"), None);
        vault.keep_only(|_| false);
        assert!(vault.is_empty());
    }
}
