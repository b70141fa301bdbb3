//! The link to the controller: what is applied is in force, what is wrong changes nothing (case L-11).
#![allow(clippy::unwrap_used)]

mod support;

use pointsman_plan::{Downward, MESSAGE_BYTES, Matcher, Pattern, Plan, PoolOptions, ServerHealth, Upward};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use support::{Client, Link, Options, Proxy, Upstream, plan, pool, route};

fn body(proxy: &Proxy, host: &str) -> String {
    Client::once(proxy.address, host, "/").unwrap().body
}

fn status(proxy: &Proxy, host: &str) -> u16 {
    Client::once(proxy.address, host, "/").unwrap().status
}

/// A proxy with generation 5 in force, which sends host `a` to the upstream `a`.
fn serving(upstream: &Upstream) -> (Proxy, Link) {
    let proxy = Proxy::start(Options::new());
    let (mut link, generation) = proxy.link();
    assert_eq!(generation, 0);
    link.apply(plan(5, &[("a", upstream.address)]));
    (proxy, link)
}

#[test]
fn a_plan_is_in_force_when_it_is_answered() {
    let (one, two) = (Upstream::start("one"), Upstream::start("two"));
    let (proxy, mut link) = serving(&one);
    assert_eq!(body(&proxy, "a"), "one");
    assert_eq!(status(&proxy, "b"), 404);
    link.apply(plan(6, &[("a", two.address), ("b", one.address)]));
    assert_eq!((body(&proxy, "a"), body(&proxy, "b")), ("two".to_owned(), "one".to_owned()));
}

#[test]
fn a_delta_changes_what_it_names() {
    let (one, two) = (Upstream::start("one"), Upstream::start("two"));
    let (proxy, mut link) = serving(&one);
    let delta = |base, routes, pools| Downward::ApplyDelta { base, generation: base + 1, routes, pools };
    let routes = BTreeMap::from([("test/b".to_owned(), Some(route("b", "test/b")))]);
    let pools = BTreeMap::from([("test/b".to_owned(), Some(pool(&[two.address])))]);
    let applied = |generation| Upward::Applied { generation, problems: Vec::new() };
    assert_eq!(link.send(&delta(5, routes, pools)), applied(6));
    assert_eq!((body(&proxy, "a"), body(&proxy, "b")), ("one".to_owned(), "two".to_owned()));
    let routes = BTreeMap::from([("test/a".to_owned(), None)]);
    assert_eq!(link.send(&delta(6, routes, BTreeMap::new())), applied(7));
    assert_eq!((status(&proxy, "a"), body(&proxy, "b")), (404, "two".to_owned()));
}

#[test]
fn l_11_what_is_refused_changes_nothing_and_the_link_goes_on() {
    let upstream = Upstream::start("one");
    let (proxy, mut link) = serving(&upstream);
    let text = |message: &Downward| serde_json::to_vec(message).unwrap();
    let old = |generation| text(&Downward::ApplyPlan { plan: Plan { generation, ..Plan::default() } });
    let gap = |base, generation| {
        text(&Downward::ApplyDelta { base, generation, routes: BTreeMap::new(), pools: BTreeMap::new() })
    };
    let messages = [
        b"".to_vec(),
        b"{".to_vec(),
        b"\xff\xfe".to_vec(),
        br#"{"type":"unheard_of"}"#.to_vec(),
        br#"{"type":"apply_plan","plan":{"generation":9,"surprise":1}}"#.to_vec(),
        br#"{"type":"apply_plan","plan":{"version":2,"generation":9}}"#.to_vec(),
        "[".repeat(100_000).into_bytes(),
        old(0),
        old(4),
        old(5),
        gap(4, 6),
        gap(6, 7),
        gap(5, 5),
    ];
    for message in messages {
        link.frame(&message);
        let shown = String::from_utf8_lossy(&message[..message.len().min(80)]).into_owned();
        assert_eq!(link.refused(), 5, "{shown}");
        assert_eq!(body(&proxy, "a"), "one", "{shown}");
    }
    link.apply(plan(6, &[("b", upstream.address)]));
    assert_eq!(body(&proxy, "b"), "one");
}

#[test]
fn l_11_an_oversized_message_costs_the_link_only() {
    let upstream = Upstream::start("one");
    let (proxy, mut link) = serving(&upstream);
    link.0.write_all(&u32::try_from(MESSAGE_BYTES + 1).unwrap().to_be_bytes()).unwrap();
    assert_eq!(link.refused(), 5);
    assert_eq!(link.answer(), None);
    assert_eq!(proxy.word(), r#"{"type":"link_lost"}"#);
    assert_eq!(body(&proxy, "a"), "one");
    let (mut link, generation) = proxy.link();
    assert_eq!(generation, 5);
    link.apply(plan(6, &[("b", upstream.address)]));
    assert_eq!(body(&proxy, "b"), "one");
}

#[test]
fn l_11_a_half_written_message_dies_with_its_writer() {
    let upstream = Upstream::start("one");
    let (proxy, mut link) = serving(&upstream);
    let message = serde_json::to_vec(&Downward::ApplyPlan { plan: Plan { generation: 9, ..Plan::default() } }).unwrap();
    link.0.write_all(&u32::try_from(message.len()).unwrap().to_be_bytes()).unwrap();
    link.0.write_all(&message[..message.len() / 2]).unwrap();
    link.0.shutdown(Shutdown::Write).unwrap();
    assert_eq!(link.refused(), 5);
    let (_link, generation) = proxy.link();
    assert_eq!(generation, 5);
    assert_eq!(body(&proxy, "a"), "one");
}

#[test]
fn l_11_a_new_link_replaces_one_whose_peer_hangs() {
    let upstream = Upstream::start("one");
    let (proxy, mut hung) = serving(&upstream);
    hung.0.write_all(&[0, 0, 1]).unwrap();
    let (mut link, generation) = proxy.link();
    assert_eq!(generation, 5);
    assert_eq!(hung.answer(), None);
    link.apply(plan(6, &[("b", upstream.address)]));
    assert_eq!((status(&proxy, "a"), body(&proxy, "b")), (404, "one".to_owned()));
}

#[test]
fn without_a_controller_the_last_plan_stays() {
    let upstream = Upstream::start("one");
    let (proxy, link) = serving(&upstream);
    drop(link);
    for _ in 0..20 {
        assert_eq!(body(&proxy, "a"), "one");
    }
    assert_eq!(Client::once(proxy.address, "x", "/ready").unwrap().status, 200);
}

#[test]
fn a_route_that_cannot_be_built_is_named_and_the_others_serve() {
    let upstream = Upstream::start("one");
    let proxy = Proxy::start(Options::new());
    let (mut link, _) = proxy.link();
    let mut broken = plan(1, &[("a", upstream.address), ("b", upstream.address)]);
    let pattern = Pattern { source: "/(".to_owned(), regex: Some("^/(".to_owned()), ..Pattern::default() };
    let matcher = Matcher::PathPrefix { patterns: vec![pattern] };
    broken.routes.get_mut("test/b").unwrap().matchers.push(matcher);
    let Upward::Applied { generation: 1, problems } = link.send(&Downward::ApplyPlan { plan: broken }) else {
        panic!("not applied");
    };
    assert_eq!(problems.iter().map(|p| p.route.as_str()).collect::<Vec<_>>(), ["test/b"]);
    assert_eq!((body(&proxy, "a"), status(&proxy, "b")), ("one".to_owned(), 404));
}

#[test]
fn l_11_a_peer_that_reads_no_answers_is_replaced() {
    let upstream = Upstream::start("one");
    let (proxy, mut hung) = serving(&upstream);
    hung.0.set_nonblocking(true).unwrap();
    // Refusals pile up until neither side can write.
    while hung.0.write_all(&[0, 0, 0, 1, b'x']).is_ok() {}
    let (mut link, generation) = proxy.link();
    assert_eq!(generation, 5);
    link.apply(plan(6, &[("b", upstream.address)]));
    assert_eq!(body(&proxy, "b"), "one");
}

#[test]
fn who_is_down_is_told_unasked_and_again_on_a_new_link() {
    let upstream = Upstream::start("one");
    let (proxy, mut link) = serving(&upstream);
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    let checked = |mut plan: Plan| {
        let options = r#"{"health_check": {"path": "/", "interval_ms": 20}}"#;
        let options: Arc<PoolOptions> = Arc::new(serde_json::from_str(options).unwrap());
        plan.pools.values_mut().for_each(|pool| pool.options = Some(Arc::clone(&options)));
        plan
    };
    // What is told may come before or behind the answer to the plan.
    let both = |link: &mut Link, plan: Plan| {
        link.frame(&serde_json::to_vec(&Downward::ApplyPlan { plan }).unwrap());
        let mut heard = [link.answer().unwrap(), link.answer().unwrap()];
        heard.sort_by_key(|message| matches!(message, Upward::Health { .. }));
        heard
    };
    let applied = |generation| Upward::Applied { generation, problems: Vec::new() };
    let down = ServerHealth {
        pool: "test/b".to_owned(),
        server: gone.to_string(),
        url: format!("http://{gone}"),
        reason: format!("GET http://{gone}/: no connection"),
    };
    let down = Upward::Health { servers: vec![down] };
    let plans = checked(plan(6, &[("a", upstream.address), ("b", gone)]));
    assert_eq!(both(&mut link, plans), [applied(6), down.clone()]);
    assert_eq!((body(&proxy, "a"), status(&proxy, "b")), ("one".to_owned(), 503));
    drop(link);
    let (mut link, generation) = proxy.link();
    assert_eq!((generation, link.answer()), (6, Some(down)));
    let plans = checked(plan(7, &[("a", upstream.address)]));
    assert_eq!(both(&mut link, plans), [applied(7), Upward::Health { servers: Vec::new() }]);
}
