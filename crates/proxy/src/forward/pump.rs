//! A body on its way from one connection to another: decoded, framed anew, through one buffer, as fast as the slower side.

use super::gzip::Gzip;
use crate::buffers::{Buffer, Buffers, LARGE};
use pointsman_http1::{ChunkDecoder, Chunked, Reject, write_chunk_head};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};

/// Up to here, a copy is cheaper than a vectored write.
const COPIED: usize = 8 << 10;

/// How the end of the body is found where it comes from.
#[derive(Debug)]
pub(crate) enum Decode {
    /// So many bytes more.
    Length(u64),
    /// Chunks.
    Chunked(ChunkDecoder),
    /// At the end of the stream.
    UntilClose,
    /// Nothing more comes.
    Over,
}

/// How it is framed where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encode {
    /// As it is.
    Raw,
    /// In chunks.
    Chunked,
}

/// Why a body did not arrive whole.
#[derive(Debug)]
pub(crate) enum PumpError {
    /// The side it comes from closed early or failed.
    Source,
    /// What comes is malformed.
    Framing(Reject),
    /// The side it goes to failed.
    Sink,
}

/// One direction of an exchange. `out` holds what is to be written before anything else: a head, chunks.
#[derive(Debug)]
pub(crate) struct Pump {
    /// To be written first.
    pub out: Vec<u8>,
    written: usize,
    /// Bytes at the start of the source's buffer that go out as they are, behind `out`.
    direct: usize,
    decode: Decode,
    encode: Encode,
    /// Packs the body on its way.
    gzip: Option<Box<Gzip>>,
    /// Body bytes taken from the source so far, without framing.
    pub taken: u64,
}

impl Pump {
    /// For a body yet to come; `out` is sent before it.
    pub fn new(out: Vec<u8>, decode: Decode, encode: Encode) -> Self {
        let mut pump = Self { out, written: 0, direct: 0, decode, encode, gzip: None, taken: 0 };
        if matches!(pump.decode, Decode::Length(0)) {
            pump.decode = Decode::Over;
        }
        pump
    }

    /// Whether the source has given everything (it may not be written yet).
    pub fn has_all(&self) -> bool {
        matches!(self.decode, Decode::Over)
    }

    /// Whether the source has given everything and nothing of it is in the source's buffer any more.
    pub fn is_taken(&self) -> bool {
        self.has_all() && self.direct == 0
    }

    /// Whether everything has been given and written.
    pub fn is_done(&self) -> bool {
        self.has_all() && self.is_flushed()
    }

    /// Whether everything taken so far is written.
    pub fn is_flushed(&self) -> bool {
        self.written == self.out.len() && self.direct == 0
    }

    /// Whether nothing was written yet.
    pub fn is_fresh(&self) -> bool {
        self.written == 0
    }

    /// What of `out` is still to be written.
    pub fn unwritten(&self) -> &[u8] {
        &self.out[self.written..]
    }

    /// Starts again with what was to be written; for a message without body, or of which nothing was written.
    pub fn rewind(&mut self) {
        self.written = 0;
    }

    /// Takes `out` back.
    pub fn into_out(self) -> Vec<u8> {
        self.out
    }

    /// Replaces what is to come; for a response whose head is known now.
    pub fn expect(&mut self, decode: Decode, encode: Encode) {
        self.decode = if matches!(decode, Decode::Length(0)) { Decode::Over } else { decode };
        self.encode = encode;
    }

    /// Packs what is to come.
    pub fn pack(&mut self, gzip: Box<Gzip>) {
        self.gzip = Some(gzip);
    }

    /// Body bytes given to the sink so far, without framing.
    pub fn given(&self) -> u64 {
        self.gzip.as_ref().map_or(self.taken, |gzip| gzip.sent)
    }

    /// Whether packed bytes wait for more to come.
    pub fn is_holding(&self) -> bool {
        self.gzip.as_ref().is_some_and(|gzip| gzip.is_holding())
    }

    /// Makes packed bytes that wait ready to be written.
    pub fn release(&mut self) {
        self.pack_up(|gzip| gzip.flush());
    }

    /// Moves on until the body is through (`Ok`) or one side must be waited for.
    pub fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        (source, buffer): (&mut R, &mut Buffer),
        sink: &mut W,
        buffers: &Buffers,
    ) -> Poll<Result<(), PumpError>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        loop {
            self.stage(buffer).map_err(PumpError::Framing)?;
            if !self.is_flushed() {
                ready!(self.poll_write(cx, buffer, sink)).map_err(|_| PumpError::Sink)?;
                continue;
            }
            if self.has_all() {
                return Poll::Ready(Ok(()));
            }
            if let Some(gzip) = self.gzip.as_mut().filter(|gzip| gzip.is_weary()) {
                gzip.rest();
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            buffers.lend(buffer, self.expected());
            match buffer.poll_fill(source, cx) {
                Poll::Pending if self.gzip.as_ref().is_some_and(|gzip| gzip.is_pressed()) => self.release(),
                Poll::Pending => {
                    buffers.reclaim(buffer);
                    return Poll::Pending;
                }
                Poll::Ready(Err(_)) => return Poll::Ready(Err(PumpError::Source)),
                Poll::Ready(Ok(0)) => self.end_of_source()?,
                Poll::Ready(Ok(_)) => {}
            }
        }
    }

    /// Writes what is staged, without asking the source for more.
    pub fn poll_flush<W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Buffer,
        sink: &mut W,
    ) -> Poll<io::Result<()>> {
        while !self.is_flushed() {
            ready!(self.poll_write(cx, buffer, sink))?;
        }
        Poll::Ready(Ok(()))
    }

    fn expected(&self) -> u64 {
        match self.decode {
            // Packing takes its time: small buffers make small slices of it.
            _ if self.gzip.is_some() => 0,
            Decode::Length(left) => left,
            _ => LARGE as u64,
        }
    }

    fn end_of_source(&mut self) -> Result<(), PumpError> {
        if !matches!(self.decode, Decode::UntilClose) {
            return Err(PumpError::Source);
        }
        self.finish(None);
        Ok(())
    }

    /// The source has given everything.
    fn finish(&mut self, trailers: Option<&[u8]>) {
        self.decode = Decode::Over;
        self.pack_up(|gzip| gzip.finish());
        if self.encode == Encode::Chunked {
            self.make_room();
            self.out.extend_from_slice(b"0\r\n");
            self.out.extend_from_slice(trailers.unwrap_or_default());
            self.out.extend_from_slice(b"\r\n");
        }
    }

    /// Forgets what is written.
    fn make_room(&mut self) {
        if self.written == self.out.len() {
            self.out.clear();
            self.written = 0;
        }
    }

    /// Makes what the buffer holds ready to be written.
    fn stage(&mut self, buffer: &mut Buffer) -> Result<(), Reject> {
        if self.direct > 0 || buffer.is_empty() || self.out.len() - self.written >= LARGE {
            return Ok(());
        }
        match &mut self.decode {
            Decode::Over => Ok(()),
            Decode::Length(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                *left -= count as u64;
                let is_last = *left == 0;
                self.pass(count, buffer);
                if is_last && self.gzip.is_some() {
                    self.finish(None);
                } else if is_last {
                    self.decode = Decode::Over;
                }
                Ok(())
            }
            Decode::UntilClose => {
                self.pass(buffer.len(), buffer);
                Ok(())
            }
            Decode::Chunked(_) => self.stage_chunks(buffer),
        }
    }

    /// Passes `count` bytes on.
    fn pass(&mut self, count: usize, buffer: &mut Buffer) {
        self.taken += count as u64;
        if self.gzip.is_some() {
            self.pack_up(|gzip| gzip.put(&buffer.bytes()[..count]));
            buffer.consume(count);
        } else if self.encode == Encode::Chunked {
            self.copy_chunk(count, buffer);
        } else if self.written < self.out.len() && count <= COPIED {
            self.out.extend_from_slice(&buffer.bytes()[..count]);
            buffer.consume(count);
        } else {
            self.direct = count;
        }
    }

    /// Lets the packer do something, and what comes out be written.
    fn pack_up(&mut self, work: impl FnOnce(&mut Gzip) -> &[u8]) {
        let Some(mut gzip) = self.gzip.take() else { return };
        let packed = work(&mut gzip);
        if !packed.is_empty() {
            self.make_room();
            if self.encode == Encode::Chunked {
                write_chunk_head(&mut self.out, packed.len());
                self.out.extend_from_slice(packed);
                self.out.extend_from_slice(b"\r\n");
            } else {
                self.out.extend_from_slice(packed);
            }
        }
        self.gzip = Some(gzip);
    }

    fn copy_chunk(&mut self, count: usize, buffer: &mut Buffer) {
        self.make_room();
        write_chunk_head(&mut self.out, count);
        self.out.extend_from_slice(&buffer.bytes()[..count]);
        self.out.extend_from_slice(b"\r\n");
        buffer.consume(count);
    }

    fn stage_chunks(&mut self, buffer: &mut Buffer) -> Result<(), Reject> {
        loop {
            let Decode::Chunked(decoder) = &mut self.decode else { return Ok(()) };
            match decoder.decode(buffer.bytes())? {
                Chunked::Starved => return Ok(()),
                Chunked::Skip(count) => buffer.consume(count),
                Chunked::Data(count) if self.gzip.is_some() => self.pass(count, buffer),
                Chunked::Data(count) if self.encode == Encode::Chunked => {
                    self.taken += count as u64;
                    self.copy_chunk(count, buffer);
                }
                Chunked::Data(count) => {
                    self.taken += count as u64;
                    self.make_room();
                    self.out.extend_from_slice(&buffer.bytes()[..count]);
                    buffer.consume(count);
                }
                Chunked::End(count) => {
                    buffer.consume(count);
                    let Decode::Chunked(decoder) = std::mem::replace(&mut self.decode, Decode::Over) else {
                        return Ok(());
                    };
                    self.finish(Some(decoder.trailers()));
                    return Ok(());
                }
            }
        }
    }

    fn poll_write<W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Buffer,
        sink: &mut W,
    ) -> Poll<io::Result<()>> {
        let text = &self.out[self.written..];
        let direct = &buffer.bytes()[..self.direct];
        let sink = Pin::new(sink);
        let count = match (text.is_empty(), direct.is_empty()) {
            (false, true) => ready!(sink.poll_write(cx, text))?,
            (true, _) => ready!(sink.poll_write(cx, direct))?,
            (false, false) => ready!(sink.poll_write_vectored(cx, &[IoSlice::new(text), IoSlice::new(direct)]))?,
        };
        if count == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        let of_text = count.min(self.out.len() - self.written);
        self.written += of_text;
        self.direct -= count - of_text;
        buffer.consume(count - of_text);
        Poll::Ready(Ok(()))
    }
}
