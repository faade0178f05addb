//! A day's hours as people write them: `09:00-12:00, 13:30-18:00`; nothing is closed.

use hark_shared::hours::{Interval, Minute};
use hark_shared::wire::WireError;

/// Writes hours.
pub fn write(open: &[Interval]) -> String {
    open.iter().map(|it| format!("{}-{}", it.from, it.to)).collect::<Vec<_>>().join(", ")
}

/// Reads hours; a leading zero may be missing, and dashes and commas may be Chinese ones.
pub fn read(text: &str) -> Result<Vec<Interval>, WireError> {
    let wrong = |part: &str| WireError::new("invalid.hours").with("text", part);
    text.split([',', '，', '、', ';', '；'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (from, to) = part.split_once(['-', '–', '—', '~', '～']).ok_or_else(|| wrong(part))?;
            let read = |text: &str| minute(text).ok_or_else(|| wrong(part));
            Ok(Interval { from: read(from)?, to: read(to)? })
        })
        .collect()
}

fn minute(text: &str) -> Option<Minute> {
    let text = text.trim().replace('：', ":");
    let full = if text.find(':') == Some(1) { format!("0{text}") } else { text };
    Minute::parse(&full).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn hours_are_read_as_people_write_them() {
        let both = read("9:00-12:00，13：30—24:00").unwrap();
        assert_eq!(write(&both), "09:00-12:00, 13:30-24:00");
        assert_eq!(read(" "), Ok(vec![]));
        for bad in ["9", "9-12", "09:00-25:00", "09:00 12:00"] {
            let error = read(bad).unwrap_err();
            assert_eq!((error.key.as_str(), error.values["text"].as_str()), ("invalid.hours", bad));
        }
    }
}
