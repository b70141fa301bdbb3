//! One check of one server.

use super::question::{Question, same_server};
use crate::context::Shared;
use crate::forward::{Reply, SideCall, SideCallError, lone_call};
use pointsman_http1::Name;
use pointsman_plan::{HealthCheck, Server};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Redirections followed, those of Go's client.
const REDIRECTS: usize = 10;

/// Asks a server whether it is well: an answer of 200 to 399 in time. What cannot be asked yet counts as well.
///
/// # Errors
/// What it answered instead, in words.
pub(super) async fn check(shared: &Shared, check: &HealthCheck, server: &Server) -> Result<(), String> {
    let Some(mut question) = Question::new(check, server) else { return Ok(()) };
    let limit = Duration::from_millis(check.timeout_ms.max(1));
    let deadline = Instant::now() + limit;
    for _ in 0..=REDIRECTS {
        let head = question.head();
        let call = SideCall { head: &head, most: 0, limit };
        let asked = timeout_at(deadline, lone_call(shared, question.address(), call)).await;
        let reply = match asked.unwrap_or(Err(SideCallError::Late)) {
            Ok(reply) => reply,
            Err(error) => return Err(format!("{}: {}", question.url(), words(error, limit))),
        };
        match (reply.response.status, redirection(&reply).and_then(|location| same_server(&question, location))) {
            (200..=399, Some(path)) => question.ask_for(path),
            (200..=399, None) => return Ok(()),
            (status, _) => return Err(format!("{}: answered {status}", question.url())),
        }
    }
    Err(format!("{}: more than {REDIRECTS} redirections", question.url()))
}

fn redirection(reply: &Reply) -> Option<&str> {
    let location = reply.head.values(&reply.bytes, Name::Location).next()?;
    let follows = matches!(reply.response.status, 301 | 302 | 303 | 307 | 308);
    std::str::from_utf8(location).ok().filter(|_| follows)
}

fn words(error: SideCallError, limit: Duration) -> String {
    match error {
        SideCallError::Unreached => "no connection".to_owned(),
        SideCallError::Late => format!("no answer in {} ms", limit.as_millis()),
        SideCallError::Malformed => "no valid answer".to_owned(),
    }
}
