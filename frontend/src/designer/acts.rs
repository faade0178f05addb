//! What a test's caller does, and a path, as people write them: an input a line, numbers with spaces between.

use hark_shared::flow::model::NodeId;
use hark_shared::flow::{Exit, Key};
use hark_shared::wire::flows::Act;

/// Stands for silence.
const SILENCE: &str = "-";
/// Before the way out by which a transfer fails.
const FAILS: char = '!';

/// As lines.
pub fn write(acts: &[Act]) -> String {
    acts.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// In one line, to be looked at.
pub fn line(acts: &[Act]) -> String {
    acts.iter().map(one).collect::<Vec<_>>().join(" · ")
}

fn one(act: &Act) -> String {
    match act {
        Act::Press(keys) => keys.iter().map(|key| key.char()).collect(),
        Act::Wait => SILENCE.to_owned(),
        Act::Fail(exit) => format!("{FAILS}{exit}"),
    }
}

/// Reads lines; `Err` is the number of the first that cannot be read, from 1.
pub fn read(text: &str) -> Result<Vec<Act>, usize> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty());
    lines.map(|(at, line)| act(line).ok_or(at)).collect()
}

fn act(line: &str) -> Option<Act> {
    if line == SILENCE {
        return Some(Act::Wait);
    }
    match line.strip_prefix(FAILS) {
        Some(exit) => Exit::try_from(exit.trim().to_owned()).ok().map(Act::Fail),
        None => line.chars().filter(|c| !c.is_whitespace()).map(Key::new).collect::<Option<Vec<_>>>().map(Act::Press),
    }
}

/// A path.
pub fn write_path(path: &[NodeId]) -> String {
    path.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Reads a path.
pub fn read_path(text: &str) -> Option<Vec<NodeId>> {
    text.split([' ', ',', '\n']).filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn what_is_written_is_read() {
        let acts = vec![Act::Press(vec![Key::ALL[0], Key::ALL[11]]), Act::Wait, Act::Fail(Exit::NoAnswer)];
        assert_eq!(write(&acts), "1#\n-\n!no_answer");
        assert_eq!(read(&write(&acts)), Ok(acts));
        assert_eq!(read("1\n\nA"), Err(3));
        assert_eq!(read("!sideways"), Err(1));
        assert_eq!(read_path("1 2, 3"), Some(vec![1, 2, 3]));
        assert_eq!(read_path("1 x"), None);
    }
}
