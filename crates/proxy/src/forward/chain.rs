//! A chain of middlewares, run as far as nothing must be waited for.

use super::auth_head::write_auth_head;
use super::incoming::Incoming;
use super::relayed::{relayed, resolved};
use super::side_call::{Reply, SideCallError};
use crate::answers::Answer;
use crate::snapshot::{Chain, Upstream};
use crate::telemetry::Reason;
use pointsman_http1::{Name, write_field};
use pointsman_middleware::{
    BasicAuth, BasicCheck, DigestAuth, DigestCheck, Edits, Facts, ForwardAuth, Identity, IpAllowList, Middleware,
    PasswordJob, Redirect, Redirected, SecurityCheck, SecurityHeaders,
};
use std::sync::Arc;
use std::time::Instant;

/// What path modifiers made of a request.
#[derive(Debug, Default)]
pub(crate) struct Rewritten {
    /// The path to send, if it is another than the client's.
    pub path: Option<Vec<u8>>,
    /// Send no query.
    pub drop_query: bool,
    /// Field lines that they add.
    pub added: Vec<u8>,
}

/// What the steps so far have found out about a request.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Edits of this request alone.
    pub edits: Option<Box<Edits>>,
    /// It came by TLS, as its security headers see it.
    pub secure: bool,
    /// Stands for `$NONCE` in the answer.
    pub nonce: Option<Box<[u8]>>,
}

/// How far a request came.
pub(crate) enum Passed {
    /// Through the chain.
    Through,
    /// It is answered.
    Answer(Answer, Reason),
    /// This must be known before the step of this index is done with it.
    Ask(Ask, usize),
}

/// What must be waited for.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Whether a password is the user's.
    Password(Vec<u8>, PasswordJob),
    /// What a server says to a request with this head.
    Server(Arc<Upstream>, Vec<u8>),
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Told {
    /// Whether it is; `None`: too many others wait for the same.
    Password(Option<bool>),
    /// What it said.
    Server(Result<Reply, SideCallError>),
}

/// A request on its way through a chain.
pub(crate) struct Passage<'a> {
    pub incoming: Incoming<'a>,
    pub chain: &'a Chain,
    pub rewritten: &'a Rewritten,
    pub findings: &'a mut Findings,
    /// Who was let in.
    pub user: &'a mut Option<Vec<u8>>,
    /// `--security=strict`: only who is trusted may say where a request came from.
    pub strict: bool,
}

impl Passage<'_> {
    /// Runs the steps from this index on.
    pub fn run(&mut self, from: usize) -> Passed {
        for (index, step) in self.chain.steps.iter().enumerate().skip(from) {
            match self.step(index, step) {
                Passed::Through => {}
                end => return end,
            }
        }
        Passed::Through
    }

    /// Ends the step of this index with what it waited for, and runs those behind it.
    pub fn resume(&mut self, index: usize, ask: Ask, told: Told) -> Passed {
        let ended = match (&self.chain.steps[index], ask, told) {
            (Middleware::BasicAuth(auth), Ask::Password(user, _), Told::Password(right)) => {
                self.end_basic(auth, user, right)
            }
            (Middleware::ForwardAuth(auth), _, Told::Server(Ok(reply))) => self.end_forward(auth, reply),
            // compat(1.7): who cannot be asked lets nobody pass, and nothing is said of it.
            _ => failed(),
        };
        match ended {
            Passed::Through => self.run(index + 1),
            end => end,
        }
    }

    fn step(&mut self, index: usize, step: &Middleware) -> Passed {
        match step {
            Middleware::IpAllowList(list) => self.step_allow_list(list),
            Middleware::Headers(headers) => {
                if let Some(edits) = &mut self.findings.edits {
                    edits.yield_to(&headers.request);
                }
                Passed::Through
            }
            Middleware::ErrorPages(_) => Passed::Through,
            Middleware::Redirect(redirect) => self.step_redirect(index, redirect),
            Middleware::SecurityHeaders(headers) => self.step_security_headers(index, headers),
            Middleware::BasicAuth(auth) => self.step_basic_auth(index, auth),
            Middleware::DigestAuth(auth) => self.step_digest_auth(index, auth),
            Middleware::ForwardAuth(auth) => match self.chain.server(index) {
                Some(server) => Passed::Ask(Ask::Server(Arc::clone(server), self.question(index, auth)), index),
                None => failed(),
            },
        }
    }

    fn step_allow_list(&self, list: &IpAllowList) -> Passed {
        let Incoming { peer, .. } = self.incoming;
        let forwarded_for = self.incoming.values(Name::XForwardedFor);
        if list.allows(peer.ip, forwarded_for, self.incoming.is_trusted()) {
            return Passed::Through;
        }
        Passed::Answer(Answer::status(403), Reason::AllowList)
    }

    fn step_redirect(&self, index: usize, redirect: &Redirect) -> Passed {
        match self.with_facts(index, |facts| redirect.call(facts, self.incoming.entry_point)) {
            Redirected::Pass => Passed::Through,
            Redirected::To(status, location) => {
                let answer = Answer { location: Some(location), ..Answer::status(status) };
                Passed::Answer(answer, Reason::Redirect)
            }
            Redirected::Broken => Passed::Answer(Answer::status(502), Reason::Redirect),
        }
    }

    fn step_security_headers(&mut self, index: usize, headers: &SecurityHeaders) -> Passed {
        match self.with_facts(index, |facts| headers.call(facts)) {
            SecurityCheck::Pass { secure } => {
                self.findings.secure = secure;
                self.findings.nonce = headers.make_nonce();
                Passed::Through
            }
            SecurityCheck::BadHost => {
                let answer = Answer { nosniff: true, ..Answer::text(500, "Bad Host\n") };
                Passed::Answer(answer, Reason::SecureHeaders)
            }
            SecurityCheck::Redirect(status, location) => {
                let answer = Answer::redirection(status, location, self.incoming.method());
                Passed::Answer(answer, Reason::SecureHeaders)
            }
        }
    }

    fn step_basic_auth(&mut self, index: usize, auth: &BasicAuth) -> Passed {
        match self.with_authorization(index, |values| auth.check(values, Instant::now())) {
            BasicCheck::Denied => denied(BasicAuth::CHALLENGE),
            BasicCheck::Granted(user) => self.grant(&auth.identity, user),
            BasicCheck::Ask(user, job) => Passed::Ask(Ask::Password(user, job), index),
        }
    }

    fn step_digest_auth(&mut self, index: usize, auth: &DigestAuth) -> Passed {
        let (method, path) = (self.incoming.method(), self.incoming.path());
        let target = self.incoming.request.path_and_query.of(self.incoming.bytes);
        let now = Instant::now();
        match self.with_authorization(index, |values| auth.check(values, method, (path, target), now)) {
            DigestCheck::Denied { stale } => denied(&auth.challenge(stale, now)),
            DigestCheck::Granted(user) => self.grant(&auth.identity, user),
        }
    }

    /// The request's edits before a step: those of the chain's steps, then its own.
    fn edits(&self, index: usize) -> impl DoubleEndedIterator<Item = &Edits> + Clone {
        request_edits(&self.chain.steps[..index], self.findings.edits.as_deref())
    }

    fn question(&self, index: usize, auth: &ForwardAuth) -> Vec<u8> {
        let mut head = Vec::with_capacity(1_024);
        write_auth_head(&mut head, auth, self.incoming, self.rewritten, (self.edits(index), self.strict));
        head
    }

    fn with_facts<R>(&self, index: usize, f: impl FnOnce(&Facts<'_>) -> R) -> R {
        let Incoming { peer, .. } = self.incoming;
        let original_path = self.incoming.path();
        let header = |name: &str| self.header(index, name.as_bytes());
        f(&Facts {
            method: self.incoming.method(),
            host: self.incoming.host(),
            path: self.rewritten.path.as_deref().unwrap_or(original_path),
            original_path,
            query: self.incoming.query().filter(|_| !self.rewritten.drop_query),
            tls: peer.tls,
            headers: &header,
        })
    }

    /// The first value of a header as it is before a step.
    fn header(&self, index: usize, name: &[u8]) -> Option<&[u8]> {
        if let Some(edited) = self.edits(index).rev().find_map(|edits| edits.edited(name)) {
            return edited;
        }
        if self.strict && Name::of(name).is_forwarded() && !self.incoming.is_trusted() {
            return None;
        }
        let bytes = self.incoming.bytes;
        let mut fields = self.incoming.head.fields.iter();
        fields.find(|field| field.name.of(bytes).eq_ignore_ascii_case(name)).map(|field| field.value.of(bytes))
    }

    /// Calls `f` with all values of Authorization.
    fn with_authorization<R>(&self, index: usize, f: impl FnOnce(&mut dyn Iterator<Item = &[u8]>) -> R) -> R {
        match self.edits(index).rev().find_map(|edits| edits.edited(b"Authorization")) {
            Some(edited) => f(&mut edited.into_iter()),
            None => f(&mut self.incoming.values(Name::Authorization)),
        }
    }

    fn own_edits(&mut self) -> &mut Edits {
        self.findings.edits.get_or_insert_with(|| Box::new(Edits::of_request()))
    }

    fn grant(&mut self, identity: &Identity, user: Vec<u8>) -> Passed {
        if let Some(name) = &identity.header_field {
            let edits = self.own_edits();
            edits.remove(name);
            edits.add(name, &user);
        }
        if identity.remove_header {
            self.own_edits().remove("Authorization");
        }
        *self.user = Some(user);
        Passed::Through
    }

    fn end_basic(&mut self, auth: &BasicAuth, user: Vec<u8>, right: Option<bool>) -> Passed {
        match right {
            Some(true) => self.grant(&auth.identity, user),
            Some(false) => denied(BasicAuth::CHALLENGE),
            None => Passed::Answer(Answer::status(503), Reason::AuthFailed),
        }
    }

    fn end_forward(&mut self, auth: &ForwardAuth, mut reply: Reply) -> Passed {
        if !(200..300).contains(&reply.response.status) {
            let Ok(location) = resolved(&mut reply, &auth.url) else { return failed() };
            return match relayed(&reply, reply.response.status) {
                Some(answer) => Passed::Answer(Answer { location, ..answer }, Reason::AuthDenied),
                None => failed(),
            };
        }
        for name in &auth.response_headers {
            let edits = self.own_edits();
            edits.remove(name);
            for field in &reply.head.fields {
                if field.name.of(&reply.bytes).eq_ignore_ascii_case(name.as_bytes()) {
                    edits.add(name, field.value.of(&reply.bytes));
                }
            }
        }
        Passed::Through
    }
}

/// Edits of a request in order: those of its chain's steps, then its own, which are of later steps.
pub(super) fn request_edits<'e>(
    steps: &'e [Middleware],
    own: Option<&'e Edits>,
) -> impl DoubleEndedIterator<Item = &'e Edits> + Clone {
    let of_steps = steps.iter().filter_map(|step| match step {
        Middleware::Headers(headers) => Some(&headers.request),
        _ => None,
    });
    of_steps.chain(own)
}

fn denied(challenge: &str) -> Passed {
    let mut answer = Answer { content_type: "text/plain", ..Answer::text(401, "401 Unauthorized\n") };
    write_field(&mut answer.fields, b"WWW-Authenticate", challenge.as_bytes());
    Passed::Answer(answer, Reason::AuthDenied)
}

fn failed() -> Passed {
    let answer = Answer { content_type: "", ..Answer::text(500, "") };
    Passed::Answer(answer, Reason::AuthFailed)
}
