//! What stands before a pool's servers: breaker, buffer, connection limit, rate limit, in 1.7's order. A pool and route without any
//! of it pay two comparisons.

use super::respond::Ending;
use super::{After, Connection, Transport};
use crate::answers::Answer;
use crate::forward::{Destination, Incoming, Route};
use crate::logs;
use crate::telemetry::Reason;
use pointsman_balance::{Source, address_bytes};
use pointsman_http1::Request;
use std::time::Duration;

impl<S: Transport> Connection<S> {
    /// Sends a request to a server of the route's pool, if it may go there.
    pub(super) async fn forward_to_pool(
        &mut self,
        request: &Request,
        destination: &Destination,
        route: &Route,
    ) -> (After, Ending) {
        if route.pool.policies.is_none() && route.route.rate_limits.is_none() {
            return self.forward_to_servers(request, destination, route).await;
        }
        let breaker = route.pool.policies.as_ref().and_then(|policies| policies.breaker(self.entry_point));
        let Some(breaker) = breaker else { return self.forward_as_kept(request, destination, route).await };
        let begun = self.context.shared.steady.now();
        if !breaker.admits(begun) {
            return self.fail(request, 503, Reason::BreakerOpen).await;
        }
        let (after, ending) = self.forward_as_kept(request, destination, route).await;
        // A tunnel's life says nothing about how fast the server answers.
        if ending.status != 101 {
            let now = self.context.shared.steady.now();
            if breaker.record(ending.status, now.saturating_sub(begun), now) {
                logs::warning(format_args!("The circuit breaker of backend {} opens for 10 s", route.pool.name));
            }
        }
        (after, ending)
    }

    /// By way of the pool's buffer, if it has one; what becomes a tunnel passes it by.
    async fn forward_as_kept(
        &mut self,
        request: &Request,
        destination: &Destination,
        route: &Route,
    ) -> (After, Ending) {
        let buffering = route.pool.policies.as_ref().and_then(|policies| policies.buffering.as_ref());
        match buffering.filter(|_| request.upgrade.is_none()) {
            // On the heap: the tasks of all connections would be larger for it.
            Some(config) => Box::pin(self.forward_buffered(request, destination, route, config)).await,
            None => self.forward_within_limits(request, destination, route).await,
        }
    }

    /// Counts a request once, however many servers are tried for it.
    pub(super) async fn forward_within_limits(
        &mut self,
        request: &Request,
        destination: &Destination,
        route: &Route,
    ) -> (After, Ending) {
        let strict = self.context.shared.settings.strict;
        let limit = route.pool.policies.as_ref().and_then(|policies| policies.connections(self.entry_point));
        let counted = match limit {
            None => None,
            Some((limit, source)) => {
                let mut space = [0; 16];
                let source = source.map(|source| source_of(source, self.incoming(request), strict, &mut space));
                let Some(counted) = limit.enter(source.unwrap_or_default()) else {
                    let answer = Answer::text(429, &format!("max connections reached: {}", limit.amount()));
                    return self.refuse_too_many(request, &answer, Reason::ConnectionLimit).await;
                };
                Some(counted)
            }
        };
        if let Some(limits) = &route.route.rate_limits
            && let Some(limiter) = limits.limiter(self.entry_point)
        {
            let mut space = [0; 16];
            let source = source_of(&limits.source, self.incoming(request), strict, &mut space);
            if let Err(retry_in) = limiter.take(source, self.context.shared.steady.now()) {
                return self.refuse_too_many(request, &retry_later(retry_in), Reason::RateLimited).await;
            }
        }
        let outcome = self.forward_to_servers(request, destination, route).await;
        drop(counted);
        outcome
    }

    async fn refuse_too_many(&mut self, request: &Request, answer: &Answer, reason: Reason) -> (After, Ending) {
        let after = self.answer(request, answer).await;
        (after, Ending { status: 429, reason, ..Ending::default() })
    }
}

/// The answer to who exceeds a rate.
fn retry_later(retry_in: Duration) -> Answer {
    let (seconds, shown) = (half_to_even(retry_in), go_duration(retry_in));
    let fields = format!("Retry-After: {seconds}\r\nX-Retry-In: {shown}\r\n").into_bytes();
    Answer { fields, ..Answer::text(429, &format!("max rate reached: retry-in {shown}")) }
}

/// The bytes that a request is counted by.
fn source_of<'a>(source: &Source, incoming: Incoming<'a>, strict: bool, space: &'a mut [u8; 16]) -> &'a [u8] {
    match source {
        Source::ClientIp => address_bytes(incoming.peer.ip, strict, space),
        Source::Host => incoming.host(),
        Source::Header(name) => incoming.first_value(name).unwrap_or_default(),
    }
}

/// Whole seconds, halves to the even neighbour.
fn half_to_even(time: Duration) -> u64 {
    let (seconds, rest) = (time.as_secs(), time.subsec_nanos());
    match rest.cmp(&500_000_000) {
        std::cmp::Ordering::Less => seconds,
        std::cmp::Ordering::Greater => seconds + 1,
        std::cmp::Ordering::Equal => seconds + seconds % 2,
    }
}

/// A duration as Go writes it: `1h2m3.5s`, `250ms`, `1.5µs`.
fn go_duration(time: Duration) -> String {
    let nanos = time.as_nanos();
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => fraction(nanos, 1_000) + "µs",
        1_000_000..1_000_000_000 => fraction(nanos, 1_000_000) + "ms",
        _ => {
            let (minutes, rest) = (nanos / 60_000_000_000, nanos % 60_000_000_000);
            let seconds = fraction(rest, 1_000_000_000) + "s";
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    }
}

/// `nanos / unit`, without zeros at the end.
fn fraction(nanos: u128, unit: u128) -> String {
    let digits = unit.ilog10() as usize;
    let text = format!("{}.{:0digits$}", nanos / unit, nanos % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (20_000_000, "20ms"),
            (3_300_000_000, "3.3s"),
            (10_000_000_000, "10s"),
            (300_000_000_000, "5m0s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (18_367_001_000_000, "5h6m7.001s"),
            (480_000_000_001, "8m0.000000001s"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(go_duration(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn halves_of_seconds_go_to_the_even_one() {
        let rounded = [0, 499, 500, 501, 1_500, 2_500, 60_000].map(|ms| half_to_even(Duration::from_millis(ms)));
        assert_eq!(rounded, [0, 0, 0, 1, 2, 2, 60]);
    }
}
