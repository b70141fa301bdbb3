use super::*;
use crate::telemetry::Stages;
use std::time::Duration;

fn outcome(status: u16) -> Outcome<'static> {
    Outcome { status, path: b"/p", host: b"h", method: b"GET", bytes_out: 7, route: Some("r"), ..Outcome::default() }
}

fn told(traffic: &Traffic) -> (BTreeMap<String, u64>, Vec<u64>, Vec<pointsman_plan::RecentError>) {
    match traffic.stats(&Telemetry::default(), BTreeMap::new()) {
        Upward::Stats { codes, durations, errors, .. } => (codes, durations, errors),
        other => panic!("{other:?}"),
    }
}

#[test]
fn buckets_are_contiguous_and_no_wider_than_their_share() {
    for steps in [1, 3] {
        let mut last = 0;
        for micros in 0..100_000 {
            let now = bucket(micros, steps);
            assert!(now == last || now == last + 1, "{micros}");
            last = now;
        }
        for power in steps..36 {
            let (low, width) = (1_u64 << power, (1_u64 << power) >> steps);
            assert_eq!(bucket(low, steps), bucket(low + width - 1, steps));
            assert_eq!(bucket(low, steps) + 1, bucket(low + width, steps));
            assert_eq!(bucket(low - 1, steps) + 1, bucket(low, steps));
        }
        assert_eq!(bucket(u64::MAX, steps), bucket(LONGEST_TRIED, steps));
    }
}

const LONGEST_TRIED: u64 = (1 << 36) - 1;

#[test]
fn threads_are_added_up_and_the_newest_errors_kept() {
    let traffic = Traffic::new(3);
    let threads = [traffic.thread().expect("wanted"), traffic.thread().expect("wanted")];
    let begun = Instant::now();
    let stages = Stages { begun: Some(begun), ended: Some(begun + Duration::from_millis(5)), ..Stages::default() };
    for status in [200, 404, 502, 503, 999] {
        for thread in &threads {
            thread.record(&Outcome { stages, ..outcome(status) }, None);
        }
    }
    let (codes, durations, errors) = told(&traffic);
    let two = |code: &str| (code.to_owned(), 2);
    assert_eq!(codes, BTreeMap::from([two("0"), two("200"), two("404"), two("502"), two("503")]));
    assert_eq!(durations.iter().sum::<u64>(), 10);
    assert!(durations.len() > bucket(5_000, 3));
    assert_eq!(errors.len(), 3);
    assert!(errors.iter().all(|error| error.status != 404 && error.path == "/p"));
}

#[test]
fn a_route_is_told_again_only_after_another_request() {
    let traffic = Traffic::new(1);
    let thread = traffic.thread().expect("wanted");
    let route = RouteCounts::new(1);
    assert_eq!(route.stats(true), None);
    thread.record(&outcome(200), Some(&route));
    thread.record(&outcome(502), Some(&route));
    let stats = route.stats(false).expect("two requests");
    assert_eq!(stats.classes, [0, 0, 1, 0, 0, 1]);
    assert_eq!(stats.durations.iter().sum::<u64>(), 2);
    assert_eq!(route.stats(false), None);
    assert_eq!(route.stats(true), Some(stats));
}

#[test]
fn without_an_api_nothing_is_counted() {
    assert!(Traffic::new(0).thread().is_none());
}
