//! A message kept whole: in memory as far as allowed, the rest in a temporary file that has no name.

use std::fs::{File, Permissions};
use std::io::{self, SeekFrom};
use std::os::unix::fs::PermissionsExt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;

/// What goes to or comes from a file at once.
const BLOCK: usize = 64 << 10;

/// Written once, then sealed, then read as often as it is rewound.
#[derive(Debug)]
pub(crate) struct Spool {
    memory: Vec<u8>,
    /// Most bytes in memory.
    most: usize,
    /// Bytes beyond them.
    overflow: Overflow,
    length: u64,
    /// Bytes of `memory` read.
    read: usize,
    /// Why it is of no use: the file's disk is full or broken.
    error: Option<io::Error>,
}

#[derive(Debug)]
enum Overflow {
    None,
    /// Opening a file may take its time.
    Opening(JoinHandle<io::Result<File>>),
    File(tokio::fs::File),
}

impl Spool {
    /// Empty. compat(1.7): 0 stands for a mebibyte.
    pub fn new(most: u64) -> Self {
        let most = usize::try_from(if most == 0 { 1 << 20 } else { most }).unwrap_or(usize::MAX);
        Self { memory: Vec::new(), most, overflow: Overflow::None, length: 0, read: 0, error: None }
    }

    /// Bytes written.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Why it is of no use, if so.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Makes everything written ready to be read from the start.
    pub async fn rewind(&mut self) -> io::Result<()> {
        self.read = 0;
        if let Overflow::File(file) = &mut self.overflow {
            let outcome = async {
                std::future::poll_fn(|cx| Pin::new(&mut *file).poll_flush(cx)).await?;
                Pin::new(&mut *file).start_seek(SeekFrom::Start(0))?;
                std::future::poll_fn(|cx| Pin::new(&mut *file).poll_complete(cx)).await
            };
            outcome.await?;
        }
        Ok(())
    }

    fn poll_file(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&mut tokio::fs::File>> {
        if matches!(self.overflow, Overflow::None) {
            self.overflow = Overflow::Opening(tokio::task::spawn_blocking(open));
        }
        if let Overflow::Opening(opening) = &mut self.overflow {
            let opened = ready!(Pin::new(opening).poll(cx)).map_err(io::Error::other).and_then(|opened| opened);
            self.overflow = Overflow::None;
            let mut file = tokio::fs::File::from_std(opened?);
            file.set_max_buf_size(BLOCK);
            self.overflow = Overflow::File(file);
        }
        match &mut self.overflow {
            Overflow::File(file) => Poll::Ready(Ok(file)),
            _ => Poll::Ready(Err(io::ErrorKind::NotFound.into())),
        }
    }

    fn poll_put(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if matches!(self.overflow, Overflow::None) && bytes.len() <= self.most - self.memory.len() {
            self.memory.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        let file = ready!(self.poll_file(cx))?;
        Pin::new(file).poll_write(cx, bytes)
    }

    /// Keeps the first error for who asks why.
    fn note<T>(&mut self, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        outcome.map_err(|error| {
            let kind = error.kind();
            self.error.get_or_insert(error);
            kind.into()
        })
    }
}

/// A file that nobody else can open.
fn open() -> io::Result<File> {
    let file = tempfile::tempfile()?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

impl AsyncWrite for Spool {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let spool = self.get_mut();
        let outcome = spool.poll_put(cx, bytes);
        if let Poll::Ready(Ok(count)) = &outcome {
            spool.length += *count as u64;
        }
        spool.note(outcome)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Spool {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, space: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let spool = self.get_mut();
        let rest = &spool.memory[spool.read..];
        if !rest.is_empty() {
            let count = rest.len().min(space.remaining());
            space.put_slice(&rest[..count]);
            spool.read += count;
            return Poll::Ready(Ok(()));
        }
        let Overflow::File(file) = &mut spool.overflow else { return Poll::Ready(Ok(())) };
        let outcome = Pin::new(file).poll_read(cx, space);
        spool.note(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_written_is_read_as_often_as_wanted() {
        for (most, length) in [(10, 0), (10, 10), (10, 11), (100_000, 300_000), (0, 5)] {
            let body: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let mut spool = Spool::new(most);
            for part in body.chunks(7_777) {
                spool.write_all(part).await.expect("is taken");
            }
            assert_eq!(spool.length(), length);
            for _ in 0..2 {
                spool.rewind().await.expect("works");
                let mut read = Vec::new();
                spool.read_to_end(&mut read).await.expect("works");
                assert!(read == body, "{length} bytes, {most} in memory");
            }
            assert_eq!(matches!(spool.overflow, Overflow::None), most == 0 || length <= most);
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_file_has_no_name_and_is_nobody_else_s() {
        let mut spool = Spool::new(1);
        spool.write_all(b"secret").await.expect("is taken");
        spool.rewind().await.expect("works");
        let Overflow::File(file) = &spool.overflow else { panic!("in memory") };
        let file = file.try_clone().await.expect("clones").into_std().await;
        let status = rustix::fs::fstat(file.as_fd()).expect("works");
        assert_eq!((status.st_nlink, status.st_mode & 0o777), (0, 0o600));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_full_disk_is_an_error() {
        let mut spool = Spool::new(1);
        let full = File::options().write(true).open("/dev/full").expect("opens");
        spool.overflow = Overflow::File(tokio::fs::File::from_std(full));
        let written = async {
            spool.write_all(b"some").await?;
            spool.rewind().await
        };
        let error = written.await.expect_err("is full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
