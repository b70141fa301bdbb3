//! After a 101: bytes both ways until both sides have ended.

use super::exchange::Exchange;
use super::respond::Ending;
use super::{After, Connection, Transport};
use crate::forward::{Decode, Encode, Pump, write_switch_head};
use crate::telemetry::Reason;
use pointsman_http1::Response;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

/// One direction's way to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Open,
    /// The source has ended; the sink must hear of it.
    Ending,
    Over,
}

impl<S: Transport> Connection<S> {
    /// Passes the 101 on and then everything, whatever it is; no request timeout applies.
    pub(super) async fn tunnel(&mut self, mut exchange: Exchange, response: &Response) -> (After, Ending) {
        let head = (&self.response_head, exchange.buffer.bytes());
        let waiting = exchange.download.out.len();
        write_switch_head(&mut exchange.download.out, head, response, &self.told);
        self.account.responded(&self.context, &exchange.download.out[waiting..]);
        exchange.buffer.consume(self.response_head.len());
        exchange.download.expect(Decode::UntilClose, Encode::Raw);
        let spent = std::mem::replace(&mut exchange.upload, Pump::new(Vec::new(), Decode::UntilClose, Encode::Raw));
        self.context.buffers.give_back_text(spent.into_out());
        self.timer.set_at(None);
        let (mut up, mut down) = (Half::Open, Half::Open);
        poll_fn(|cx| {
            let failed = self.poll_up(cx, &mut exchange, &mut up) || self.poll_down(cx, &mut exchange, &mut down);
            let over = up == Half::Over && down == Half::Over;
            // Registers with the clock, which wakes everybody when the process is cut.
            let _ = self.timer.poll_expired(cx);
            if failed || over || self.is_cut() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let (bytes_in, bytes_out) = (exchange.upload.taken, exchange.download.taken);
        self.context.buffers.give_back(exchange.buffer);
        (After::Close, Ending { status: 101, reason: Reason::Forwarded, bytes_in, bytes_out, ..Ending::default() })
    }

    /// True: broken.
    fn poll_up(&mut self, cx: &mut Context<'_>, exchange: &mut Exchange, half: &mut Half) -> bool {
        if *half == Half::Open {
            let source = (&mut self.stream, &mut self.buffer);
            match exchange.upload.poll(cx, source, &mut exchange.upstream, &self.context.buffers) {
                Poll::Ready(Ok(())) => *half = Half::Ending,
                Poll::Ready(Err(_)) => return true,
                Poll::Pending => {}
            }
        }
        poll_end(cx, half, &mut exchange.upstream)
    }

    fn poll_down(&mut self, cx: &mut Context<'_>, exchange: &mut Exchange, half: &mut Half) -> bool {
        if *half == Half::Open {
            let source = (&mut exchange.upstream, &mut exchange.buffer);
            match exchange.download.poll(cx, source, &mut self.stream, &self.context.buffers) {
                Poll::Ready(Ok(())) => *half = Half::Ending,
                Poll::Ready(Err(_)) => return true,
                Poll::Pending => {}
            }
        }
        poll_end(cx, half, &mut self.stream)
    }
}

fn poll_end<W: AsyncWrite + Unpin>(cx: &mut Context<'_>, half: &mut Half, sink: &mut W) -> bool {
    if *half == Half::Ending {
        match Pin::new(sink).poll_shutdown(cx) {
            Poll::Ready(Ok(())) => *half = Half::Over,
            Poll::Ready(Err(_)) => return true,
            Poll::Pending => {}
        }
    }
    false
}
