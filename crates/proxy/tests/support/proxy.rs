//! The executable under test, and both of its lines.

use super::{LIMIT, until};
use pointsman_plan::{Downward, EntryPoint, ForwardedHeaders, Internal, Plan, Settings, Upward};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recv,
    sendmsg, socketpair,
};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Descriptors are inheritable only while this is held: another test's proxy must not get them.
static SPAWN: Mutex<()> = Mutex::new(());

/// How a proxy is started.
pub struct Options {
    pub settings: Settings,
    pub listener: TcpListener,
    /// More sockets of the same entry point.
    pub others: Vec<TcpListener>,
    /// Soft limit of descriptors, if another than ours.
    pub descriptors: Option<u64>,
    /// Nobody reads its log.
    pub unread: bool,
    /// Where it keeps what is too large for its memory, if elsewhere than usual.
    pub temporary: Option<PathBuf>,
}

impl Options {
    /// One thread, one entry point `http` with ping and metrics, on a port of the kernel's.
    pub fn new() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// The same on a listener that is there already.
    pub fn on(listener: TcpListener) -> Self {
        let settings = Settings { log_level: "DEBUG".to_owned(), ..Settings::default() };
        Self { settings, listener, others: Vec::new(), descriptors: None, unread: false, temporary: None }
    }
}

/// A running proxy; killed when dropped.
pub struct Proxy {
    child: Child,
    control: OwnedFd,
    folder: PathBuf,
    pub listener: TcpListener,
    pub address: SocketAddr,
}

impl Proxy {
    /// Starts it and waits until it says that it accepts.
    pub fn start(options: Options) -> Self {
        let proxy = Self::spawn(options);
        assert_eq!(proxy.word(), r#"{"type":"ready"}"#);
        proxy
    }

    /// Starts it.
    pub fn spawn(mut options: Options) -> Self {
        let listener = options.listener;
        let entry_point = EntryPoint {
            fds: options.others.iter().chain([&listener]).map(AsRawFd::as_raw_fd).collect(),
            internal: vec![Internal::Ping, Internal::Metrics],
            ..EntryPoint::new(":0")
        };
        options.settings.entry_points.insert("http".to_owned(), entry_point);
        let folder = folder();
        let settings = folder.join("settings.json");
        std::fs::write(&settings, serde_json::to_vec(&options.settings).unwrap()).unwrap();
        let (control, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_pointsman-proxy"));
        if let Some(limit) = options.descriptors {
            command = Command::new("prlimit");
            command.arg(format!("--nofile={limit}:{limit}")).arg(env!("CARGO_BIN_EXE_pointsman-proxy"));
        }
        command.arg("run").arg("--settings").arg(&settings);
        command.env("POINTSMAN_CONTROL_FD", theirs.as_raw_fd().to_string());
        if let Some(temporary) = &options.temporary {
            command.env("TMPDIR", temporary);
        }
        if options.unread {
            command.stdout(Stdio::piped());
        }
        let _alone = SPAWN.lock().unwrap_or_else(|e| e.into_inner());
        let sockets = options.others.iter().chain([&listener]);
        for fd in sockets.clone().map(AsFd::as_fd).chain([theirs.as_fd()]) {
            fcntl_setfd(fd, FdFlags::empty()).unwrap();
        }
        let child = command.spawn().unwrap();
        for socket in sockets {
            fcntl_setfd(socket, FdFlags::CLOEXEC).unwrap();
        }
        drop(theirs);
        let address = listener.local_addr().unwrap();
        Self { child, control, folder, listener, address }
    }

    /// The next thing it tells its supervisor; empty when it is gone.
    pub fn word(&self) -> String {
        rustix::net::sockopt::set_socket_timeout(&self.control, rustix::net::sockopt::Timeout::Recv, Some(LIMIT))
            .unwrap();
        let mut bytes = [0; 256];
        let (read, _) = recv(&self.control, &mut bytes, RecvFlags::empty()).unwrap();
        String::from_utf8(bytes[..read].to_vec()).unwrap()
    }

    /// Gives it a new link; the greeting is read.
    pub fn link(&self) -> (Link, u64) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let fds = [theirs.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(&fds)));
        let message = [IoSlice::new(br#"{"type":"link"}"#)];
        sendmsg(&self.control, &message, &mut ancillary, SendFlags::empty()).unwrap();
        drop(theirs);
        ours.set_read_timeout(Some(LIMIT)).unwrap();
        let mut link = Link(ours);
        match link.answer() {
            Some(Upward::Hello { generation, pid }) if pid == self.child.id() => (link, generation),
            other => panic!("no greeting: {other:?}"),
        }
    }

    /// Sends a signal to it.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        until("the proxy ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Kills it and gives its listener to the next.
    pub fn kill(mut self) -> TcpListener {
        self.child.kill().unwrap();
        assert_eq!(self.wait().signal(), Some(9));
        self.listener.try_clone().unwrap()
    }

    /// Lets its supervisor be gone.
    pub fn orphan(&mut self) {
        let (end, _) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        self.control = end;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A folder of one's own.
pub fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("pointsman-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    std::fs::create_dir(&path).unwrap();
    path
}

/// The controller's end.
pub struct Link(pub UnixStream);

impl Link {
    /// Writes one frame.
    pub fn frame(&mut self, text: &[u8]) {
        self.0.write_all(&u32::try_from(text.len()).unwrap().to_be_bytes()).unwrap();
        self.0.write_all(text).unwrap();
    }

    /// Sends a message and waits for what became of it.
    pub fn send(&mut self, message: &Downward) -> Upward {
        self.frame(&serde_json::to_vec(message).unwrap());
        self.answer().expect("an answer")
    }

    /// Puts a plan in force.
    pub fn apply(&mut self, plan: Plan) {
        let generation = plan.generation;
        let answer = self.send(&Downward::ApplyPlan { plan });
        assert_eq!(answer, Upward::Applied { generation, problems: Vec::new() });
    }

    /// The next answer; `None` when the proxy closed.
    pub fn answer(&mut self) -> Option<Upward> {
        let mut length = [0; 4];
        if self.0.read_exact(&mut length).is_err() {
            return None;
        }
        let mut text = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut text).unwrap();
        Some(serde_json::from_slice(&text).unwrap())
    }

    /// The next answer, which is a refusal; the generation it names.
    pub fn refused(&mut self) -> u64 {
        match self.answer() {
            Some(Upward::Rejected { generation, .. }) => generation,
            other => panic!("not refused: {other:?}"),
        }
    }
}
