//! Which server a request is sent to, and which one next when that fails.

use super::exchange::{Exchange, Failure};
use super::respond::Ending;
use super::{After, Connection, Transport};
use crate::answers::Answer;
use crate::forward::{
    Destination, DialError, Identity, Pump, Relay, Route, UpstreamStream, dial, dial_admin, write_request_head,
};
use crate::snapshot::{CompiledPool, Upstream};
use crate::telemetry::Reason;
use pointsman_http1::{Name, Request};
use pointsman_plan::Scheme;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tries without `[retry]`.
const TRIES: usize = 3;

/// What a try came to.
enum Tried {
    /// The request is over.
    Over(After, Ending),
    /// Nothing was sent and nothing was heard: another server may be tried.
    Unreached(Reason),
}

impl<S: Transport> Connection<S> {
    /// Sends a request on and passes the response back.
    pub(super) async fn forward(&mut self, request: &Request, destination: &Destination) -> (After, Ending) {
        match destination {
            Destination::Admin(_) => self.forward_to_admin(request, destination).await,
            Destination::Pool(route) => self.forward_to_pool(request, destination, route).await,
        }
    }

    /// Tries the pool's servers until one is reached.
    pub(super) async fn forward_to_servers(
        &mut self,
        request: &Request,
        destination: &Destination,
        route: &Route,
    ) -> (After, Ending) {
        let (pool, most) = (&route.pool, self.most_tries(route));
        let kept = self.kept_server(request, pool).or_else(|| self.private_server(pool));
        let told = self.told.len();
        let mut failed: Option<(usize, Reason)> = None;
        for tried in 0..most {
            let picked = match (kept, failed) {
                // The last try goes elsewhere: better another server than none.
                (Some(_), _) if tried == 0 || tried + 1 < most => kept,
                (_, None) => pool.pick(),
                (_, Some((index, _))) => pool.pick_avoiding(index),
            };
            let Some(index) = picked else {
                // compat(1.7): a pool of which nobody has a weight is a defect, an empty one is not.
                let status = if pool.is_deserted() { 503 } else { 500 };
                return self.fail(request, status, Reason::NoEndpoint).await;
            };
            self.told.truncate(told);
            if picked != kept {
                self.tell_server(pool, index);
            }
            let upstream = &pool.upstreams[index];
            let _counted = InFlight::enter(&upstream.in_flight);
            let outcome = self.try_server(request, destination, upstream, route.pass_host).await;
            let status = match &outcome {
                Tried::Over(_, ending) => ending.status,
                Tried::Unreached(reason) => status_of(*reason),
            };
            if pool.wants_reports() {
                pool.report(index, status, self.context.shared.steady.now_ms());
            }
            match outcome {
                Tried::Over(after, mut ending) => {
                    ending.retries += u32::try_from(tried).unwrap_or(u32::MAX);
                    ending.server = Some(index);
                    return (after, ending);
                }
                Tried::Unreached(reason) => failed = Some((index, reason)),
            }
        }
        let (server, reason) = failed.map_or((None, Reason::ConnectFailed), |(index, reason)| (Some(index), reason));
        let (after, mut ending) = self.fail(request, status_of(reason), reason).await;
        ending.retries += u32::try_from(most - 1).unwrap_or(u32::MAX);
        ending.server = server;
        (after, ending)
    }

    /// The server that the client's cookie names, if it is there and up; its weight doesn't matter.
    fn kept_server(&self, request: &Request, pool: &CompiledPool) -> Option<usize> {
        let sticky = pool.policies.as_ref()?.sticky.as_ref()?;
        let value = sticky.cookie.find(self.incoming(request).values(Name::Cookie))?;
        sticky.server(value).filter(|&index| pool.is_up(index))
    }

    /// Has the client keep the server that was chosen for it, whatever it answers. Only the last try's counts.
    fn tell_server(&mut self, pool: &CompiledPool, index: usize) {
        if let Some(sticky) = pool.policies.as_ref().and_then(|policies| policies.sticky.as_ref()) {
            sticky.cookie.write(&mut self.told, &pool.upstreams[index].server.url);
        }
    }

    fn most_tries(&self, route: &Route) -> usize {
        let servers = route.pool.upstreams.len();
        let tries = match &self.context.shared.settings.retry {
            None => servers.min(TRIES),
            Some(retry) if retry.attempts > 0 => retry.attempts as usize,
            Some(_) => servers,
        };
        tries.max(1)
    }

    async fn try_server(
        &mut self,
        request: &Request,
        destination: &Destination,
        upstream: &Upstream,
        pass_host: bool,
    ) -> Tried {
        if upstream.server.scheme != Scheme::Http {
            let (after, ending) = self.fail(request, 502, Reason::BadUpstream).await;
            return Tried::Over(after, ending);
        }
        let host = (!pass_host || request.host.is_empty()).then_some(&*upstream.server.host);
        let mut upload = self.upload(request, destination, host);
        if let Some(stream) = self.idle_to(upstream) {
            match self.exchange(request, destination, (stream, Some(upstream)), upload).await {
                Ok((after, ending)) => return Tried::Over(after, ending),
                // It had died of age. Ask once more, over a new connection.
                Err(unsent) if unsent.is_fresh() || (request.body.is_empty() && request.method.is_idempotent()) => {
                    upload = unsent;
                    upload.rewind();
                }
                Err(spent) => return self.over(request, Reason::BadUpstream, &spent).await,
            }
        }
        let stream = match self.unless_gone(dial(&self.context.clone().shared, &upstream.server.address)).await {
            None => return Tried::Over(After::Close, gone()),
            Some(Ok(stream)) => stream,
            // What was taken of the body cannot be taken again.
            Some(Err(_)) if upload.taken > 0 => return self.over(request, Reason::ConnectFailed, &upload).await,
            Some(Err(DialError::Timeout)) => return Tried::Unreached(Reason::Timeout),
            Some(Err(DialError::Failed)) => return Tried::Unreached(Reason::ConnectFailed),
        };
        match self.exchange(request, destination, (stream, Some(upstream)), upload).await {
            Ok((after, ending)) => Tried::Over(after, ending),
            Err(spent) => self.over(request, Reason::BadUpstream, &spent).await,
        }
    }

    /// Answers 502 to a request whose body may have been taken, in whole or in part, by `spent`.
    async fn over(&mut self, request: &Request, reason: Reason, spent: &Pump) -> Tried {
        let after = self.answer_as(request, &Answer::status(502), spent.is_taken()).await;
        Tried::Over(after, Ending { status: 502, reason, ..Ending::default() })
    }

    /// The upload of a request: its head for a server, then its body.
    fn upload(&self, request: &Request, destination: &Destination, host: Option<&str>) -> Pump {
        let settings = &self.context.shared.settings;
        let trace = self.account.trace();
        let identity = Identity { hostname: &settings.hostname, strict: settings.strict, trace };
        let mut out = self.context.buffers.text();
        write_request_head(&mut out, self.incoming(request), destination, host, identity);
        let (decode, encode) = Exchange::request_body(request);
        Pump::new(out, decode, encode)
    }

    async fn forward_to_admin(&mut self, request: &Request, destination: &Destination) -> (After, Ending) {
        let context = self.context.clone();
        let path = &context.shared.settings.admin_socket;
        let upload = self.upload(request, destination, None);
        let stream = match self.unless_gone(dial_admin(path)).await {
            None => return (After::Close, gone()),
            Some(Ok(stream)) => stream,
            Some(Err(_)) => return self.no_controller(request, request.body.is_empty()).await,
        };
        match self.exchange(request, destination, (stream, None), upload).await {
            Ok(outcome) => outcome,
            Err(spent) => self.no_controller(request, spent.is_taken()).await,
        }
    }

    async fn no_controller(&mut self, request: &Request, complete: bool) -> (After, Ending) {
        let answer = Answer::text(503, "The controller is not running; requests are served without it.\n");
        let after = self.answer_as(request, &answer, complete).await;
        (after, Ending { status: 503, reason: Reason::Internal, ..Ending::default() })
    }

    /// Answers an error of ours.
    pub(super) async fn fail(&mut self, request: &Request, status: u16, reason: Reason) -> (After, Ending) {
        let after = self.answer(request, &Answer::status(status)).await;
        (after, Ending { status, reason, ..Ending::default() })
    }

    /// One exchange over a connection. `Err`: it ended before any byte of a response; the upload, as far as it came.
    pub(super) async fn exchange(
        &mut self,
        request: &Request,
        destination: &Destination,
        (stream, upstream): (UpstreamStream, Option<&Upstream>),
        upload: Pump,
    ) -> Result<(After, Ending), Pump> {
        let mut exchange = Exchange::new(self, stream, upload, request);
        let response = match exchange.response_head(self, request).await {
            Ok(response) => response,
            Err(Failure::Dead) => {
                self.context.buffers.give_back_text(exchange.download.into_out());
                return Err(exchange.upload);
            }
            Err(failure) => return Ok(self.fail_exchange(request, &exchange, failure).await),
        };
        if response.status == 101 {
            return Ok(self.tunnel(exchange, &response).await);
        }
        let binds = self.binds(&response, exchange.buffer.bytes());
        if self.has_page(response.status)
            && let Some(page) = Box::pin(self.page(request, response.status)).await
        {
            return Ok(Box::pin(self.replace(
                request,
                exchange,
                (&response, &page),
                upstream.map(|upstream| (upstream, binds)),
            ))
            .await);
        }
        exchange.body_begins(self, &response, destination).await;
        let keep_alive = request.keep_alive && exchange.is_sent() && request.upgrade.is_none() && !self.is_closing();
        exchange.start_response(self, &response, destination, (request.version, keep_alive));
        let keep_alive = keep_alive && exchange.relay != Relay::Close;
        let passed = exchange.response_body(self).await;
        let mut ending = Ending {
            status: response.status,
            bytes_in: exchange.upload.taken,
            bytes_out: exchange.download.given(),
            packed_from: Some(exchange.download.taken).filter(|&taken| taken != exchange.download.given()),
            ..Ending::default()
        };
        let after = match passed {
            Ok(()) if keep_alive => After::Keep,
            Ok(()) => self.farewell(exchange.is_sent()),
            Err(failure) => {
                let (after, reason) = broken(failure, exchange.relay);
                ending.reason = reason;
                after
            }
        };
        self.settle(exchange, passed.is_ok() && response.keep_alive, upstream.map(|upstream| (upstream, binds)));
        Ok((after, ending))
    }

    /// Puts an upstream connection away for the next request if it is as good as new, and the buffers.
    pub(super) fn settle(&mut self, exchange: Exchange, stays: bool, upstream: Option<(&Upstream, bool)>) {
        let (buffers, clean) = (&self.context.buffers, exchange.buffer.is_empty() && exchange.is_sent());
        buffers.give_back(exchange.buffer);
        buffers.give_back_text(exchange.upload.into_out());
        buffers.give_back_text(exchange.download.into_out());
        if let Some((upstream, binds)) = upstream
            && stays
            && clean
        {
            self.put_away(upstream, exchange.upstream, binds);
        }
    }

    /// Answers for an upstream that gave no response.
    async fn fail_exchange(&mut self, request: &Request, exchange: &Exchange, failure: Failure) -> (After, Ending) {
        let (status, reason) = match failure {
            Failure::Late => (504, Reason::Timeout),
            Failure::ClientLate => (408, Reason::ClientTimeout),
            Failure::ClientMalformed(status) => (status, Reason::BadRequest),
            Failure::ClientGone => return (After::Close, gone()),
            Failure::Stopped => return (After::Close, Ending { reason: Reason::Stopped, ..gone() }),
            Failure::Dead | Failure::Malformed | Failure::Cut => (502, Reason::BadUpstream),
        };
        // Interim responses that wait to be written are whole; the answer follows them.
        if !exchange.download.is_flushed() && !self.write(exchange.download.unwritten()).await {
            return (After::Close, Ending { status: 499, reason, ..Ending::default() });
        }
        let after = self.answer_as(request, &Answer::status(status), exchange.is_sent()).await;
        (after, Ending { status, reason, ..Ending::default() })
    }
}

/// How a response ends that broke off. A close shows it where a length or chunks frame the body; elsewhere only a reset
/// does.
fn broken(failure: Failure, relay: Relay) -> (After, Reason) {
    match failure {
        Failure::ClientGone => (After::Close, Reason::ClientGone),
        Failure::ClientLate => (After::Abort, Reason::ClientTimeout),
        Failure::Stopped => (After::Abort, Reason::Stopped),
        _ if relay == Relay::Close => (After::Abort, Reason::UpstreamCut),
        _ => (After::Linger, Reason::UpstreamCut),
    }
}

fn gone() -> Ending {
    Ending { status: 499, reason: Reason::ClientGone, ..Ending::default() }
}

fn status_of(reason: Reason) -> u16 {
    if reason == Reason::Timeout { 504 } else { 502 }
}

/// One of a server's requests under way.
struct InFlight<'a>(&'a AtomicU32);

impl<'a> InFlight<'a> {
    fn enter(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
