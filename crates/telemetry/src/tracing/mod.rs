//! Traces: each request continues its client's or begins one, the upstream is told, and a span of it goes to a collector by
//! OTLP over HTTP. compat(1.7): Jaeger, Zipkin and Datadog are spoken in the fields of requests.

mod context;
mod exporter;
mod sampling;
mod span;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use context::Lookup;

use crate::{Complain, Outcome};
use context::{Carrier, Own};
use exporter::Queue;
use pointsman_plan::{Propagation, Tracing};
use sampling::Sampler;
use span::{Span, shortened};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The traces of a process.
#[derive(Debug)]
pub struct Tracer {
    carrier: Carrier,
    sampler: Sampler,
    queue: Queue,
    entry_points: Box<[Box<str>]>,
    wide: bool,
    same_span: bool,
    name_limit: usize,
    /// Ids are numbers in order, hashed with a secret: unlike those of another process.
    secret: RandomState,
    numbers: AtomicU64,
}

/// A request's place in its trace.
#[derive(Debug)]
pub struct Trace {
    own: Own,
    continued: bool,
    tracer: Arc<Tracer>,
    fields: String,
}

impl Tracer {
    /// Starts to send spans. `entry_points`: names in the order of `Outcome.entry_point`. Trouble with the collector is
    /// told to `complain`.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(
        config: &Tracing,
        entry_points: impl Iterator<Item = String>,
        complain: Complain,
    ) -> std::io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            carrier: Carrier::of(config),
            sampler: Sampler::of(config),
            queue: Queue::start(config, complain)?,
            entry_points: entry_points.map(String::into_boxed_str).collect(),
            wide: config.propagation == Propagation::W3c || config.id128,
            same_span: config.same_span,
            name_limit: if config.span_name_limit == 0 { usize::MAX } else { config.span_name_limit },
            secret: RandomState::new(),
            numbers: AtomicU64::new(0),
        }))
    }

    /// A request begins whose fields `lookup` finds.
    #[must_use]
    pub fn begin(self: &Arc<Self>, lookup: &Lookup<'_>) -> Box<Trace> {
        let told = self.carrier.read(lookup);
        let (trace, span, parent) = match told.parent {
            Some(client) if self.same_span => (client.trace, client.span, client.parent),
            Some(client) => (client.trace, self.id(), Some(client.span)),
            None if self.wide => (u128::from(self.id()) << 64 | u128::from(self.id()), self.id(), None),
            None => (self.id().into(), self.id(), None),
        };
        let sampled = told.sampled.unwrap_or_else(|| self.sampler.samples(trace));
        let own = Own { trace, span, parent, sampled };
        let fields = self.carrier.write(own, &told);
        Box::new(Trace { own, continued: told.parent.is_some(), tracer: Arc::clone(self), fields })
    }

    fn id(&self) -> u64 {
        self.secret.hash_one(self.numbers.fetch_add(1, Ordering::Relaxed)).max(1)
    }

    /// Spans that a collector took, and those that none will get.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let counts = &self.queue.counts;
        (counts.sent.load(Ordering::Relaxed), counts.dropped.load(Ordering::Relaxed))
    }

    /// Waits until finished spans are sent, but not for a collector that takes nothing.
    pub fn flush(&self) {
        self.queue.flush();
    }
}

impl Trace {
    /// Whether a client's field gives way to ours.
    #[must_use]
    pub fn replaces(&self, name: &[u8]) -> bool {
        self.tracer.carrier.replaces(name, self.continued)
    }

    /// Fields for the upstream, each with its end of line.
    #[must_use]
    pub fn fields(&self) -> &[u8] {
        self.fields.as_bytes()
    }

    /// The request is over.
    pub fn end(&self, outcome: &Outcome<'_>) {
        if self.own.sampled {
            self.tracer.queue.push(self.span(outcome));
        }
    }

    fn span(&self, outcome: &Outcome<'_>) -> Span {
        let method = text(outcome.method);
        let name = outcome.route.map_or_else(|| method.clone(), |route| format!("{method} {route}"));
        let url = [outcome.path, outcome.query.map_or(&b""[..], |_| b"?"), outcome.query.unwrap_or_default()].concat();
        let entry_point = self.tracer.entry_points.get(outcome.entry_point).map_or("", |name| &**name);
        let mut texts = vec![
            ("http.method", method),
            ("http.url", text(&url)),
            ("http.host", text(outcome.host)),
            ("pointsman.entry_point", entry_point.to_owned()),
            ("pointsman.reason", outcome.reason.word().to_owned()),
            ("client.address", outcome.client.to_owned()),
        ];
        let known = [
            ("http.route", outcome.route),
            ("pointsman.backend", outcome.backend),
            ("pointsman.server", outcome.server),
        ];
        texts.extend(known.into_iter().filter_map(|(key, text)| Some((key, text?.to_owned()))));
        Span {
            own: self.own,
            name: shortened(name, self.tracer.name_limit),
            times: times(outcome.stages.duration()),
            failed: outcome.status >= 500,
            texts,
            numbers: vec![("http.status_code", outcome.status.into()), ("pointsman.retries", outcome.retries.into())],
        }
    }
}

/// Begin and end of what took so long and is over now, in nanoseconds since 1970.
fn times(duration: Duration) -> (u64, u64) {
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    (nanos(end.saturating_sub(duration)), nanos(end))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
