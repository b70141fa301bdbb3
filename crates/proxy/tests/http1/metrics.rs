//! What `/metrics` says of routes and pools that come, change and go under way.

use crate::support::{Proxy, Upstream, Wire, ok, plan, settings};
use pointsman_plan::{Matcher, Metrics, Plan, Settings};
use pointsman_proxy::context::Shared;
use pointsman_proxy::snapshot::Builder;

/// A proxy with metrics, its plan, and the only server of all its pools.
struct Measured {
    builder: Builder,
    plan: Plan,
    proxy: Proxy,
    upstream: Upstream,
}

impl Measured {
    /// With the route `t/r` for host `r` to the pool `t/r`.
    fn new() -> Self {
        let labels = vec!["namespace".to_owned()];
        let metrics = Some(Metrics { buckets_ns: vec![1_000_000_000], labels });
        let mut settings = Settings { metrics, ..settings() };
        let entry_point = serde_json::from_str(r#"{"address": ":0", "internal": ["metrics"]}"#).expect("valid");
        settings.entry_points.insert("http".to_owned(), entry_point);
        let mut builder = Builder::new(&settings);
        let shared = Shared::new(settings, builder.apply_plan(Plan::default()).snapshot);
        let proxy = Proxy::serve(&shared, 0);
        let mut measured = Self { builder, plan: Plan::default(), proxy, upstream: Upstream::new() };
        measured.reload(|plan, with| with(plan, "r"));
        measured
    }

    /// Puts a changed plan in force; what `change` is given adds a route and its pool.
    fn reload(&mut self, change: impl FnOnce(&mut Plan, &dyn Fn(&mut Plan, &str))) {
        let address = self.upstream.address;
        let with = |all: &mut Plan, name: &str| {
            let mut one = plan(&[address]);
            let (mut route, mut pool) = (one.routes.remove("t/r").unwrap(), one.pools.remove("t/p").unwrap());
            route.matchers = vec![Matcher::Host { hosts: vec![name.to_owned()] }];
            route.action =
                serde_json::from_str(&format!(r#"{{"type": "forward", "pool": "t/{name}"}}"#)).expect("valid");
            (route.name, pool.name) = (name.to_owned(), name.to_owned());
            all.routes.insert(format!("t/{name}"), route);
            all.pools.insert(format!("t/{name}"), pool);
        };
        change(&mut self.plan, &with);
        self.plan.generation += 1;
        let applied = self.builder.apply_plan(self.plan.clone());
        assert_eq!(applied.problems, []);
        self.proxy.shared.put_in_force(applied.snapshot);
    }

    fn without(&mut self, name: &str) {
        self.reload(|plan, _| {
            plan.routes.remove(&format!("t/{name}"));
            plan.pools.remove(&format!("t/{name}"));
        });
    }

    /// The page, when all requests are over.
    fn page(&self) -> Vec<String> {
        // The one that asks is under way itself.
        self.proxy.await_totals(|totals| totals.in_flight == 0);
        self.page_now()
    }

    fn page_now(&self) -> Vec<String> {
        let mut client = self.proxy.client();
        client.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let text = client.rest();
        let (head, page) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        page.lines().map(str::to_owned).collect()
    }
}

fn ask(client: &mut Wire, host: &str) {
    client.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
}

fn answer(client: &mut Wire, server: &mut Wire) {
    server.head();
    server.send(ok("body"));
    assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
    client.take(4);
}

/// Value of the line that starts so.
fn value(page: &[String], start: &str) -> Option<u64> {
    let mut found = page.iter().filter_map(|line| line.strip_prefix(start)?.trim().parse().ok());
    let first = found.next();
    assert_eq!(found.next(), None, "{start}");
    first
}

fn requests(page: &[String], router: &str) -> Option<u64> {
    value(
        page,
        &format!("pointsman_router_requests_total{{router=\"{router}\",provider=\"t\",namespace=\"\",class=\"2xx\"}}"),
    )
}

#[test]
fn routes_that_go_leave_page_and_memory_and_one_that_stays_keeps_its_counts() {
    let mut measured = Measured::new();
    let mut client = measured.proxy.client();
    ask(&mut client, "r");
    let mut server = measured.upstream.accept();
    answer(&mut client, &mut server);
    let before = measured.page();
    assert_eq!(value(&before, "pointsman_metrics_series "), Some(4));
    for round in 0..1_000 {
        let name = format!("x{round}");
        measured.reload(|plan, with| with(plan, &name));
        for host in [&*name, "r"] {
            ask(&mut client, host);
            answer(&mut client, &mut server);
        }
        if round == 0 {
            let page = measured.page();
            assert_eq!((requests(&page, "x0"), requests(&page, "r")), (Some(1), Some(2)));
        }
        measured.without(&name);
    }
    let after = measured.page();
    assert_eq!(requests(&after, "r"), Some(1_001));
    assert_eq!(value(&after, "pointsman_metrics_requests_left_out_total "), Some(0));
    assert_eq!(after.len(), before.len(), "{}", after.join("\n"));
    // The thread's snapshot is the last one with a route more, until it is asked for another.
    assert!(value(&after, "pointsman_metrics_series ") <= Some(6), "{}", after.join("\n"));
}

#[test]
fn a_request_that_outlives_its_route_is_counted_at_its_entry_point_only() {
    let mut measured = Measured::new();
    let mut client = measured.proxy.client();
    ask(&mut client, "r");
    let mut server = measured.upstream.accept();
    server.head();
    let open = |what: &str| {
        format!(
            "traefik_{what}_open_connections{{{what}=\"{}\",method=\"GET\",protocol=\"http\"}} ",
            if what == "backend" { "r" } else { "http" }
        )
    };
    let page = measured.page_now();
    assert_eq!((value(&page, &open("entrypoint")), value(&page, &open("backend"))), (Some(1), Some(1)));
    measured.without("r");
    assert!(!measured.page_now().iter().any(|line| line.contains("\"r\"")));
    measured.reload(|plan, with| with(plan, "r"));
    server.send(ok("body"));
    assert!(client.head().starts_with("HTTP/1.1 200 OK\r\n"));
    client.take(4);
    let page = measured.page();
    assert_eq!((value(&page, &open("entrypoint")), value(&page, &open("backend"))), (Some(0), None));
    assert_eq!(requests(&page, "r"), None);
    ask(&mut client, "r");
    answer(&mut client, &mut server);
    let page = measured.page();
    assert_eq!((value(&page, &open("backend")), requests(&page, "r")), (Some(0), Some(1)));
}

#[test]
fn other_labels_make_other_series_and_other_options_do_not() {
    let mut measured = Measured::new();
    let mut client = measured.proxy.client();
    ask(&mut client, "r");
    let mut server = measured.upstream.accept();
    answer(&mut client, &mut server);
    measured.reload(|plan, _| plan.routes.get_mut("t/r").expect("it has one").priority = 7);
    ask(&mut client, "r");
    answer(&mut client, &mut server);
    assert_eq!(requests(&measured.page(), "r"), Some(2));
    let label = ("namespace".into(), "shop".into());
    measured.reload(|plan, _| plan.routes.get_mut("t/r").expect("it has one").labels = [label].into());
    assert!(!measured.page().iter().any(|line| line.contains("router=\"r\"")));
    ask(&mut client, "r");
    answer(&mut client, &mut server);
    let page = measured.page();
    let shop = "pointsman_router_requests_total{router=\"r\",provider=\"t\",namespace=\"shop\",class=\"2xx\"} ";
    assert_eq!((value(&page, shop), requests(&page, "r")), (Some(1), None));
}
