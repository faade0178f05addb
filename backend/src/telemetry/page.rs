//! Gauges that are asked for when somebody looks, written as Prometheus reads them (text format 0.0.4).

use std::fmt::Write;

/// A page under construction.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// One figure with all its samples: labels and value. Without samples it is left out.
    pub fn gauge<'a>(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = (Labels<'a>, f64)>) {
        self.family(name, help, "gauge", samples);
    }

    /// The same for a count that something else keeps.
    pub fn counter<'a>(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = (Labels<'a>, f64)>) {
        self.family(name, help, "counter", samples);
    }

    fn family<'a>(&mut self, name: &str, help: &str, kind: &str, samples: impl IntoIterator<Item = (Labels<'a>, f64)>) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let labels: Vec<String> = labels.iter().map(|(key, text)| format!("{key}=\"{}\"", escaped(text))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }

    /// The finished text.
    #[must_use]
    pub fn text(self) -> String {
        self.0
    }
}

/// Labels of a sample: names and values.
pub type Labels<'a> = Vec<(&'static str, &'a str)>;

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_break_out_of_its_quotes() {
        let mut page = Page::default();
        page.gauge("hark_queue_waiting", "Waiting.", [(vec![("queue", "a\"b\\c\nd")], 3.0)]);
        page.gauge("hark_nothing", "Nobody.", []);
        page.counter("hark_up", "Up.", [(vec![], 0.5)]);
        assert_eq!(
            page.text(),
            "# HELP hark_queue_waiting Waiting.\n# TYPE hark_queue_waiting gauge\n\
             hark_queue_waiting{queue=\"a\\\"b\\\\c\\nd\"} 3\n# HELP hark_up Up.\n# TYPE hark_up counter\nhark_up 0.5\n"
        );
    }
}
