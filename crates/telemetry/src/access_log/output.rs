//! Where lines go: standard output, or a file that is opened anew when it was rotated.

use pointsman_plan as plan;
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A pipe takes so many bytes whole (`PIPE_BUF`): lines of several processes don't mix.
const PIPE: usize = 4_096;
/// Pause when a reader takes nothing and the descriptor doesn't wait.
const BUSY: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) enum Output {
    Stdout { pieces: bool },
    File { path: PathBuf, open: Option<(File, Identity)> },
}

/// Device and inode.
type Identity = (u64, u64);

/// How a write of several lines ended.
#[derive(Debug)]
pub(super) enum Written {
    All,
    /// Bytes that went out before it failed.
    Part(usize, io::Error),
}

impl Output {
    pub fn of(config: &plan::AccessLog) -> Self {
        if config.path.is_empty() {
            let regular = rustix::fs::fstat(io::stdout())
                .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file());
            Self::Stdout { pieces: !regular }
        } else {
            Self::File { path: config.path.clone().into(), open: None }
        }
    }

    /// Makes sure that what is written goes to the path, and not to a file that was moved away; true: to another than
    /// before. `anew`: opens it in any case.
    pub fn refresh(&mut self, anew: bool) -> io::Result<bool> {
        let Self::File { path, open } = self else { return Ok(false) };
        if let (Some((_, identity)), false) = (&open, anew)
            && std::fs::metadata(&*path).is_ok_and(|now| (now.dev(), now.ino()) == *identity)
        {
            return Ok(false);
        }
        let file = create(path)?;
        let metadata = file.metadata()?;
        let identity = (metadata.dev(), metadata.ino());
        let same = open.as_ref().is_some_and(|(_, old)| *old == identity);
        *open = Some((file, identity));
        Ok(!same)
    }

    /// Writes lines.
    pub fn write(&mut self, lines: &[u8]) -> Written {
        match self {
            Self::File { open: None, .. } => Written::Part(0, io::ErrorKind::NotFound.into()),
            Self::File { open: Some((file, _)), .. } => write(file, lines, usize::MAX),
            Self::Stdout { pieces } => {
                // The process' own log writes here too.
                let stdout = io::stdout().lock();
                write(&stdout, lines, if *pieces { PIPE } else { usize::MAX })
            }
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o664).open(path)
}

fn write(file: impl AsFd, lines: &[u8], most: usize) -> Written {
    let mut done = 0;
    while done < lines.len() {
        let rest = &lines[done..];
        match rustix::io::write(&file, &rest[..whole_lines(rest, most)]) {
            Ok(0) => return Written::Part(done, io::ErrorKind::WriteZero.into()),
            Ok(count) => done += count,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => std::thread::sleep(BUSY),
            Err(error) => return Written::Part(done, error.into()),
        }
    }
    Written::All
}

/// How many of the bytes are whole lines that fit; the first line, if it alone does not.
fn whole_lines(text: &[u8], most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    let fitting = memchr::memrchr(b'\n', &text[..most]);
    fitting.or_else(|| memchr::memchr(b'\n', text)).map_or(text.len(), |end| end + 1)
}
