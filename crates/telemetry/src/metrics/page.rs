//! Prometheus' text format.

use std::fmt::{Display, Write};

/// A page under way.
#[derive(Debug, Default)]
pub struct Page(String);

/// Labels as they stand on the page, for a subject with many samples.
#[derive(Debug, Default)]
pub(super) struct Written(String);

impl Written {
    pub fn new<'l>(labels: impl Iterator<Item = (&'l str, &'l str)>) -> Self {
        let mut text = String::new();
        labels.for_each(|(label, value)| write_label(&mut text, label, value));
        Self(text)
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Page {
    /// Begins a family. `kind`: `counter`, `gauge` or `histogram`.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// One sample of the family.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.sample_of(name, &Written::default(), labels, value);
    }

    /// One sample with more labels than the subject's.
    pub(super) fn sample_of(&mut self, name: &str, subject: &Written, more: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        if !subject.0.is_empty() || !more.is_empty() {
            self.0.push('{');
            self.0.push_str(&subject.0);
            more.iter().for_each(|(label, value)| write_label(&mut self.0, label, value));
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    /// A family of one sample.
    pub fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Behind others, if `text` ends with one.
fn write_label(text: &mut String, label: &str, value: &str) {
    if text.ends_with('"') {
        text.push(',');
    }
    text.push_str(label);
    text.push_str("=\"");
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
    text.push('"');
}
