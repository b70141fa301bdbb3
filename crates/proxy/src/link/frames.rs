//! Frames of the link: four bytes of length, big-endian, then that many bytes of JSON.

use pointsman_plan::MESSAGE_BYTES;
use std::io::{self, Read, Write};

/// What kept a frame from being read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The peer closed between two frames.
    #[error("closed")]
    Closed,
    /// The peer closed, or stopped writing, within a frame.
    #[error("the message was cut after {read} of {length} bytes")]
    Cut {
        /// Bytes that came.
        read: usize,
        /// Bytes announced, those of the length included.
        length: usize,
    },
    /// The announced length is above [`MESSAGE_BYTES`]; what follows cannot be trusted.
    #[error("a message of {0} bytes is larger than {MESSAGE_BYTES}")]
    Oversized(usize),
    /// Any other error of the socket.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Bytes of the length in front of each message.
pub const LENGTH_BYTES: usize = 4;
/// First piece asked of the allocator: a length is a claim until the bytes are there.
const FIRST_PIECE: usize = 64 << 10;

/// Reads one message. Memory grows with what has arrived, not with what was announced.
///
/// # Errors
/// See [`FrameError`]; after any of them the stream is out of step and must be closed.
pub fn read(stream: &mut impl Read) -> Result<Vec<u8>, FrameError> {
    let mut length = [0; LENGTH_BYTES];
    match fill(stream, &mut length)? {
        0 => return Err(FrameError::Closed),
        LENGTH_BYTES => {}
        read => return Err(FrameError::Cut { read, length: LENGTH_BYTES }),
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > MESSAGE_BYTES {
        return Err(FrameError::Oversized(length));
    }
    let mut message = Vec::new();
    while message.len() < length {
        let start = message.len();
        message.resize(length.min((start * 2).max(FIRST_PIECE)), 0);
        let read = fill(stream, &mut message[start..])?;
        if start + read < message.len() {
            return Err(FrameError::Cut { read: LENGTH_BYTES + start + read, length: LENGTH_BYTES + length });
        }
    }
    Ok(message)
}

/// Writes one message.
///
/// # Errors
/// The stream's.
pub fn write(stream: &mut impl Write, message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut frame = Vec::with_capacity(LENGTH_BYTES + message.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(message);
    stream.write_all(&frame)
}

/// Reads until `buffer` is full, the stream ends or its time is over; how many bytes came. A wait that is over before
/// the first byte is no end: only a peer that stops within a message has hung.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) && filled == 0 && buffer.len() == LENGTH_BYTES => {}
            Err(error) if is_timeout(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn what_is_written_is_read() {
        let mut wire = Vec::new();
        write(&mut wire, b"{}").expect("writes to memory");
        write(&mut wire, &vec![b'x'; 200_000]).expect("writes to memory");
        let mut wire = Cursor::new(wire);
        assert_eq!(read(&mut wire).expect("first"), b"{}");
        assert_eq!(read(&mut wire).expect("second").len(), 200_000);
        assert!(matches!(read(&mut wire), Err(FrameError::Closed)));
    }

    #[test]
    fn a_cut_message_is_told_from_a_closed_stream() {
        for cut in 1..10 {
            let mut wire = Vec::new();
            write(&mut wire, b"123456").expect("writes to memory");
            wire.truncate(cut);
            assert!(matches!(read(&mut Cursor::new(wire)), Err(FrameError::Cut { .. })), "cut at {cut}");
        }
    }

    #[test]
    fn an_announced_length_reserves_nothing() {
        let wire = (MESSAGE_BYTES as u32 + 1).to_be_bytes();
        assert!(matches!(read(&mut Cursor::new(wire)), Err(FrameError::Oversized(_))));
        let wire = (MESSAGE_BYTES as u32).to_be_bytes();
        assert!(matches!(read(&mut Cursor::new(wire)), Err(FrameError::Cut { .. })));
    }
}
