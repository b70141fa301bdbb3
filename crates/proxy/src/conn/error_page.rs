//! Pages in place of answers with certain codes, the upstream's or our own.

use super::exchange::Exchange;
use super::respond::Ending;
use super::{After, Connection, Transport};
use crate::answers::Answer;
use crate::forward::{Identity, SideCall, relayed, side_call, write_page_head};
use crate::snapshot::Upstream;
use crate::telemetry::Reason;
use pointsman_http1::{Request, Response, ResponseBody};
use pointsman_plan::Scheme;
use std::time::Duration;

/// How long a page may take: behind that, the original answer is better.
const LIMIT: Duration = Duration::from_secs(10);
/// Longest page.
const LONGEST: usize = 1 << 20;

impl<S: Transport> Connection<S> {
    /// Whether a page stands in for answers with this status to the current request.
    pub(super) fn has_page(&self, status: u16) -> bool {
        self.pages.as_ref().is_some_and(|pages| pages.find(status).is_some())
    }

    /// The page that stands in for an answer with this status; `None`: there is none, or it cannot be had. Asked once for
    /// each request.
    pub(super) async fn page(&mut self, request: &Request, status: u16) -> Option<Answer> {
        let index = self.pages.as_ref()?.find(status)?;
        let pages = self.pages.take()?;
        let (page, pool) = (pages.route.pages.as_ref()?.pages.pages().get(index)?, pages.pools.get(index)?);
        let upstream = &pool.upstreams[pool.pick()?];
        if upstream.server.scheme != Scheme::Http {
            return None;
        }
        let (mut target, mut head) = (Vec::new(), Vec::with_capacity(1_024));
        page.write_target(status, &mut target);
        let host = if page.pass_host { "0.0.0.0" } else { &upstream.server.host };
        let settings = &self.context.shared.settings;
        let trace = self.account.trace();
        let identity = Identity { hostname: &settings.hostname, strict: settings.strict, trace };
        let about = (identity, pages.hides_credentials);
        write_page_head(&mut head, self.incoming(request), (&target, host.as_bytes()), about);
        let context = self.context.clone();
        let call = SideCall { head: &head, most: LONGEST, limit: LIMIT };
        let reply = self.unless_gone(side_call(&context, upstream, call)).await?.ok()?;
        relayed(&reply, status)
    }

    /// Answers with `page` instead of an upstream's response, of which the head alone was looked at.
    pub(super) async fn replace(
        &mut self,
        request: &Request,
        mut exchange: Exchange,
        (response, page): (&Response, &Answer),
        upstream: Option<(&Upstream, bool)>,
    ) -> (After, Ending) {
        let (status, bytes_in) = (response.status, exchange.upload.taken);
        let ending = Ending { status, reason: Reason::ErrorPage, bytes_in, ..Ending::default() };
        // Interim responses that wait to be written are whole; the answer follows them.
        if !exchange.download.is_flushed() && !self.write(exchange.download.unwritten()).await {
            return (After::Close, Ending { status: 499, reason: Reason::ClientGone, ..ending });
        }
        let complete = exchange.is_sent();
        let unwanted = match response.body {
            ResponseBody::None => Some(0),
            ResponseBody::Length(length) => usize::try_from(length).ok(),
            ResponseBody::Chunked | ResponseBody::UntilClose => None,
        };
        let unwanted = unwanted.and_then(|length| length.checked_add(self.response_head.len()));
        let whole = unwanted.filter(|&length| length <= exchange.buffer.len());
        exchange.buffer.consume(whole.unwrap_or_default());
        self.settle(exchange, whole.is_some() && response.keep_alive, upstream);
        (self.answer_as(request, page, complete).await, ending)
    }
}
