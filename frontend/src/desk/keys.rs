//! Which key does what. Function keys work everywhere; the space bar answers only where it does nothing else. No plain
//! letter or Enter is ever a command, and nothing is while an input method composes: those keys choose characters.

/// A pressed key, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub struct Press<'a> {
    /// `KeyboardEvent.key`.
    pub key: &'a str,
    /// Control or Command is held.
    pub control: bool,
    /// Alt is held.
    pub alt: bool,
    /// Held down long enough to repeat.
    pub repeat: bool,
    /// An input method composes.
    pub composing: bool,
    /// The focus is on something that takes keys itself: a field, a button, a link.
    pub focused: bool,
}

/// What a key asks for; whether it can be done now is the desk's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAction {
    /// Answer what rings.
    Answer,
    /// Hold or resume.
    Hold,
    /// Mute or unmute.
    Mute,
    /// Hang up.
    HangUp,
    /// Ready, or a break.
    Ready,
    /// Finish wrap-up.
    Finish,
}

/// The key's label on a control.
pub const fn label(action: KeyAction) -> &'static str {
    match action {
        KeyAction::Answer => "F2",
        KeyAction::Hold => "F4",
        KeyAction::Mute => "F8",
        KeyAction::HangUp => "F9",
        KeyAction::Ready => "F10",
        KeyAction::Finish => "Ctrl ⏎",
    }
}

/// What `press` asks for.
pub fn action(press: Press<'_>) -> Option<KeyAction> {
    if press.composing || press.repeat || press.alt {
        return None;
    }
    match (press.key, press.control) {
        ("Enter", true) => Some(KeyAction::Finish),
        (_, true) => None,
        ("F2", false) => Some(KeyAction::Answer),
        ("F4", false) => Some(KeyAction::Hold),
        ("F8", false) => Some(KeyAction::Mute),
        ("F9", false) => Some(KeyAction::HangUp),
        ("F10", false) => Some(KeyAction::Ready),
        (" ", false) if !press.focused => Some(KeyAction::Answer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const F2: Press<'static> =
        Press { key: "F2", control: false, alt: false, repeat: false, composing: false, focused: true };

    #[test]
    fn an_input_method_never_answers() {
        assert_eq!(action(F2), Some(KeyAction::Answer));
        assert_eq!(action(Press { composing: true, ..F2 }), None);
        assert_eq!(action(Press { key: " ", composing: true, focused: false, ..F2 }), None);
    }

    #[test]
    fn typing_is_no_command() {
        for key in [" ", "Enter", "a", "1"] {
            assert_eq!(action(Press { key, ..F2 }), None, "{key}");
        }
        assert_eq!(action(Press { key: " ", focused: false, ..F2 }), Some(KeyAction::Answer));
    }

    #[test]
    fn a_key_held_down_acts_once() {
        assert_eq!(action(Press { repeat: true, key: "F9", ..F2 }), None);
    }

    #[test]
    fn the_browsers_own_keys_stay_the_browsers() {
        assert_eq!(action(Press { key: "F4", alt: true, ..F2 }), None);
        assert_eq!(action(Press { key: "F4", control: true, ..F2 }), None);
        assert_eq!(action(Press { key: "Enter", control: true, ..F2 }), Some(KeyAction::Finish));
    }
}
