use super::*;
use crate::{Reason, Stages};
use std::time::{Duration, Instant};

const THREADS: usize = 2;

fn metrics() -> Arc<Metrics> {
    let labels = vec!["namespace".to_owned(), "host".to_owned()];
    let config = plan::Metrics { buckets_ns: vec![100_000_000, 300_000_000], labels };
    Arc::new(Metrics::new(&config, ["http".to_owned(), "https".to_owned()].into_iter(), THREADS))
}

fn page(metrics: &Metrics, backends: &[(&str, &Meter)], routers: &[Router<'_>]) -> Vec<String> {
    let mut page = Page::default();
    metrics.render(&mut page, backends, routers.iter().copied());
    page.into_text().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn ended(opened: Opened, millis: u64) -> Stages {
    let begun = Instant::now();
    Stages { opened, begun: Some(begun), ended: Some(begun + Duration::from_millis(millis)), ..Stages::default() }
}

fn served(thread: &ThreadMetrics, millis: u64, outcome: Outcome<'_>) {
    let opened = thread.open(0, b"GET", Kind::Http, outcome.meters.backend);
    thread.record(&Outcome { phrase: "OK", stages: ended(opened, millis), ..outcome });
}

fn to(backend: &Meter) -> Meters<'_> {
    Meters { backend: Some(backend), route: None }
}

fn assert_has(page: &[String], lines: &[&str]) {
    for line in lines {
        assert!(page.iter().any(|found| found == line), "{line}\n{}", page.join("\n"));
    }
}

#[test]
fn threads_are_added_up_under_1_7s_names_and_labels() {
    let (metrics, backend) = (metrics(), Meter::new(THREADS));
    for _ in 0..THREADS {
        let thread = ThreadMetrics::new(&metrics);
        served(&thread, 100, Outcome { status: 200, retries: 1, meters: to(&backend), ..Outcome::default() });
        served(&thread, 200, Outcome { status: 404, reason: Reason::NoRoute, ..Outcome::default() });
        served(&thread, 900, Outcome { status: 101, meters: to(&backend), ..Outcome::default() });
    }
    let labels = r#"code="200",method="GET",protocol="http""#;
    let of_backend = format!("{{backend=\"foo/bar\",{labels}");
    let lines = [
        &*format!("traefik_entrypoint_requests_total{{entrypoint=\"http\",{labels}}} 4"),
        r#"traefik_entrypoint_requests_total{entrypoint="http",code="404",method="GET",protocol="http"} 2"#,
        &*format!("traefik_backend_requests_total{of_backend}}} 4"),
        &*format!("traefik_backend_request_duration_seconds_bucket{of_backend},le=\"0.1\"}} 2"),
        &*format!("traefik_backend_request_duration_seconds_bucket{of_backend},le=\"0.3\"}} 2"),
        &*format!("traefik_backend_request_duration_seconds_bucket{of_backend},le=\"+Inf\"}} 4"),
        &*format!("traefik_backend_request_duration_seconds_sum{of_backend}}} 2"),
        &*format!("traefik_backend_request_duration_seconds_count{of_backend}}} 4"),
        r#"traefik_backend_open_connections{backend="foo/bar",method="GET",protocol="http"} 0"#,
        r#"traefik_backend_retries_total{backend="foo/bar"} 2"#,
    ];
    assert_has(&page(&metrics, &[("foo/bar", &backend)], &[]), &lines);
}

#[test]
fn backends_of_one_name_are_one_series_and_routers_of_one_name_two() {
    let (metrics, backends) = (metrics(), [Meter::new(THREADS), Meter::new(THREADS)]);
    let routes = [RouteMeter::new(THREADS), RouteMeter::new(THREADS)];
    let thread = ThreadMetrics::new(&metrics);
    for (backend, route) in backends.iter().zip(&routes) {
        let meters = Meters { backend: Some(backend), route: Some(route) };
        served(&thread, 1, Outcome { status: 200, meters, ..Outcome::default() });
    }
    let router = |provider, meter| Router { name: "r", provider, labels: &[], meter };
    let page = page(
        &metrics,
        &[("b", &backends[0]), ("b", &backends[1])],
        &[router("file", &routes[0]), router("rest", &routes[1])],
    );
    let lines = [
        r#"traefik_backend_requests_total{backend="b",code="200",method="GET",protocol="http"} 2"#,
        r#"pointsman_router_requests_total{router="r",provider="file",namespace="",host="",class="2xx"} 1"#,
        r#"pointsman_router_requests_total{router="r",provider="rest",namespace="",host="",class="2xx"} 1"#,
    ];
    assert_has(&page, &lines);
}

#[test]
fn a_router_has_its_labels_classes_one_histogram_and_bytes() {
    let (metrics, route) = (metrics(), RouteMeter::new(THREADS));
    for _ in 0..THREADS {
        let thread = ThreadMetrics::new(&metrics);
        for (status, millis) in [(200, 50), (204, 250), (503, 600), (700, 1)] {
            let meters = Meters { backend: None, route: Some(&route) };
            served(&thread, millis, Outcome { status, bytes_in: 10, bytes_out: 1_000, meters, ..Outcome::default() });
        }
    }
    let labels = [("host", "a\\b\"c\nd"), ("unknown", "x")].map(|(name, value)| (name.into(), value.into()));
    let page = page(&metrics, &[], &[Router { name: "r", provider: "file", labels: &labels, meter: &route }]);
    let of = r#"{router="r",provider="file",namespace="",host="a\\b\"c\nd""#;
    let lines = [
        &*format!("pointsman_router_requests_total{of},class=\"2xx\"}} 4"),
        &*format!("pointsman_router_requests_total{of},class=\"5xx\"}} 2"),
        &*format!("pointsman_router_requests_total{of},class=\"other\"}} 2"),
        &*format!("pointsman_router_request_duration_seconds_bucket{of},le=\"0.1\"}} 4"),
        &*format!("pointsman_router_request_duration_seconds_bucket{of},le=\"0.3\"}} 6"),
        &*format!("pointsman_router_request_duration_seconds_bucket{of},le=\"+Inf\"}} 8"),
        &*format!("pointsman_router_request_duration_seconds_sum{of}}} 1.802"),
        &*format!("pointsman_router_request_duration_seconds_count{of}}} 8"),
        &*format!("pointsman_router_request_bytes_total{of}}} 80"),
        &*format!("pointsman_router_response_bytes_total{of}}} 8000"),
    ];
    assert_has(&page, &lines);
    assert_eq!(page.iter().filter(|line| line.starts_with("pointsman_router")).count(), lines.len());
}

#[test]
fn a_router_at_rest_has_no_series() {
    let (metrics, route) = (metrics(), RouteMeter::new(THREADS));
    let page = page(&metrics, &[], &[Router { name: "r", provider: "file", labels: &[], meter: &route }]);
    assert!(!page.iter().any(|line| line.contains("router=")), "{page:?}");
}

#[test]
fn open_requests_are_counted_until_they_end_and_broken_answers_only_then() {
    let (metrics, backend, other) = (metrics(), Meter::new(THREADS), Meter::new(THREADS));
    let thread = ThreadMetrics::new(&metrics);
    let opened = thread.open(1, b"BREW", Kind::Websocket, Some(&backend));
    let labels = r#"method="EXTENSION_METHOD",protocol="websocket"}"#;
    let point = format!("traefik_entrypoint_open_connections{{entrypoint=\"https\",{labels}");
    let of_backend = format!("traefik_backend_open_connections{{backend=\"b\",{labels}");
    let now = |count: u64| [format!("{point} {count}"), format!("{of_backend} {count}")];
    let is = |count| {
        let found = page(&metrics, &[("b", &backend)], &[]);
        assert_has(&found, &now(count).each_ref().map(String::as_str));
        found
    };
    is(1);
    let cut = |meters| Outcome {
        status: 200,
        reason: Reason::UpstreamCut,
        entry_point: 1,
        stages: ended(opened, 1),
        meters,
        ..Outcome::default()
    };
    thread.record(&cut(to(&other)));
    assert!(page(&metrics, &[("b", &backend)], &[]).contains(&format!("{of_backend} 1")));
    let opened = thread.open(1, b"BREW", Kind::Websocket, None);
    thread.record(&Outcome { stages: ended(opened, 1), ..cut(to(&backend)) });
    assert!(page(&metrics, &[("b", &backend)], &[]).contains(&format!("{of_backend} 1")));
    thread.record(&cut(to(&backend)));
    let after = page(&metrics, &[("b", &backend)], &[]);
    assert!(after.contains(&format!("{of_backend} 0")), "{after:?}");
    assert!(!after.iter().any(|line| line.contains("requests_total")), "{after:?}");
}

#[test]
fn series_that_go_give_back_their_room() {
    let metrics = metrics();
    let thread = ThreadMetrics::new(&metrics);
    for _ in 0..3 {
        let backend = Meter::new(THREADS);
        served(&thread, 1, Outcome { status: 200, meters: to(&backend), ..Outcome::default() });
        assert_eq!(metrics.room.taken(), 4, "series and gauges of the entry point and of the backend");
    }
    assert_eq!(metrics.room.taken(), 2);
}

#[test]
fn who_invents_statuses_fills_his_own_lists_only() {
    let (metrics, hostile, tame) = (metrics(), Meter::new(THREADS), Meter::new(THREADS));
    let thread = ThreadMetrics::new(&metrics);
    for (status, method) in (100..1_000).flat_map(|status| [(status, "GET"), (status, "PUT")]) {
        let opened = thread.open(0, method.as_bytes(), Kind::Http, Some(&hostile));
        thread.record(&Outcome { status, stages: ended(opened, 1), meters: to(&hostile), ..Outcome::default() });
    }
    served(&thread, 1, Outcome { status: 200, meters: to(&tame), ..Outcome::default() });
    let page = page(&metrics, &[("hostile", &hostile), ("tame", &tame)], &[]);
    let series =
        page.iter().filter(|line| line.starts_with("traefik_backend_requests_total{backend=\"hostile\"")).count();
    // 101 counts as 200, and 499 is ours.
    assert_eq!(series, 64 + 2);
    let left_out = 2 * 2 * (900 - 32 - 1 - 1);
    let tame = r#"traefik_backend_requests_total{backend="tame",code="200",method="GET",protocol="http"} 1"#;
    assert_has(&page, &[tame, &format!("pointsman_metrics_requests_left_out_total {left_out}")]);
}

#[test]
fn without_room_nothing_is_kept_and_what_is_lost_is_told() {
    let config = plan::Metrics::default();
    let mut metrics = Metrics::new(&config, ["http".to_owned()].into_iter(), 1);
    metrics.room = Arc::new(Room::new(2));
    let (metrics, backend) = (Arc::new(metrics), Meter::new(1));
    let thread = ThreadMetrics::new(&metrics);
    for _ in 0..3 {
        served(&thread, 1, Outcome { status: 200, meters: to(&backend), ..Outcome::default() });
    }
    assert_eq!((metrics.room.taken(), metrics.room.left_out()), (2, 6));
    let open = r#"traefik_entrypoint_open_connections{entrypoint="http",method="GET",protocol="http"} 0"#;
    assert_has(&page(&metrics, &[("b", &backend)], &[]), &[open]);
}

#[test]
fn a_thread_that_nobody_planned_counts_nothing() {
    let (metrics, backend) = (metrics(), Meter::new(THREADS));
    let threads: Vec<_> = (0..=THREADS).map(|_| ThreadMetrics::new(&metrics)).collect();
    let thread = threads.last().unwrap();
    served(thread, 1, Outcome { status: 200, meters: to(&backend), ..Outcome::default() });
    assert_eq!((metrics.room.taken(), metrics.room.left_out()), (0, 2));
}
