//! A proxy on a thread of its own, clients and upstreams as scripts over blocking sockets. Every wait is bounded.

use pointsman_plan::{Action, Matcher, Middleware, Modifier, Plan, Pool, Route, Server, Settings};
use pointsman_proxy::conn;
use pointsman_proxy::context::{Shared, ThreadContext};
use pointsman_proxy::drain::Phase;
use pointsman_proxy::snapshot::{Builder, Snapshot};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// No wait of a test is longer.
const LIMIT: Duration = Duration::from_secs(20);

/// A proxy with one entry point.
pub struct Proxy {
    pub address: SocketAddr,
    pub shared: Arc<Shared>,
}

/// Settings with one entry point `http`.
pub fn settings() -> Settings {
    let entry_point = serde_json::from_str(r#"{"address": ":0"}"#).expect("valid");
    Settings {
        entry_points: [("http".to_owned(), entry_point)].into(),
        hostname: "edge".to_owned(),
        ..Settings::default()
    }
}

/// A plan with one route for `Host: a`, to these servers.
pub fn plan(servers: &[SocketAddr]) -> Plan {
    let server = |(index, address): (usize, &SocketAddr)| {
        let text = format!(
            r#"{{"name": "s{index}", "url": "http://{address}", "address": "{address}", "host": "{address}"}}"#
        );
        serde_json::from_str::<Server>(&text).expect("valid")
    };
    let pool = Pool {
        provider: "t".to_owned(),
        name: "p".to_owned(),
        method: Default::default(),
        options: None,
        servers: servers.iter().enumerate().map(server).collect(),
    };
    let route = Route {
        provider: "t".to_owned(),
        name: "r".to_owned(),
        origin: String::new(),
        labels: Default::default(),
        entry_points: vec!["http".to_owned()],
        priority: 1,
        tie: 0,
        matchers: vec![Matcher::Host { hosts: vec!["a".to_owned()] }],
        modifiers: Vec::new(),
        middlewares: Vec::new(),
        rate_limit: None,
        action: Action::Forward { pool: "t/p".to_owned(), pass_host: true },
    };
    Plan {
        generation: 1,
        routes: [("t/r".to_owned(), route)].into(),
        pools: [("t/p".to_owned(), pool)].into(),
        ..Plan::default()
    }
}

/// The plan's only route.
pub fn route(plan: &mut Plan) -> &mut Route {
    plan.routes.get_mut("t/r").expect("it has one")
}

/// The plan's only pool.
pub fn pool(plan: &mut Plan) -> &mut Pool {
    plan.pools.get_mut("t/p").expect("it has one")
}

/// Adds a modifier.
pub fn modified(mut plan: Plan, modifier: Modifier) -> Plan {
    route(&mut plan).modifiers.push(modifier);
    plan
}

/// Adds middlewares, as the plan writes them.
pub fn with_middlewares(mut plan: Plan, json: &str) -> Plan {
    route(&mut plan).middlewares.extend(serde_json::from_str::<Vec<Middleware>>(json).expect("valid"));
    plan
}

/// Adds a pool `t/NAME` with one server.
pub fn with_pool(mut plan: Plan, name: &str, server: SocketAddr) -> Plan {
    let mut pool = self::plan(&[server]).pools.remove("t/p").expect("it has one");
    pool.name = name.to_owned();
    plan.pools.insert(format!("t/{name}"), pool);
    plan
}

impl Proxy {
    /// With default settings.
    pub fn to(servers: &[SocketAddr]) -> Self {
        Self::start(settings(), plan(servers))
    }

    pub fn start(settings: Settings, plan: Plan) -> Self {
        let mut builder = Builder::new(&settings);
        let applied = builder.apply_plan(plan);
        assert_eq!(applied.problems, []);
        Self::start_with(settings, &applied.snapshot)
    }

    pub fn start_with(settings: Settings, snapshot: &Arc<Snapshot>) -> Self {
        Self::serve(&Shared::new(settings, Arc::clone(snapshot)), 0)
    }

    /// A thread more for an entry point.
    pub fn serve(shared: &Arc<Shared>, entry_point: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let address = listener.local_addr().expect("bound");
        listener.set_nonblocking(true).expect("works");
        let held = Arc::clone(shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("starts");
            tokio::task::LocalSet::new().block_on(&runtime, accept(listener, held, entry_point));
        });
        Self { address, shared: Arc::clone(shared) }
    }

    pub fn client(&self) -> Wire {
        Wire::new(TcpStream::connect(self.address).expect("connects"))
    }

    /// Waits until `wanted` holds of the totals; they are counted just behind the last byte of an answer.
    pub fn await_totals(&self, wanted: impl Fn(&pointsman_proxy::telemetry::Totals) -> bool) {
        let start = std::time::Instant::now();
        while !wanted(&self.shared.telemetry.totals()) {
            assert!(start.elapsed() < LIMIT, "{:?}", self.shared.telemetry.totals());
            std::thread::yield_now();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.drain.advance(Phase::Cut);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, entry_point: usize) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("registers");
    let context = ThreadContext::new(Arc::clone(&shared));
    let accepting = async {
        loop {
            let (stream, peer) = listener.accept().await.expect("accepts");
            tokio::task::spawn_local(conn::welcome(stream, peer, entry_point, Rc::clone(&context)));
        }
    };
    tokio::select! {
        () = shared.drain.wait(Phase::Cut) => {}
        () = accepting => {}
    }
}

/// A server whose every move a test makes.
pub struct Upstream {
    pub address: SocketAddr,
    listener: TcpListener,
}

impl Upstream {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        Self { address: listener.local_addr().expect("bound"), listener }
    }

    pub fn accept(&self) -> Wire {
        // A blocking accept cannot be bounded; a poll in short steps can.
        self.listener.set_nonblocking(true).expect("works");
        let start = std::time::Instant::now();
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false).expect("works");
                    return Wire::new(stream);
                }
                Err(_) if start.elapsed() < LIMIT => std::thread::sleep(Duration::from_millis(1)),
                Err(error) => panic!("nobody came: {error}"),
            }
        }
    }

    /// Nobody has connected so far.
    pub fn is_untouched(&self) -> bool {
        self.listener.set_nonblocking(true).expect("works");
        self.listener.accept().is_err()
    }
}

/// An address where nobody listens.
pub fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("binds")
}

/// One end of a connection.
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(LIMIT)).expect("works");
        stream.set_write_timeout(Some(LIMIT)).expect("works");
        stream.set_nodelay(true).expect("works");
        Self { stream, read: Vec::new() }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("is taken");
    }

    /// As `send`, but the peer may have closed.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    pub fn try_clone(&self) -> TcpStream {
        self.stream.try_clone().expect("clones")
    }

    pub fn end(&mut self) {
        self.stream.shutdown(Shutdown::Write).expect("works");
    }

    /// Reads up to and with the empty line.
    #[track_caller]
    pub fn head(&mut self) -> String {
        let head = self.until(b"\r\n\r\n");
        String::from_utf8(head).expect("text")
    }

    #[track_caller]
    pub fn until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|window| window == end) {
                let rest = self.read.split_off(at + end.len());
                return std::mem::replace(&mut self.read, rest);
            }
            assert!(self.more(), "ended after {:?}", String::from_utf8_lossy(&self.read));
        }
    }

    #[track_caller]
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        while self.read.len() < count {
            assert!(self.more(), "ended after {} bytes of {count}", self.read.len());
        }
        let rest = self.read.split_off(count);
        std::mem::replace(&mut self.read, rest)
    }

    #[track_caller]
    pub fn text(&mut self, count: usize) -> String {
        String::from_utf8(self.take(count)).expect("text")
    }

    /// Everything until the other end closes.
    pub fn rest(&mut self) -> String {
        String::from_utf8_lossy(&self.remains()).into_owned()
    }

    /// The same as bytes.
    pub fn remains(&mut self) -> Vec<u8> {
        while self.more() {}
        std::mem::take(&mut self.read)
    }

    /// Waits for the end; true if nothing came before.
    pub fn is_closed(&mut self) -> bool {
        self.rest().is_empty()
    }

    /// Waits for the end; true if it is a reset and nothing came before.
    pub fn is_reset(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset)
    }

    /// False: the other end has closed.
    #[track_caller]
    fn more(&mut self) -> bool {
        let mut space = [0; 16 << 10];
        match self.stream.read(&mut space) {
            Ok(count) => {
                self.read.extend_from_slice(&space[..count]);
                count > 0
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                panic!("nothing came, after {:?}", String::from_utf8_lossy(&self.read))
            }
            Err(_) => false,
        }
    }
}

/// A request without body.
pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// A response with this body.
pub fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: a/b\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
