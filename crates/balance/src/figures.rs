//! What a circuit breaker's condition asks about: ratios and latencies of recent answers.

use crate::latencies::Latencies;
use crate::window::Window;
use pointsman_plan::{Condition, Figure, Operator};
use std::ops::Range;
use std::time::Duration;

/// What of the answers a condition needs to know, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    total: Window,
    failed: Window,
    /// Answers by ranges of statuses, two for each `ResponseCodeRatio`.
    ranges: Vec<(Range<i64>, Window)>,
    latencies: Option<Latencies>,
}

/// A condition with the places of its figures.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    NetworkErrors(Comparison),
    /// Place of the first of two ranges.
    Codes(usize, Comparison),
    /// A percentage.
    Latency(f64, Comparison),
    All(Vec<Test>),
    Any(Vec<Test>),
    /// Asks about a single answer, which a breaker does not see.
    Never,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    operator: Operator,
    value: f64,
}

impl Comparison {
    pub(crate) fn new(operator: Operator, value_millionths: i64) -> Self {
        Self { operator, value: value_millionths as f64 / 1e6 }
    }

    pub(crate) fn holds(self, figure: f64) -> bool {
        match self.operator {
            Operator::Less => figure < self.value,
            Operator::AtMost => figure <= self.value,
            Operator::Greater => figure > self.value,
            Operator::AtLeast => figure >= self.value,
            Operator::Equal => figure == self.value,
            Operator::Unequal => figure != self.value,
        }
    }
}

impl Figures {
    /// The figures that `condition` needs, and how it is decided by them.
    pub(crate) fn of(condition: &Condition) -> (Self, Test) {
        let mut figures = Self::default();
        let test = figures.test(condition);
        (figures, test)
    }

    fn test(&mut self, condition: &Condition) -> Test {
        match condition {
            Condition::Compare { figure, arguments, operator, value_millionths } => {
                let comparison = Comparison::new(*operator, *value_millionths);
                self.compare(*figure, arguments, comparison)
            }
            Condition::AllOf { conditions } => Test::All(conditions.iter().map(|inner| self.test(inner)).collect()),
            Condition::AnyOf { conditions } => Test::Any(conditions.iter().map(|inner| self.test(inner)).collect()),
            Condition::IsNetworkError {} | Condition::RequestMethod { .. } => Test::Never,
        }
    }

    fn compare(&mut self, figure: Figure, arguments: &[i64], comparison: Comparison) -> Test {
        match (figure, arguments) {
            (Figure::NetworkErrorRatio, _) => Test::NetworkErrors(comparison),
            (Figure::ResponseCodeRatio, &[a, b, c, d]) => {
                self.ranges.extend([(a..b, Window::default()), (c..d, Window::default())]);
                Test::Codes(self.ranges.len() - 2, comparison)
            }
            (Figure::LatencyAtQuantileMs, &[thousandths]) => {
                self.latencies.get_or_insert_default();
                Test::Latency(thousandths as f64 / 1e3, comparison)
            }
            _ => Test::Never,
        }
    }

    pub(crate) fn record(&mut self, status: u16, latency: Duration, now_ms: u64) {
        let second = now_ms / 1_000;
        self.total.count(second);
        if matches!(status, 502 | 504) {
            self.failed.count(second);
        }
        for (range, window) in &mut self.ranges {
            if range.contains(&i64::from(status)) {
                window.count(second);
            }
        }
        if let Some(latencies) = &mut self.latencies {
            latencies.record(latency, now_ms);
        }
    }

    /// Everything is forgotten.
    pub(crate) fn clear(&mut self) {
        (self.total, self.failed) = (Window::default(), Window::default());
        self.ranges.iter_mut().for_each(|(_, window)| *window = Window::default());
        self.latencies = self.latencies.take().map(|_| Latencies::default());
    }

    pub(crate) fn meet(&self, test: &Test, now_ms: u64) -> bool {
        let second = now_ms / 1_000;
        match test {
            Test::NetworkErrors(comparison) => comparison.holds(ratio(&self.failed, &self.total, second)),
            Test::Codes(at, comparison) => comparison.holds(ratio(&self.ranges[*at].1, &self.ranges[at + 1].1, second)),
            Test::Latency(percent, comparison) => {
                let latencies = self.latencies.as_ref();
                comparison.holds(latencies.map_or(0, |known| known.at_quantile_ms(*percent, now_ms)) as f64)
            }
            Test::All(tests) => tests.iter().all(|test| self.meet(test, now_ms)),
            Test::Any(tests) => tests.iter().any(|test| self.meet(test, now_ms)),
            Test::Never => false,
        }
    }
}

/// Of nothing it is 0.
fn ratio(part: &Window, whole: &Window, second: u64) -> f64 {
    match whole.sum(second) {
        0 => 0.0,
        whole => part.sum(second) as f64 / whole as f64,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn compare(figure: Figure, arguments: &[i64], operator: Operator, value: f64) -> Condition {
        let value_millionths = (value * 1e6).round() as i64;
        Condition::Compare { figure, arguments: arguments.to_vec(), operator, value_millionths }
    }

    fn after(condition: &Condition, answers: &[(u16, u64)]) -> bool {
        let (mut figures, test) = Figures::of(condition);
        answers.iter().for_each(|&(status, ms)| figures.record(status, Duration::from_millis(ms), 1_000));
        figures.meet(&test, 1_500)
    }

    #[test]
    fn network_errors_are_502_and_504() {
        let half = |operator| compare(Figure::NetworkErrorRatio, &[], operator, 0.5);
        let answers = [(502, 1), (504, 1), (500, 1), (200, 1)];
        assert!(!after(&half(Operator::Greater), &answers) && after(&half(Operator::AtLeast), &answers));
        assert!(after(&half(Operator::Equal), &answers) && !after(&half(Operator::Unequal), &answers));
        assert!(after(&half(Operator::Less), &[]), "of nothing it is 0");
    }

    #[test]
    fn code_ratios_are_half_open() {
        let ratio = |arguments: &[i64], value| compare(Figure::ResponseCodeRatio, arguments, Operator::Equal, value);
        let answers = [(500, 1), (600, 1), (499, 1), (200, 1), (200, 1)];
        assert!(after(&ratio(&[500, 600, 0, 600], 0.25), &answers));
        assert!(after(&ratio(&[200, 201, 499, 500], 2.0), &answers));
        assert!(after(&ratio(&[500, 600, 900, 999], 0.0), &answers));
    }

    #[test]
    fn conditions_combine() {
        let slow = compare(Figure::LatencyAtQuantileMs, &[50_000], Operator::Greater, 100.0);
        let failing = compare(Figure::NetworkErrorRatio, &[], Operator::Greater, 0.3);
        let all = Condition::AllOf { conditions: vec![slow.clone(), failing.clone()] };
        let any = Condition::AnyOf { conditions: vec![slow, failing] };
        for (answers, slow, failing) in [
            ([(200, 5), (200, 5)], false, false),
            ([(200, 500), (200, 500)], true, false),
            ([(502, 5), (200, 5)], false, true),
            ([(502, 500), (200, 500)], true, true),
        ] {
            assert_eq!((after(&all, &answers), after(&any, &answers)), (slow && failing, slow || failing));
        }
        assert!(!after(&Condition::IsNetworkError {}, &[(502, 1)]));
    }

    #[test]
    fn what_is_cleared_is_forgotten() {
        let (mut figures, test) = Figures::of(&compare(Figure::LatencyAtQuantileMs, &[50_000], Operator::Greater, 1.0));
        figures.record(200, Duration::from_secs(1), 0);
        assert!(figures.meet(&test, 0));
        figures.clear();
        assert!(!figures.meet(&test, 0));
        figures.record(200, Duration::from_secs(1), 0);
        assert!(figures.meet(&test, 0));
    }
}
