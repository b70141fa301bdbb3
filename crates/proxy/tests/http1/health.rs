//! Servers whose health is checked: who is down gets no requests, over reloads too.

use crate::support::{Proxy, Upstream, Wire, plan, pool, settings};
use pointsman_plan::{Plan, Settings};
use pointsman_proxy::context::Shared;
use pointsman_proxy::drain::Phase;
use pointsman_proxy::health::{ailing, follow};
use pointsman_proxy::snapshot::Builder;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(20);

/// Answers checks with a status of the test's choice, and everything else with its address.
#[derive(Clone)]
struct Server {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    /// Heads of the checks.
    asked: Arc<Mutex<Vec<String>>>,
    /// Where `/away` leads.
    elsewhere: Arc<Mutex<String>>,
}

impl Server {
    fn new(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, status) = (listener.local_addr().unwrap(), Arc::new(AtomicU16::new(status)));
        let server = Self { address, status, asked: Arc::default(), elsewhere: Arc::default() };
        let own = server.clone();
        std::thread::spawn(move || {
            // Until the test's process ends.
            for stream in listener.incoming() {
                let _ = own.serve(&stream.unwrap());
            }
        });
        server
    }

    fn becomes(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// How many checks named this path.
    fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|head| head.contains(path)).count()
    }

    fn serve(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(LIMIT))?;
        let mut head = String::new();
        let mut reader = BufReader::new(stream);
        while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        if head.contains("pointsman-health-check") {
            self.asked.lock().unwrap().push(head);
        }
        let (status, location) = match &*path {
            "/health" => (self.status.load(Ordering::SeqCst), "/elsewhere".to_owned()),
            "/round" => (302, "/round".to_owned()),
            "/away" => (302, self.elsewhere.lock().unwrap().clone()),
            "/endless" => return linger(stream, "Transfer-Encoding: chunked"),
            "/huge" => return linger(stream, "Content-Length: 1073741824"),
            _ => (200, String::new()),
        };
        let (body, length) = (self.address, self.address.to_string().len());
        write!(stream, "HTTP/1.1 {status} X\r\nLocation: {location}\r\nConnection: close\r\n")?;
        write!(stream, "Content-Length: {length}\r\n\r\n{body}")
    }
}

/// Begins an answer and goes on with it until the proxy has had enough.
fn linger(mut stream: &TcpStream, framing: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\n{framing}\r\n\r\n")?;
    std::io::copy(&mut stream, &mut std::io::sink()).map(|_| ())
}

/// A proxy that checks, and what builds its next snapshots.
struct Checking {
    builder: Builder,
    plan: Plan,
    shared: Arc<Shared>,
    proxy: Proxy,
}

impl Checking {
    fn new(mut plan: Plan, options: &str) -> Self {
        pool(&mut plan).options = Some(Arc::new(serde_json::from_str(options).unwrap()));
        let settings: Settings = settings();
        let mut builder = Builder::new(&settings);
        let shared = Shared::new(settings, builder.apply_plan(plan.clone()).snapshot);
        let held = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, async {
                tokio::select! {
                    () = follow(Arc::clone(&held)) => {}
                    () = held.drain.wait(Phase::Cut) => {}
                }
            });
        });
        let proxy = Proxy::serve(&shared, 0);
        Self { builder, plan, shared, proxy }
    }

    fn reload(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan);
        self.plan.generation += 1;
        self.shared.put_in_force(self.builder.apply_plan(self.plan.clone()).snapshot);
    }

    /// Waits until just these are down; why.
    fn await_down(&self, down: &[SocketAddr]) -> Vec<String> {
        let start = Instant::now();
        loop {
            let found = ailing(&self.shared);
            let urls: Vec<_> = down.iter().map(|address| format!("http://{address}")).collect();
            if found.iter().map(|server| &server.url).eq(&urls) {
                return found.into_iter().map(|server| server.reason).collect();
            }
            assert!(start.elapsed() < LIMIT, "{found:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Who answers the next requests.
    fn answering(&self, requests: usize) -> Vec<SocketAddr> {
        let mut answering: Vec<_> = (0..requests).map(|_| self.ask("").1.parse().unwrap()).collect();
        answering.sort_unstable();
        answering.dedup();
        answering
    }

    fn ask(&self, cookie: &str) -> (String, String) {
        let mut client: Wire = self.proxy.client();
        client.send(format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n"));
        let (head, body) = (client.head(), client.rest());
        (head, body)
    }
}

const CHECK: &str = r#"{"health_check": {"path": "/health", "hostname": "check.me", "interval_ms": 5,
    "headers": [{"name": "X-Check", "value": "1"}]}, "sticky": {"cookie": "s"}}"#;

#[test]
fn who_is_down_gets_no_requests_until_it_is_up_again() {
    let servers = [Server::new(200), Server::new(500)];
    let mut addresses = [servers[0].address, servers[1].address];
    let mut proxy = Checking::new(plan(&addresses), CHECK);
    let reasons = proxy.await_down(&addresses[1..]);
    assert_eq!(reasons, [format!("GET http://{}/health: answered 500", addresses[1])]);
    let expected = "GET /health HTTP/1.1\r\nHost: check.me\r\nConnection: close\r\n\
        User-Agent: pointsman-health-check\r\nX-Check: 1\r\n\r\n";
    assert_eq!(servers[1].asked.lock().unwrap()[0], expected);
    assert_eq!(proxy.answering(8), addresses[..1]);
    let (head, body) = proxy.ask(&format!("s=http://{}", addresses[1]));
    let set = format!("Set-Cookie: s=http://{}; Path=/\r\n", addresses[0]);
    assert!(body == addresses[0].to_string() && head.contains(&set), "{head}");
    proxy.reload(|plan| pool(plan).servers[0].weight = 7);
    assert_eq!(proxy.answering(8), addresses[..1], "a reload brings nobody back");
    servers[0].becomes(404);
    proxy.await_down(&addresses);
    let (head, body) = proxy.ask("");
    assert!(head.starts_with("HTTP/1.1 503 ") && body == "Service Unavailable", "{head}");
    // Back by way of a redirection.
    servers.iter().for_each(|server| server.becomes(302));
    proxy.await_down(&[]);
    addresses.sort_unstable();
    assert_eq!(proxy.answering(16), addresses);
    proxy.reload(|plan| pool(plan).options = None);
    servers[0].becomes(500);
    assert_eq!(proxy.answering(16), addresses, "nobody is checked any more");
}

#[test]
fn u_18_who_cannot_be_asked_is_down_and_says_why() {
    let server = Server::new(200);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (gone, quiet) = (crate::support::nobody(), silent.local_addr().unwrap());
    let options = r#"{"health_check": {"path": "/round", "interval_ms": 5, "timeout_ms": 300}}"#;
    let mut proxy = Checking::new(plan(&[server.address, gone, quiet]), options);
    let reasons = proxy.await_down(&[server.address, gone, quiet]);
    let expected = [
        format!("GET http://{}/round: more than 10 redirections", server.address),
        format!("GET http://{gone}/round: no connection"),
        format!("GET http://{quiet}/round: no answer in 300 ms"),
    ];
    assert_eq!(reasons, expected);
    // Another port for the checks alone; a server that is new is up.
    proxy.reload(|plan| {
        let options = format!(r#"{{"health_check": {{"path": "/", "port": {}}}}}"#, server.address.port());
        pool(plan).options = Some(Arc::new(serde_json::from_str(&options).unwrap()));
        pool(plan).servers.remove(1);
    });
    proxy.await_down(&[]);
}

#[test]
fn u_18_a_check_is_bounded_and_never_leaves_its_server() {
    let (server, other) = (Server::new(200), Upstream::new());
    *server.elsewhere.lock().unwrap() = format!("http://{}/there", other.address);
    let mut proxy = Checking::new(plan(&[server.address]), r#"{"health_check": {"path": "/", "interval_ms": 5}}"#);
    for path in ["/endless", "/huge", "/away"] {
        let text = format!(r#"{{"health_check": {{"path": "{path}", "interval_ms": 5}}}}"#);
        proxy.reload(|plan| pool(plan).options = Some(Arc::new(serde_json::from_str(&text).unwrap())));
        let start = Instant::now();
        while server.asked(path) < 3 {
            assert!(start.elapsed() < LIMIT, "{path}");
            std::thread::sleep(Duration::from_millis(1));
        }
        proxy.await_down(&[]);
    }
    assert!(other.is_untouched());
}
