//! Requests of our own beside a client's: to an authentication server, for an error page, to see whether a server is well.
//! A GET whose answer is taken in whole, within a time and a size.

use super::dial::dial;
use super::pool::is_of_connections;
use super::upstream::UpstreamStream;
use crate::context::{Shared, ThreadContext};
use crate::snapshot::Upstream;
use pointsman_http1::{ChunkDecoder, Chunked, Head, Limits, Response, ResponseBody};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// Of an answer's head.
const HEAD: Limits = Limits { line: 64 << 10, head: 64 << 10, fields: 512 };
/// Interim answers put up with before a final one.
const INTERIM: u32 = 32;

/// What is asked, and how much is taken for an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SideCall<'c> {
    /// The request's head, a GET, with the empty line behind it.
    pub head: &'c [u8],
    /// Bytes of body that are kept; of a longer body nothing is. 0: the body is not waited for.
    pub most: usize,
    /// For all of it, the connection included.
    pub limit: Duration,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Understood.
    pub response: Response,
    /// Its lines, places in `bytes`.
    pub head: Head,
    /// What was received first.
    pub bytes: Vec<u8>,
    /// Without framing; `None`: it is longer than was asked for.
    pub body: Option<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SideCallError {
    /// No connection, or it ended before any byte of an answer.
    Unreached,
    /// It took too long.
    Late,
    /// What came is no answer, or broke off.
    Malformed,
}

/// Asks a server over one of the thread's idle connections, or over a new one, which is kept for the next request if the
/// server permits.
pub(crate) async fn side_call(
    context: &ThreadContext,
    upstream: &Upstream,
    call: SideCall<'_>,
) -> Result<Reply, SideCallError> {
    let asked = async {
        if let Some(mut idle) = context.pools.take(upstream, context.timers.now_ms()) {
            match ask(&mut idle, call).await {
                // It had died of age.
                Err(SideCallError::Unreached) => {}
                outcome => return outcome.map(|reply| (reply, idle)),
            }
        }
        let mut stream = connect(&context.shared, &upstream.server.address).await?;
        ask(&mut stream, call).await.map(|reply| (reply, stream))
    };
    let ((reply, stays), stream) = timeout(call.limit, asked).await.map_err(|_| SideCallError::Late)??;
    if stays && !told_who_speaks(call.head, &reply) {
        context.pools.put(upstream, stream, context.timers.now_ms());
    }
    Ok(reply)
}

/// Asks whoever is at `address` (`host:port`) over a connection that lives no longer than this; for tasks that belong to no
/// request thread.
pub(crate) async fn lone_call(shared: &Shared, address: &str, call: SideCall<'_>) -> Result<Reply, SideCallError> {
    let asked = async { ask(&mut connect(shared, address).await?, call).await };
    timeout(call.limit, asked).await.map_err(|_| SideCallError::Late)?.map(|(reply, _)| reply)
}

/// Whether the server may take what comes over the connection for one client's from now on: nobody else may get it.
fn told_who_speaks(asked: &[u8], reply: &Reply) -> bool {
    let mut lines = asked.split(|&byte| byte == b'\n');
    let credentials = |line: &[u8]| {
        let (name, value) = line.split_at_checked(14)?;
        name.eq_ignore_ascii_case(b"authorization:").then(|| is_of_connections(value.trim_ascii()))
    };
    let mut fields = reply.head.fields.iter();
    lines.any(|line| credentials(line) == Some(true))
        || fields.any(|field| {
            field.name.of(&reply.bytes).eq_ignore_ascii_case(b"www-authenticate")
                && is_of_connections(field.value.of(&reply.bytes))
        })
}

async fn connect(shared: &Shared, address: &str) -> Result<UpstreamStream, SideCallError> {
    dial(shared, address).await.map_err(|_| SideCallError::Unreached)
}

/// One exchange; whether the connection can carry another.
async fn ask(stream: &mut UpstreamStream, call: SideCall<'_>) -> Result<(Reply, bool), SideCallError> {
    stream.write_all(call.head).await.map_err(|_| SideCallError::Unreached)?;
    let (mut head, mut bytes) = (Head::default(), Vec::with_capacity(4 << 10));
    let response = read_head(stream, &mut head, &mut bytes).await?;
    let rest = bytes.split_off(head.len());
    let (body, clean) = read_body(stream, response.body, rest, call.most).await?;
    let stays = clean && response.keep_alive;
    Ok((Reply { response, head, bytes, body }, stays))
}

async fn read_head(
    stream: &mut UpstreamStream,
    head: &mut Head,
    bytes: &mut Vec<u8>,
) -> Result<Response, SideCallError> {
    let mut interim = 0;
    loop {
        while !head.advance(bytes, &HEAD).map_err(|_| SideCallError::Malformed)? {
            match stream.read_buf(bytes).await {
                Ok(count) if count > 0 => {}
                _ if bytes.is_empty() && interim == 0 => return Err(SideCallError::Unreached),
                _ => return Err(SideCallError::Malformed),
            }
        }
        let response = Response::parse(head, bytes, false).map_err(|_| SideCallError::Malformed)?;
        match response.status {
            200.. => return Ok(response),
            101 => return Err(SideCallError::Malformed),
            _ if interim == INTERIM => return Err(SideCallError::Malformed),
            _ => interim += 1,
        }
        bytes.drain(..head.len());
        head.clear();
    }
}

/// The body, of which `rest` has arrived, and whether nothing else is on the connection behind it.
async fn read_body(
    stream: &mut UpstreamStream,
    framing: ResponseBody,
    mut rest: Vec<u8>,
    most: usize,
) -> Result<(Option<Vec<u8>>, bool), SideCallError> {
    match framing {
        ResponseBody::None => Ok((Some(Vec::new()), rest.is_empty())),
        _ if most == 0 => Ok((None, false)),
        ResponseBody::Length(length) if length > most as u64 => Ok((None, false)),
        ResponseBody::Length(length) => {
            let length = usize::try_from(length).map_err(|_| SideCallError::Malformed)?;
            while rest.len() < length {
                more(stream, &mut rest).await?;
            }
            let clean = rest.len() == length;
            rest.truncate(length);
            Ok((Some(rest), clean))
        }
        ResponseBody::UntilClose => {
            while rest.len() <= most {
                match stream.read_buf(&mut rest).await {
                    Ok(0) => return Ok((Some(rest), false)),
                    Ok(_) => {}
                    Err(_) => return Err(SideCallError::Malformed),
                }
            }
            Ok((None, false))
        }
        ResponseBody::Chunked => read_chunks(stream, rest, most).await,
    }
}

async fn read_chunks(
    stream: &mut UpstreamStream,
    mut rest: Vec<u8>,
    most: usize,
) -> Result<(Option<Vec<u8>>, bool), SideCallError> {
    let (mut decoder, mut body, mut at) = (ChunkDecoder::new(), Vec::new(), 0);
    loop {
        match decoder.decode(&rest[at..]).map_err(|_| SideCallError::Malformed)? {
            Chunked::Starved => {
                rest.drain(..at);
                at = 0;
                more(stream, &mut rest).await?;
            }
            Chunked::Skip(count) => at += count,
            Chunked::Data(count) if body.len() + count > most => return Ok((None, false)),
            Chunked::Data(count) => {
                body.extend_from_slice(&rest[at..at + count]);
                at += count;
            }
            Chunked::End(count) => return Ok((Some(body), at + count == rest.len())),
        }
    }
}

async fn more(stream: &mut UpstreamStream, bytes: &mut Vec<u8>) -> Result<(), SideCallError> {
    let read: io::Result<usize> = stream.read_buf(bytes).await;
    if read.is_ok_and(|count| count > 0) { Ok(()) } else { Err(SideCallError::Malformed) }
}

#[cfg(test)]
#[path = "side_call_tests.rs"]
mod tests;
