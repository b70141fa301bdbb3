//! Descriptors a parent left open for us, by number: turned into owned ones, once, before anything else is opened.
//! The only crate with `unsafe`: the standard library has no safe way from a number to an owner, and the numbers arrive
//! in the environment and in a file. It must not know what the descriptors are for.

use rustix::fs::{FileType, fstat};
use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use std::collections::HashSet;
use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by the first [`adopt`]: a second call could hand out a number that is owned already.
static ADOPTED: AtomicBool = AtomicBool::new(false);

/// Owns the sockets numbered `fds`, in that order, and closes them on `exec`.
///
/// Call it first thing in `main`: a number above 2 that is open then can only have come from the parent.
///
/// # Errors
/// `InvalidInput` when called twice, for a number below 3 or one named twice; the system's error when a number is not
/// open; `InvalidData` when it is no socket. Nothing is adopted then.
pub fn adopt(fds: &[RawFd]) -> io::Result<Vec<OwnedFd>> {
    if ADOPTED.swap(true, Ordering::SeqCst) {
        return Err(refused("inherited descriptors were taken before"));
    }
    let mut seen = HashSet::new();
    for &fd in fds {
        if fd < 3 || !seen.insert(fd) {
            return Err(refused(&format!("descriptor {fd} cannot be inherited, or is named twice")));
        }
        inspect(fd)?;
    }
    Ok(fds.iter().map(|&fd| own(fd)).collect())
}

/// Checks that the descriptor is an open socket, and has it closed on `exec`.
fn inspect(number: RawFd) -> io::Result<()> {
    // SAFETY: the borrow ends with this function, which runs before the process opens or closes anything else; a number
    // that is not open makes the first call fail with EBADF and is used no further.
    #[allow(unsafe_code)]
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    let flags = fcntl_getfd(fd).map_err(|e| io::Error::new(e.kind(), format!("descriptor {number} is not open")))?;
    let file = FileType::from_raw_mode(fstat(fd)?.st_mode);
    if file != FileType::Socket {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("descriptor {number} is no socket")));
    }
    fcntl_setfd(fd, flags | FdFlags::CLOEXEC)?;
    Ok(())
}

fn own(number: RawFd) -> OwnedFd {
    // SAFETY: open (inspected above), above stdio, named once, and `ADOPTED` lets this run once: nobody else owns it.
    #[allow(unsafe_code)]
    unsafe {
        OwnedFd::from_raw_fd(number)
    }
}

fn refused(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
