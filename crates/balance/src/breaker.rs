//! The circuit breaker: when its condition holds it lets nobody through for ten seconds, then, over ten more, a share
//! that grows from none to half, then everybody.

use crate::figures::{Figures, Test};
use crate::lock;
use pointsman_plan::Condition;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const TRIPPED: Duration = Duration::from_secs(10);
const RECOVERING: Duration = Duration::from_secs(10);
/// The condition is looked at no more often.
const CHECKS: Duration = Duration::from_millis(100);
/// The share admitted at the end of the recovery.
const SHARE: f64 = 0.5;

/// One breaker, used by all threads at once. Times are those of one steady clock.
#[derive(Debug)]
pub struct Breaker {
    /// In standby nobody needs the lock to pass.
    standby: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    figures: Figures,
    test: Test,
    checked: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Standby,
    Tripped { until: Duration },
    Recovering { since: Duration, allowed: u64, denied: u64 },
}

impl Breaker {
    /// In standby.
    #[must_use]
    pub fn new(condition: &Condition) -> Self {
        let (figures, test) = Figures::of(condition);
        let inner = Inner { state: State::Standby, figures, test, checked: None };
        Self { standby: AtomicBool::new(true), inner: Mutex::new(inner) }
    }

    /// Whether a request may pass; if not, it is answered 503. Whoever passes is to be recorded.
    pub fn admits(&self, now: Duration) -> bool {
        if self.standby.load(Ordering::Relaxed) {
            return true;
        }
        let mut inner = lock(&self.inner);
        let admitted = inner.admits(now);
        self.standby.store(inner.state == State::Standby, Ordering::Relaxed);
        admitted
    }

    /// Takes note of the answer to a request that has passed; whether that has tripped it.
    pub fn record(&self, status: u16, latency: Duration, now: Duration) -> bool {
        let mut inner = lock(&self.inner);
        inner.figures.record(status, latency, millis(now));
        let trips = inner.trips(now);
        if trips {
            self.standby.store(false, Ordering::Relaxed);
        }
        trips
    }
}

impl Inner {
    fn admits(&mut self, now: Duration) -> bool {
        if let State::Tripped { until } = self.state {
            if now < until {
                return false;
            }
            self.state = State::Recovering { since: now, allowed: 0, denied: 0 };
        }
        let State::Recovering { since, allowed, denied } = &mut self.state else { return true };
        let passed = now.saturating_sub(*since);
        if passed > RECOVERING {
            self.state = State::Standby;
            return true;
        }
        let target = SHARE * passed.as_secs_f64() / RECOVERING.as_secs_f64();
        let share = (*allowed + 1) as f64 / (*allowed + 1 + *denied) as f64;
        let admitted = share < target;
        *if admitted { allowed } else { denied } += 1;
        admitted
    }

    fn trips(&mut self, now: Duration) -> bool {
        if self.checked.is_some_and(|checked| now.saturating_sub(checked) <= CHECKS) {
            return false;
        }
        self.checked = Some(now);
        if matches!(self.state, State::Tripped { .. }) || !self.figures.meet(&self.test, millis(now)) {
            return false;
        }
        self.state = State::Tripped { until: now + TRIPPED };
        self.figures.clear();
        true
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use pointsman_plan::{Figure, Operator};
    use proptest::prelude::*;

    fn breaker() -> Breaker {
        Breaker::new(&Condition::Compare {
            figure: Figure::NetworkErrorRatio,
            arguments: Vec::new(),
            operator: Operator::Greater,
            value_millionths: 500_000,
        })
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn answer(breaker: &Breaker, status: u16, ms: u64) {
        assert!(breaker.admits(at(ms)));
        breaker.record(status, at(1), at(ms));
    }

    #[test]
    fn one_bad_answer_is_enough_as_there_is_no_least_number() {
        let breaker = breaker();
        answer(&breaker, 502, 5);
        assert!(!breaker.admits(at(5)) && !breaker.admits(at(10_004)));
    }

    #[test]
    fn the_condition_is_looked_at_every_tenth_of_a_second() {
        let breaker = breaker();
        answer(&breaker, 200, 1_000);
        answer(&breaker, 502, 1_010);
        answer(&breaker, 502, 1_100);
        assert!(breaker.admits(at(1_100)));
        answer(&breaker, 502, 1_101);
        assert!(!breaker.admits(at(1_101)));
    }

    #[test]
    fn it_recovers_by_and_by_and_forgets_what_was() {
        let breaker = breaker();
        answer(&breaker, 504, 0);
        let admitted = |range: std::ops::Range<u64>| range.filter(|&ms| breaker.admits(at(ms))).count();
        assert_eq!(admitted(1..10_000), 0);
        let (early, late) = (admitted(10_000..11_000), admitted(19_000..20_000));
        assert!((10..60).contains(&early), "{early} of 1000 at a share of 0 to 0.05");
        assert!(late > 300, "{late} of 1000");
        assert_eq!(admitted(20_001..21_000), 999, "in standby all pass");
        answer(&breaker, 200, 21_000);
        assert!(breaker.admits(at(21_001)), "the failure before the trip does not count");
    }

    #[test]
    fn it_trips_again_while_it_recovers() {
        let breaker = breaker();
        answer(&breaker, 502, 0);
        let passed = (10_000..20_000).find(|&ms| breaker.admits(at(ms))).unwrap();
        assert!(breaker.record(502, at(1), at(passed)));
        assert!((passed..passed + 10_000).all(|ms| !breaker.admits(at(ms))));
    }

    proptest! {
        /// However answers come, it is never shut for longer than it takes to recover when they are good.
        #[test]
        fn it_opens_again(answers in prop::collection::vec((0_u64..3_000, prop::sample::select(vec![200, 502, 503])), 1..60)) {
            let (breaker, mut now) = (breaker(), 0);
            for (step, status) in answers {
                now += step;
                if breaker.admits(at(now)) {
                    breaker.record(status, at(1), at(now));
                }
            }
            breaker.admits(at(now + 10_000));
            prop_assert!(breaker.admits(at(now + 20_001)));
        }
    }
}
