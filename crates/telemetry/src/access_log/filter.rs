//! Which requests get a line.

use crate::Outcome;
use pointsman_plan as plan;
use std::time::Duration;

/// Any condition suffices; without one every request passes.
#[derive(Debug)]
pub(super) struct Filter {
    statuses: Box<[(u16, u16)]>,
    retried: bool,
    longer_than: Duration,
}

impl Filter {
    pub fn of(config: &plan::AccessLog) -> Self {
        let longer_than = Duration::from_nanos(config.longer_than_ns);
        Self { statuses: config.statuses.as_slice().into(), retried: config.retried, longer_than }
    }

    pub fn passes(&self, outcome: &Outcome<'_>) -> bool {
        let Self { statuses, retried, longer_than } = self;
        if statuses.is_empty() && !retried && longer_than.is_zero() {
            return true;
        }
        // compat(1.7): a connection that was handed over has no status.
        let status = if outcome.status == 101 { 0 } else { outcome.status };
        statuses.iter().any(|&(first, last)| (first..=last).contains(&status))
            || (*retried && outcome.retries > 0)
            || (!longer_than.is_zero() && outcome.stages.duration() > *longer_than)
    }
}
