//! Breakers, connection limits and rate limits, with several threads and reloads in between.

use crate::support::{Proxy, Upstream, Wire, get, nobody, ok, plan, pool, route, settings};
use pointsman_plan::{Plan, PoolOptions, Settings};
use pointsman_proxy::context::Shared;
use pointsman_proxy::snapshot::Builder;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Two entry points, the first served by two threads, and what builds their next snapshots.
struct Reloadable {
    builder: Builder,
    plan: Plan,
    shared: Arc<Shared>,
    threads: [Proxy; 2],
    other: Proxy,
}

impl Reloadable {
    fn new(plan: Plan) -> Self {
        let mut settings: Settings = settings();
        let entry_point = settings.entry_points["http"].clone();
        settings.entry_points.insert("other".to_owned(), entry_point);
        let mut builder = Builder::new(&settings);
        let applied = builder.apply_plan(plan.clone());
        assert_eq!(applied.problems, []);
        let shared = Shared::new(settings, applied.snapshot);
        let threads = [0, 0].map(|entry_point| Proxy::serve(&shared, entry_point));
        let other = Proxy::serve(&shared, 1);
        Self { builder, plan, shared, threads, other }
    }

    /// Waits until no request is under way: a client may have its answer a little before.
    fn rest(&self) {
        self.other.await_totals(|totals| totals.in_flight == 0);
    }

    /// Puts a changed plan in force.
    fn reload(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan);
        self.plan.generation += 1;
        self.shared.put_in_force(self.builder.apply_plan(self.plan.clone()).snapshot);
    }
}

fn options(json: &str) -> Option<Arc<PoolOptions>> {
    Some(Arc::new(serde_json::from_str(json).expect("valid")))
}

fn limited(servers: &[SocketAddr], pool_options: &str, rate_limit: &str) -> Plan {
    let mut plan = plan(servers);
    pool(&mut plan).options = options(pool_options);
    route(&mut plan).entry_points.push("other".to_owned());
    route(&mut plan).rate_limit = serde_json::from_str(rate_limit).expect("valid");
    plan
}

/// Head and body of an answer with Content-Length.
fn answer(client: &mut Wire) -> (String, String) {
    let head = client.head();
    let length = head.split("Content-Length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let body = client.text(length.map_or(0, |length| length.parse().expect("a number")));
    (head, body)
}

/// Status and body of a request with a key.
fn ask(proxy: &Proxy, key: &str) -> (String, String) {
    let mut client = proxy.client();
    client.send(format!("GET / HTTP/1.1\r\nHost: a\r\nX-Key: {key}\r\n\r\n"));
    let (head, body) = answer(&mut client);
    (head[9..12].to_owned(), body)
}

const BY_KEY: &str = r#"{"source": "request.header.X-Key", "rates": [
    {"period_ns": 3600000000000, "average": 1, "burst": 2}, {"period_ns": 7200000000000, "average": 1, "burst": 100}]}"#;

#[test]
fn r_06_a_rate_is_shared_by_threads_kept_over_reloads_and_told_in_full() {
    // Nobody is there to answer: whoever is let through gets a 502.
    let mut proxy = Reloadable::new(limited(&[nobody()], "{}", BY_KEY));
    assert_eq!(ask(&proxy.threads[0], "k").0, "502");
    assert_eq!(ask(&proxy.threads[1], "k").0, "502");
    let refused = ("429".to_owned(), "max rate reached: retry-in 1h0m0s".to_owned());
    assert_eq!([ask(&proxy.threads[0], "k"), ask(&proxy.threads[1], "k")], [refused.clone(), refused.clone()]);
    let mut client = proxy.threads[0].client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Key: k\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n");
    let (head, _) = answer(&mut client);
    let head: String = head.split_inclusive("\r\n").filter(|line| !line.starts_with("Date: ")).collect();
    let expected = "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Retry-After: 3600\r\nX-Retry-In: 1h0m0s\r\nContent-Length: 33\r\n\r\n";
    assert_eq!(head, expected);
    assert!(!client.head().contains("Retry"), "the next answer is another's");
    assert_eq!((ask(&proxy.threads[0], "else").0, ask(&proxy.other, "k").0), ("502".to_owned(), "502".to_owned()));
    proxy.reload(|plan| route(plan).priority = 7);
    assert_eq!(ask(&proxy.threads[0], "k"), refused);
    proxy.reload(|plan| route(plan).rate_limit.as_mut().unwrap().rates[0].burst = 3);
    assert_eq!(ask(&proxy.threads[0], "k").0, "502", "another limit begins anew");
    proxy.reload(|plan| route(plan).rate_limit = None);
    assert!((0..9).all(|_| ask(&proxy.threads[0], "k").0 == "502"));
}

#[test]
fn r_06_so_many_at_once_and_no_more_until_one_is_over_or_gone() {
    let upstream = Upstream::new();
    let limit = r#"{"max_connections": {"amount": 2, "source": "request.host"}}"#;
    let mut proxy = Reloadable::new(limited(&[upstream.address], limit, "null"));
    let mut clients = [proxy.threads[0].client(), proxy.threads[1].client()];
    let mut servers = clients.each_mut().map(|client| {
        client.send(get("/"));
        let mut server = upstream.accept();
        server.head();
        server
    });
    let refused = ("429".to_owned(), "max connections reached: 2".to_owned());
    assert_eq!(ask(&proxy.threads[0], ""), refused);
    proxy.reload(|plan| pool(plan).servers[0].weight = 3);
    assert_eq!(ask(&proxy.threads[1], ""), refused, "a reload sets nobody free");
    let [first, mut second] = clients;
    // One goes away, one is answered: both places are free.
    drop(first);
    assert!(servers[0].is_closed());
    servers[1].send(ok(""));
    assert_eq!(second.head(), ok(""));
    proxy.rest();
    for _ in 0..2 {
        let mut client = proxy.threads[0].client();
        client.send(get("/"));
        let mut server = upstream.accept();
        server.head();
        server.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        assert!(client.head().starts_with("HTTP/1.1 204 "));
        proxy.rest();
    }
}

const FAILING: &str = r#"{"breaker": {"type": "compare", "figure": "network_error_ratio", "operator": ">",
    "value_millionths": 500000}, "max_connections": {"amount": 1, "source": "client.ip"}}"#;

#[test]
fn an_open_breaker_answers_before_all_else() {
    let mut proxy = Reloadable::new(limited(&[nobody()], FAILING, BY_KEY));
    assert_eq!(ask(&proxy.threads[0], "k").0, "502");
    proxy.rest();
    let refused = ("503".to_owned(), "Service Unavailable".to_owned());
    (0..5).for_each(|_| assert_eq!(ask(&proxy.threads[1], "k"), refused));
    let upstream = Upstream::new();
    let address = upstream.address.to_string();
    proxy.reload(|plan| {
        let server = &mut pool(plan).servers[0];
        (server.address, server.url) = (address.clone(), format!("http://{address}"));
    });
    assert_eq!(ask(&proxy.threads[0], "k"), refused, "it stays open over a reload");
    assert!(upstream.is_untouched());
    // Those that it refused have taken no token: one of two is left where it is closed.
    proxy.reload(|plan| pool(plan).options = None);
    let mut client = proxy.threads[0].client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Key: k\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send(ok("x"));
    assert_eq!(answer(&mut client).1, "x");
    assert_eq!(ask(&proxy.threads[0], "k").0, "429");
}

#[test]
fn u_22_when_all_servers_fail_the_breaker_opens_and_tries_are_bounded() {
    let breaker = r#"{"breaker": {"type": "compare", "figure": "network_error_ratio", "operator": ">",
        "value_millionths": 500000}}"#;
    let proxy = Reloadable::new(limited(&[nobody(), nobody()], breaker, "null"));
    let (mut failed, start) = (0, Instant::now());
    for thread in proxy.threads.iter().cycle() {
        match &*ask(thread, "").0 {
            "502" => failed += 1,
            status => {
                assert_eq!(status, "503");
                break;
            }
        }
        assert!(start.elapsed() < Duration::from_secs(20));
    }
    proxy.rest();
    assert_eq!(proxy.shared.telemetry.totals().retries, failed, "one more try for each");
    assert!(proxy.threads.iter().all(|thread| (0..20).all(|_| ask(thread, "").0 == "503")));
}
