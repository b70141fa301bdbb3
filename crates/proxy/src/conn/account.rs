//! What is noted of a request on its way, and told when it is over. Nothing is noted that nobody reads.

use super::Connection;
use super::respond::Ending;
use crate::context::ThreadContext;
use crate::forward::{Decision, Destination, Incoming, Noted};
use crate::snapshot::{CompiledAction, CompiledRoute, PoolId};
use crate::telemetry::{Fields, Kind, Meters, Outcome, Reason, Stages, Trace};
use crate::traffic::RouteCounts;
use pointsman_http1::{Name, Reject, Request, Version, reason_phrase};
use std::time::Instant;

/// So much is kept of a response's head.
const LARGEST_HEAD: usize = 64 << 10;

/// Of the current request.
#[derive(Default)]
pub(super) struct Account {
    /// A request is under way that nothing was told about yet.
    open: bool,
    stages: Stages,
    /// The pool where it is counted as under way.
    pool: Option<PoolId>,
    /// Head of the response, as sent.
    head: Vec<u8>,
    /// Body bytes of an answer of ours.
    answered: u64,
    /// Body bytes read and thrown away.
    discarded: u64,
    /// Name of the user who was let in.
    user: Option<Vec<u8>>,
    /// Its place in a trace, if requests are traced.
    trace: Option<Box<Trace>>,
}

impl Account {
    /// A request is there.
    pub(super) fn begin(&mut self, context: &ThreadContext) {
        self.open = true;
        self.stages = context.recorder.begin(context.traffic.is_some());
        (self.answered, self.discarded) = (0, 0);
        self.user = None;
        self.head.clear();
        self.trace = None;
    }

    /// Its place in a trace, if requests are traced.
    pub(super) fn trace(&self) -> Option<&Trace> {
        self.trace.as_deref()
    }

    /// It is known what becomes of it.
    fn decided(&mut self) {
        self.stages.decided = self.stages.begun.map(|_| Instant::now());
    }

    fn end(&mut self) {
        self.open = false;
        self.stages.ended = self.stages.begun.map(|_| Instant::now());
    }

    /// The head of its response is written; `text` may go on behind it.
    pub(super) fn responded(&mut self, context: &ThreadContext, text: &[u8]) {
        if context.recorder.keeps_heads() {
            self.head.clear();
            self.head.extend_from_slice(&text[..text.len().min(LARGEST_HEAD)]);
        }
    }

    /// An answer of ours has a body of `bytes`.
    pub(super) fn answered(&mut self, bytes: usize) {
        self.answered = bytes as u64;
    }

    /// `bytes` of its body were thrown away.
    pub(super) fn discarded(&mut self, bytes: u64) {
        self.discarded = bytes;
    }
}

impl<S> Connection<S> {
    /// Keeps what was found out about the current request.
    pub(super) fn note(&mut self, noted: Noted) {
        (self.pages, self.account.user) = (noted.pages, noted.user);
    }

    /// Takes that back, to add to it.
    pub(super) fn noted(&mut self) -> Noted {
        Noted { pages: self.pages.take(), user: self.account.user.take() }
    }

    /// It is known what becomes of the current request.
    pub(super) fn note_decision(&mut self, request: &Request, decision: &Decision) {
        let recorder = &self.context.recorder;
        if !decision.is_internal() {
            self.account.stages.number = recorder.number();
            if recorder.measures() {
                self.count_as_open(request, decision);
            }
            if let Some(tracer) = self.context.recorder.tracer() {
                let incoming = self.incoming(request);
                self.account.trace = Some(tracer.begin(&|name| incoming.first_value(name)));
            }
        }
        self.account.decided();
    }

    fn count_as_open(&mut self, request: &Request, decision: &Decision) {
        let (incoming, route) = (self.incoming(request), decision.route());
        let (kind, backend) = (kind(incoming), meters(route).backend);
        self.account.stages.opened = self.context.recorder.open(self.entry_point, incoming.method(), kind, backend);
        self.account.pool = match route.map(|route| &route.action) {
            Some(CompiledAction::Forward { pool, .. }) => Some(*pool),
            _ => None,
        };
    }

    /// Tells what became of the current request.
    pub(super) fn close_account(&mut self, request: &Request, decision: &Decision, ending: &Ending) {
        self.account.end();
        if decision.is_internal() {
            return self.context.recorder.record_internal(ending.status);
        }
        let incoming = self.incoming(request);
        let outcome = self.outcome(incoming, ending);
        let fields = Sent { incoming, destination: decision.destination() };
        let (route, pool) = (decision.route(), decision.pool());
        let outcome = Outcome {
            fields: Some(&fields),
            route: route.map(|route| &*route.name),
            provider: route.map(|route| &*route.provider),
            backend: pool.map(|pool| &*pool.name),
            server: ending.server.and_then(|index| decision.destination()?.server_url(index)),
            meters: meters(route),
            ..outcome
        };
        self.tell(&outcome, route.map(|route| &*route.counts));
    }

    /// Tells of what was refused as no request.
    pub(super) fn tell_refusal(&mut self, reject: Reject) {
        self.account.end();
        self.account.stages.number = self.context.recorder.number();
        let bytes = if self.bytes.is_empty() { self.buffer.bytes() } else { &self.bytes };
        let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let outcome = Outcome {
            status: reject.status,
            phrase: reason_phrase(reject.status),
            reason: Reason::of_refusal(reject.status),
            line: line.strip_suffix(b"\r").unwrap_or(line),
            ..self.frame()
        };
        self.tell(&outcome, None);
    }

    /// Tells of a request that was under way when its task was dropped: a panic, or the end of the process.
    pub(super) fn tell_loss(&mut self) {
        if !self.account.open {
            return;
        }
        self.account.end();
        let reason = if std::thread::panicking() { Reason::Panic } else { Reason::Stopped };
        let ending = Ending { status: 499, reason, ..Ending::default() };
        // The decision is gone. Where another pool has come into its place, nothing is left to count against.
        let snapshot = self.context.shared.snapshot.load();
        let backend = self.account.pool.and_then(|pool| snapshot.pool(pool).meter.as_deref());
        let meters = Meters { backend, route: None };
        match Request::parse(&self.head, &self.bytes) {
            Ok(request) => {
                self.tell(&Outcome { meters, ..self.outcome(self.incoming(&request), &ending) }, None);
            }
            Err(_) => self.tell(&Outcome { status: 499, reason, meters, ..self.frame() }, None),
        }
    }

    fn tell(&self, outcome: &Outcome<'_>, counts: Option<&RouteCounts>) {
        self.context.recorder.record(outcome);
        if let Some(trace) = &self.account.trace {
            trace.end(outcome);
        }
        if let Some(traffic) = &self.context.traffic {
            traffic.record(outcome, counts);
        }
    }

    fn outcome<'a>(&'a self, incoming: Incoming<'a>, ending: &Ending) -> Outcome<'a> {
        Outcome {
            status: ending.status,
            phrase: reason_phrase(ending.status),
            reason: ending.reason,
            method: incoming.method(),
            path: incoming.path(),
            query: incoming.query(),
            protocol: if incoming.request.version == Version::Http11 { "HTTP/1.1" } else { "HTTP/1.0" },
            host: incoming.host(),
            retries: ending.retries,
            bytes_in: ending.bytes_in + self.account.discarded,
            bytes_out: ending.bytes_out + self.account.answered,
            origin_bytes: ending.packed_from,
            ..self.frame()
        }
    }

    /// What there is to say without a request.
    fn frame(&self) -> Outcome<'_> {
        Outcome {
            entry_point: self.entry_point,
            client: self.peer.text(),
            port: self.peer.port,
            head: &self.account.head,
            user: self.account.user.as_deref().and_then(|user| std::str::from_utf8(user).ok()),
            stages: self.account.stages,
            ..Outcome::default()
        }
    }
}

/// What counts the requests of a route.
fn meters(route: Option<&CompiledRoute>) -> Meters<'_> {
    let metered = route.and_then(|route| route.metered.as_ref());
    metered.map_or_else(Meters::default, |metered| Meters {
        backend: metered.pool.as_deref(),
        route: Some(&metered.meter),
    })
}

/// How 1.7's metrics tell protocols apart.
fn kind(incoming: Incoming<'_>) -> Kind {
    let has = |value: &[u8], word: &[u8]| value.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if incoming.request.upgrade.is_some_and(|upgrade| has(upgrade.of(incoming.bytes), b"websocket")) {
        return Kind::Websocket;
    }
    let accepts = |field: &&pointsman_http1::Field| {
        let name = field.name.of(incoming.bytes);
        name.len() == 6 && name.eq_ignore_ascii_case(b"Accept")
    };
    let mut accepted = incoming.head.fields.iter().filter(accepts);
    if accepted.any(|field| has(field.value.of(incoming.bytes), b"text/event-stream")) { Kind::Sse } else { Kind::Http }
}

/// A request's fields as its middlewares left them.
struct Sent<'a> {
    incoming: Incoming<'a>,
    destination: Option<&'a Destination>,
}

impl Fields for Sent<'_> {
    fn each<'f>(&'f self, f: &mut dyn FnMut(&'f [u8], &'f [u8])) {
        let Incoming { head, bytes, .. } = self.incoming;
        let edits = || self.destination.into_iter().flat_map(Destination::request_edits);
        for field in head.fields.iter().filter(|field| field.id != Name::Host) {
            let name = field.name.of(bytes);
            if !edits().any(|edits| edits.drops(name)) {
                f(name, field.value.of(bytes));
            }
        }
        let added = self.destination.map_or(&[][..], |destination| destination.rewritten().1);
        for line in added.split(|&byte| byte == b'\n') {
            if let Some(colon) = line.iter().position(|&byte| byte == b':') {
                f(&line[..colon], line[colon + 1..].trim_ascii());
            }
        }
        for (name, value) in edits().flat_map(|edits| edits.additions()) {
            f(name.as_bytes(), value);
        }
    }
}
