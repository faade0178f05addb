//! From lines of figures to the table, and the table's place in a page.

use super::host::Host;
use super::rows::Row;
use anyhow::{Context, ensure};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Between these lines of the page the table stands.
const BEGIN: &str = "<!-- bench: begin, written by `cargo xtask bench --write` -->";
const END: &str = "<!-- bench: end -->";

/// Every run's value, by the figure's name.
pub type Measured = BTreeMap<String, Vec<f64>>;

/// Reads `figure = value unit`; `None` when the line is another.
pub fn read(line: &str) -> Option<(&str, f64)> {
    let (figure, rest) = line.split_once(" = ")?;
    let value = rest.split_whitespace().next()?.parse().ok()?;
    (!figure.contains(char::is_whitespace)).then_some((figure, value))
}

/// The middle value, or the mean of the two in the middle.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// Three digits that count.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

/// The table in Markdown, with the machine below it.
pub fn render(rows: &[&Row], figures: &Measured, host: &Host, dev: bool) -> String {
    let mut text = String::from("| figure | target | measured | runs |\n| --- | --- | --- | --- |\n");
    for row in rows {
        let values = figures.get(row.figure).map_or(&[][..], Vec::as_slice);
        let target = row.target.map(|target| format!("≤ {target} {}", row.unit)).unwrap_or_default();
        let measured = match (median(values), row.target) {
            (None, _) => "not measured".to_owned(),
            (Some(value), Some(target)) if value > target => format!("**{} {}**", short(value), row.unit),
            (Some(value), _) => format!("{} {}", short(value), row.unit),
        };
        let runs = match values {
            [] | [_] => String::new(),
            _ => {
                let low = values.iter().copied().fold(f64::INFINITY, f64::min);
                let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                format!("{} to {}, {} runs", short(low), short(high), values.len())
            }
        };
        // Writing into a string cannot fail.
        let _ =
            writeln!(text, "| {} (`{}`) | {} | {} | {runs} |", row.text, row.figure, target.trim(), measured.trim());
    }
    let build = if dev { "**a development build: no figure of it counts**" } else { "release build" };
    let _ = write!(text, "\nMedian of the runs; bold misses its target. Measured with {build} on {}.", host.line());
    text
}

/// The page with the table in its place.
///
/// # Errors
/// When the page has no such place.
pub fn put(page: &str, table: &str) -> anyhow::Result<String> {
    let (before, rest) = page.split_once(BEGIN).with_context(|| format!("the page lacks the line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("the page lacks the line {END}"))?;
    ensure!(!table.contains(END), "the table holds the line that ends it");
    Ok(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_figures_are_read() {
        assert_eq!(read("queue.offer_p50_ms = 1.2500 ms"), Some(("queue.offer_p50_ms", 1.25)));
        assert_eq!(read("soak.growth_percent = -3.1 %"), Some(("soak.growth_percent", -3.1)));
        assert_eq!(read("the answer = 42"), None);
        assert_eq!(read("x = y"), None);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn three_digits_count() {
        assert_eq!([0.0, 1.234, 12.34, 123.4, -2.5].map(short), ["0", "1.23", "12.3", "123", "-2.50"]);
    }

    #[test]
    fn the_table_replaces_the_one_before() {
        let page = format!("# Title\n\n{BEGIN}\nold\n{END}\n\nwords\n");
        let once = put(&page, "new").unwrap();
        assert_eq!(once, format!("# Title\n\n{BEGIN}\nnew\n{END}\n\nwords\n"));
        assert_eq!(put(&once, "new").unwrap(), once);
        assert!(put("# Title", "new").is_err());
    }
}
