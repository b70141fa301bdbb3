use super::*;
use crate::{Reason, Stages};
use std::time::{Duration, Instant};

fn metrics() -> Arc<Metrics> {
    let config = plan::Metrics { buckets_ns: vec![100_000_000, 300_000_000] };
    Arc::new(Metrics::new(&config, ["http".to_owned(), "https".to_owned()].into_iter()))
}

fn page(metrics: &Metrics, wanted: impl Fn(&Subject) -> bool) -> Vec<String> {
    let mut page = Page::default();
    metrics.render(&mut page, wanted);
    page.into_text().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn ended(opened: Opened, millis: u64) -> Stages {
    let begun = Instant::now();
    Stages { opened, begun: Some(begun), ended: Some(begun + Duration::from_millis(millis)), ..Stages::default() }
}

fn served(thread: &ThreadMetrics, backend: Option<&str>, millis: u64, outcome: Outcome<'_>) {
    let opened = thread.open(0, b"GET", Kind::Http, backend);
    thread.record(&Outcome { stages: ended(opened, millis), ..outcome });
}

#[test]
fn threads_are_added_up_under_1_7s_names_and_labels() {
    let metrics = metrics();
    for _ in 0..2 {
        let thread = ThreadMetrics::new(&metrics);
        served(
            &thread,
            Some("foo/bar"),
            100,
            Outcome { status: 200, retries: 1, route: Some("r\""), ..Outcome::default() },
        );
        served(&thread, None, 200, Outcome { status: 404, reason: Reason::NoRoute, ..Outcome::default() });
        served(&thread, Some("foo/bar"), 900, Outcome { status: 101, ..Outcome::default() });
    }
    let page = page(&metrics, |_| true);
    let labels = r#"code="200",method="GET",protocol="http""#;
    for line in [
        &*format!("traefik_entrypoint_requests_total{{entrypoint=\"http\",{labels}}} 4"),
        r#"traefik_entrypoint_requests_total{entrypoint="http",code="404",method="GET",protocol="http"} 2"#,
        &*format!("traefik_backend_requests_total{{backend=\"foo/bar\",{labels}}} 4"),
        &*format!("traefik_backend_request_duration_seconds_bucket{{backend=\"foo/bar\",{labels},le=\"0.1\"}} 2"),
        &*format!("traefik_backend_request_duration_seconds_bucket{{backend=\"foo/bar\",{labels},le=\"0.3\"}} 2"),
        &*format!("traefik_backend_request_duration_seconds_bucket{{backend=\"foo/bar\",{labels},le=\"+Inf\"}} 4"),
        &*format!("traefik_backend_request_duration_seconds_sum{{backend=\"foo/bar\",{labels}}} 2"),
        &*format!("traefik_backend_request_duration_seconds_count{{backend=\"foo/bar\",{labels}}} 4"),
        r#"traefik_backend_open_connections{backend="foo/bar",method="GET",protocol="http"} 0"#,
        r#"traefik_backend_retries_total{backend="foo/bar"} 2"#,
        r#"pointsman_router_requests_total{router="r\"",provider="",class="2xx"} 2"#,
    ] {
        assert!(page.iter().any(|found| found == line), "{line}\n{}", page.join("\n"));
    }
}

#[test]
fn open_requests_are_counted_until_they_end_and_broken_answers_only_then() {
    let metrics = metrics();
    let thread = ThreadMetrics::new(&metrics);
    let opened = thread.open(1, b"BREW", Kind::Websocket, Some("b"));
    let gauge =
        r#"traefik_entrypoint_open_connections{entrypoint="https",method="EXTENSION_METHOD",protocol="websocket"}"#;
    assert!(page(&metrics, |_| true).contains(&format!("{gauge} 1")));
    let cut = Outcome { status: 200, reason: Reason::UpstreamCut, stages: ended(opened, 1), ..Outcome::default() };
    thread.record(&cut);
    let after = page(&metrics, |_| true);
    assert!(after.contains(&format!("{gauge} 0")));
    assert!(!after.iter().any(|line| line.contains("requests_total")), "{after:?}");
}

#[test]
fn what_is_configured_no_more_is_left_out_and_comes_back_with_its_count() {
    let metrics = metrics();
    let thread = ThreadMetrics::new(&metrics);
    served(&thread, Some("gone"), 1, Outcome { status: 200, ..Outcome::default() });
    let gone = |subject: &Subject| !matches!(subject, Subject::Backend(_));
    assert!(!page(&metrics, gone).iter().any(|line| line.contains("gone")));
    served(&thread, Some("gone"), 1, Outcome { status: 200, ..Outcome::default() });
    let line = r#"traefik_backend_requests_total{backend="gone",code="200",method="GET",protocol="http"} 2"#;
    assert!(page(&metrics, |_| true).iter().any(|found| found == line));
}
