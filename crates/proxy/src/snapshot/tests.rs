//! Plans and deltas in, answers out.

use super::{Builder, CompiledAction, CompiledPool, Snapshot};
use pointsman_plan::*;
use pointsman_router::{Found, Headers, Request};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

struct NoHeaders;

impl Headers for NoHeaders {
    fn any(&self, _: &str, _: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}

fn settings() -> Settings {
    let entry_point: EntryPoint = serde_json::from_str(r#"{"address": ":80"}"#).unwrap();
    let entry_points = ["https", "http"].map(|name| (name.to_owned(), entry_point.clone()));
    Settings { entry_points: entry_points.into(), ..Settings::default() }
}

/// A route on `http` from JSON of its matchers, to a pool.
fn route(name: &str, matchers: &str, pool: &str) -> Route {
    Route {
        provider: "file".to_owned(),
        name: name.to_owned(),
        origin: String::new(),
        labels: Default::default(),
        entry_points: vec!["http".to_owned()],
        priority: 10,
        tie: 0,
        matchers: serde_json::from_str(matchers).unwrap(),
        modifiers: Vec::new(),
        middlewares: Vec::new(),
        rate_limit: None,
        action: Action::Forward { pool: pool.to_owned(), pass_host: true },
    }
}

fn host(host: &str) -> String {
    format!(r#"[{{"type": "host", "hosts": ["{host}"]}}]"#)
}

fn pool(name: &str, servers: &[(&str, u32)]) -> Pool {
    let server = |&(address, weight): &(&str, u32)| Server {
        name: address.to_owned(),
        url: format!("http://{address}"),
        scheme: Scheme::Http,
        address: address.to_owned(),
        host: address.to_owned(),
        weight,
    };
    let servers = servers.iter().map(server).collect();
    Pool { provider: "file".to_owned(), name: name.to_owned(), method: BalancerMethod::Wrr, options: None, servers }
}

fn keyed<T>(items: impl IntoIterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    items.into_iter().map(|(key, item)| (key.to_owned(), item)).collect()
}

/// Name of the route that answers, and its pool.
fn ask<'s>(
    snapshot: &'s Snapshot,
    entry_point: &str,
    host: &str,
) -> Option<(&'s str, Result<&'s Arc<CompiledPool>, u16>)> {
    let index = snapshot.entry_points().iter().position(|name| **name == *entry_point).unwrap();
    let request = Request { host: host.as_bytes(), method: b"GET", path: b"/x/y", query: b"", headers: &NoHeaders };
    let explained = snapshot.explain(index, &request).unwrap();
    match snapshot.route(index, &request) {
        Found::Route(route) => {
            assert!(Arc::ptr_eq(explained.matches[0].entry.payload(), route));
            let end = match &route.action {
                CompiledAction::Forward { pool, .. } => Ok(snapshot.pool(*pool)),
                CompiledAction::Refuse { status, .. } => Err(*status),
            };
            Some((&*route.name, end))
        }
        _ => {
            assert!(explained.matches.is_empty());
            None
        }
    }
}

fn addresses(pool: &CompiledPool) -> Vec<&str> {
    pool.upstreams.iter().map(|upstream| upstream.server.address.as_str()).collect()
}

fn started() -> Builder {
    let mut builder = Builder::new(&settings());
    let plan = Plan {
        generation: 5,
        routes: keyed([("a", route("a", &host("a"), "p")), ("b", route("b", &host("b"), "q"))]),
        pools: keyed([("p", pool("p", &[("1:1", 1), ("2:2", 1)])), ("q", pool("q", &[("3:3", 1)]))]),
        ..Plan::default()
    };
    assert!(builder.apply_plan(plan).problems.is_empty());
    builder
}

#[test]
fn a_plan_is_served_by_entry_point_and_host() {
    let builder = started();
    let snapshot = builder.snapshot();
    assert_eq!(snapshot.generation(), 5);
    assert_eq!(snapshot.entry_points().iter().map(|name| &**name).collect::<Vec<_>>(), ["http", "https"]);
    let (name, pool) = ask(snapshot, "http", "A:80").unwrap();
    assert_eq!((name, addresses(pool.unwrap())), ("a", vec!["1:1", "2:2"]));
    assert!(ask(snapshot, "https", "a").is_none() && ask(snapshot, "http", "c").is_none());
}

#[test]
fn a_delta_that_does_not_fit_changes_nothing() {
    let mut builder = started();
    let before = Arc::clone(builder.snapshot());
    let gone = || keyed([("a", None)]);
    for (base, generation) in [(4, 6), (6, 7), (5, 5), (5, 4)] {
        assert!(builder.apply_delta(base, generation, gone(), BTreeMap::new()).is_err());
        assert!(Arc::ptr_eq(&before, builder.snapshot()) && builder.to_plan().routes.contains_key("a"));
    }
    let applied = builder.apply_delta(5, 6, gone(), BTreeMap::new()).unwrap();
    assert!(ask(&applied.snapshot, "http", "a").is_none() && ask(&before, "http", "a").is_some());
    assert_eq!((builder.to_plan().generation, builder.to_plan().routes.len()), (6, 1));
}

#[test]
fn servers_and_turns_outlive_plans() {
    let mut builder = started();
    let old = Arc::clone(builder.snapshot());
    let (_, before) = ask(&old, "http", "a").unwrap();
    let before = before.unwrap();
    assert_eq!(before.pick(), Some(0));
    // The same again, another host added, and the pool of `b` gone.
    let mut plan = builder.to_plan();
    plan.routes.insert("c".to_owned(), route("c", &host("c"), "p"));
    plan.pools.remove("q");
    let full = builder.apply_plan(plan).snapshot;
    let (_, after) = ask(&full, "http", "a").unwrap();
    assert!(Arc::ptr_eq(before, after.unwrap()), "an equal pool is the same pool");
    let (_, missing) = ask(&full, "http", "b").unwrap();
    assert_eq!((addresses(missing.unwrap()).len(), missing.unwrap().pick()), (0, None));
    // A server more: the others keep slot, counters and turn, and no route is built anew.
    let pools = keyed([("p", Some(pool("p", &[("1:1", 1), ("2:2", 1), ("4:4", 1)])))]);
    let delta = builder.apply_delta(5, 6, BTreeMap::new(), pools).unwrap().snapshot;
    let (_, grown) = ask(&delta, "http", "c").unwrap();
    let grown = grown.unwrap();
    assert!(Arc::ptr_eq(&before.upstreams[1], &grown.upstreams[1]));
    assert_ne!(grown.pick(), Some(0), "1:1 has just had its turn");
    let routes = [&full, &delta].map(|snapshot| {
        match snapshot.route(0, &Request { host: b"a", method: b"GET", path: b"/", query: b"", headers: &NoHeaders }) {
            Found::Route(route) => Arc::clone(route),
            _ => panic!("no route"),
        }
    });
    assert!(Arc::ptr_eq(&routes[0], &routes[1]));
}

#[test]
fn slots_are_dense_and_serials_are_not_given_twice() {
    let mut builder = started();
    let slots = |builder: &Builder, host: &str| {
        let (_, pool) = ask(builder.snapshot(), "http", host).unwrap();
        pool.unwrap().upstreams.iter().map(|up| (up.slot, up.serial)).collect::<Vec<_>>()
    };
    assert_eq!((slots(&builder, "a"), slots(&builder, "b")), (vec![(0, 1), (1, 2)], vec![(2, 3)]));
    let mut change = |generation, servers: &[(&str, u32)]| {
        let pools = keyed([("p", Some(pool("p", servers)))]);
        builder.apply_delta(generation - 1, generation, BTreeMap::new(), pools).unwrap();
        slots(&builder, "a")
    };
    // 3:3 is the server of the other pool, by whatever weight.
    assert_eq!(change(6, &[("3:3", 7), ("5:5", 1)]), [(2, 3), (3, 4)]);
    // Those of the first plan were free after that change.
    let mut next: Vec<_> = change(7, &[("6:6", 1), ("7:7", 1), ("5:5", 1)]);
    next.sort_unstable();
    assert_eq!(next, [(0, 5 + u64::from(next[0].1 == 6)), (1, 5 + u64::from(next[1].1 == 6)), (3, 4)]);
}

#[test]
fn after_a_change_that_broke_off_only_a_whole_plan_helps() {
    let mut builder = started();
    let (plan, before) = (builder.to_plan(), Arc::clone(builder.snapshot()));
    builder.break_off();
    assert!(builder.apply_delta(5, 6, BTreeMap::new(), BTreeMap::new()).is_err());
    assert!(ask(&before, "http", "a").is_some(), "requests go on");
    let applied = builder.apply_plan(Plan { generation: 6, ..plan });
    let (_, old) = ask(&before, "http", "b").unwrap();
    let (_, new) = ask(&applied.snapshot, "http", "b").unwrap();
    assert!(new.unwrap().upstreams[0].is_same_server(&old.unwrap().upstreams[0]), "its connections are still its own");
    assert_eq!((builder.to_plan().routes.len(), builder.pool_count()), (2, 2));
}

#[test]
fn a_broken_matcher_leaves_the_route_out_and_broken_protection_shuts_it() {
    let mut builder = started();
    let bad = r#"[{"type": "host_regexp", "patterns": [{"source": "(", "regex": "("}]}]"#;
    let mut shut = route("b", &host("b"), "q");
    shut.priority = 20;
    shut.middlewares =
        vec![Middleware::IpAllowList { source_range: vec!["10.0.0".to_owned()], use_x_forwarded_for: false }];
    let mut lame = route("l", &host("l"), "q");
    lame.modifiers = vec![Modifier::ReplacePathRegex { regex: "[".to_owned(), replacement: "/".to_owned() }];
    let routes = keyed([("bad", Some(route("bad", bad, "p"))), ("shut", Some(shut)), ("lame", Some(lame))]);
    let applied = builder.apply_delta(5, 6, routes, BTreeMap::new()).unwrap();
    let named: Vec<_> = applied.problems.iter().map(|p| (&*p.route, &*p.key, &*p.value)).collect();
    assert_eq!(
        named,
        [("bad", "host_regexp", "("), ("lame", "replace_path_regex", "["), ("shut", "ip_allow_list", "10.0.0"),]
    );
    assert!(matches!(ask(&applied.snapshot, "http", "b"), Some(("b", Err(404)))));
    assert!(matches!(ask(&applied.snapshot, "http", "l"), Some(("l", Ok(_)))));
    assert!(matches!(ask(&applied.snapshot, "http", "a"), Some(("a", Ok(_)))));
    // Problems stay until their cause is gone.
    let next = builder.apply_delta(6, 7, keyed([("bad", None)]), BTreeMap::new()).unwrap();
    assert_eq!(next.problems.len(), 2);
}

#[test]
fn an_entry_point_that_is_not_there_is_a_problem_of_the_route() {
    let mut builder = started();
    let mut routes = keyed([("a", Some(route("a", &host("a"), "p")))]);
    routes.get_mut("a").unwrap().as_mut().unwrap().entry_points = vec!["https".to_owned(), "nowhere".to_owned()];
    let applied = builder.apply_delta(5, 6, routes, BTreeMap::new()).unwrap();
    assert_eq!((&*applied.problems[0].key, &*applied.problems[0].value), ("entry_points", "nowhere"));
    assert!(ask(&applied.snapshot, "https", "a").is_some() && ask(&applied.snapshot, "http", "a").is_none());
}

#[test]
fn every_golden_plan_is_served_and_kept_as_it_was_written() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/plans");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let plans: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with(".plan.json")).collect();
    assert!(plans.len() > 3, "{plans:?}");
    for path in plans {
        let plan: Plan = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let mut settings = settings();
        let entry_point = settings.entry_points["http"].clone();
        for name in plan.routes.values().flat_map(|route| &route.entry_points) {
            settings.entry_points.insert(name.clone(), entry_point.clone());
        }
        let written = serde_json::to_string(&plan).unwrap();
        let mut builder = Builder::new(&settings);
        assert_eq!(builder.apply_plan(plan).problems, [], "{path:?}");
        assert_eq!(serde_json::to_string(&builder.plan()).unwrap(), written, "{path:?}");
    }
}

// --- incremental = full ----------------------------------------------------------------------------------------------

const HOSTS: [&str; 4] = ["a.x", "b.x", "c.y", "zz"];

fn any_route() -> impl Strategy<Value = Route> {
    let matchers = prop::sample::select(vec![
        r#"[{"type": "host", "hosts": ["a.x"]}]"#,
        r#"[{"type": "host", "hosts": ["a.x", "b.x"]}, {"type": "path_prefix", "patterns": [{"source": "/x", "literal": "/x"}, {"source": "/", "literal": "/"}]}]"#,
        r#"[{"type": "host_regexp", "patterns": [{"source": "*.x", "regex": "(?i)^(?:[A-Za-z0-9-_]+)\\.x$", "wildcard": ".x"}]}]"#,
        r#"[{"type": "host_regexp", "patterns": [{"source": "z", "regex": "^z+$"}]}]"#,
        r#"[{"type": "path_segments", "path": "/x"}]"#,
        r#"[{"type": "host_regexp", "patterns": [{"source": "(", "regex": "("}]}]"#,
        "[]",
    ]);
    let entry_points = prop::sample::select(vec![vec!["http"], vec!["https"], vec!["http", "https"]]);
    let pools = prop::sample::select(vec!["p", "q", "r"]);
    (matchers, entry_points, pools, 0_i64..3).prop_map(|(matchers, entry_points, pool, priority)| {
        let entry_points = entry_points.into_iter().map(str::to_owned).collect();
        Route { entry_points, priority, ..route("", matchers, pool) }
    })
}

fn any_pool() -> impl Strategy<Value = Pool> {
    prop::collection::btree_map(prop::sample::select(vec!["1:1", "2:2", "3:3"]), 0_u32..3, 0..3)
        .prop_map(|servers| pool("", &servers.into_iter().collect::<Vec<_>>()))
}

type Deltas = Vec<(BTreeMap<&'static str, Option<Route>>, BTreeMap<&'static str, Option<Pool>>, bool)>;

fn any_deltas() -> impl Strategy<Value = Deltas> {
    let routes = prop::collection::btree_map(
        prop::sample::select(vec!["r1", "r2", "r3", "r4", "r5"]),
        prop::option::weighted(0.7, any_route()),
        0..4,
    );
    let pools = prop::collection::btree_map(
        prop::sample::select(vec!["p", "q", "r"]),
        prop::option::weighted(0.7, any_pool()),
        0..3,
    );
    prop::collection::vec((routes, pools, any::<bool>()), 1..12)
}

/// A route's name, its pool's servers with their weights, and whether one is picked.
type Seen = (String, Vec<(String, u32)>, bool);

/// All that requests can see.
fn view(snapshot: &Snapshot) -> Vec<Option<Seen>> {
    let mut seen = Vec::new();
    for entry_point in ["http", "https"] {
        for host in HOSTS {
            seen.push(ask(snapshot, entry_point, host).map(|(name, pool)| {
                let pool = pool.unwrap();
                let servers = pool.upstreams.iter().map(|up| (up.server.address.clone(), up.server.weight)).collect();
                (name.to_owned(), servers, pool.pick().is_some())
            }));
        }
    }
    seen
}

fn put<V>(map: &mut BTreeMap<String, V>, key: String, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn deltas_lead_to_what_the_whole_plan_is(deltas in any_deltas()) {
        let mut builder = Builder::new(&settings());
        for (generation, (routes, pools, whole)) in (0..).zip(deltas) {
            let mut routes = keyed(routes);
            for (key, route) in &mut routes {
                route.iter_mut().for_each(|route| route.name.clone_from(key));
            }
            let pools = keyed(pools);
            let applied = if whole {
                let mut plan = builder.to_plan();
                plan.generation = generation + 1;
                routes.into_iter().for_each(|(key, route)| put(&mut plan.routes, key, route));
                pools.into_iter().for_each(|(key, pool)| put(&mut plan.pools, key, pool));
                builder.apply_plan(plan)
            } else {
                builder.apply_delta(generation, generation + 1, routes, pools).unwrap()
            };
            let mut fresh = Builder::new(&settings());
            let expected = fresh.apply_plan(builder.to_plan());
            prop_assert_eq!(view(&applied.snapshot), view(&expected.snapshot));
            // What is kept is what was given, byte for byte.
            prop_assert_eq!(serde_json::to_string(&builder.plan()).unwrap(), serde_json::to_string(&builder.to_plan()).unwrap());
            prop_assert_eq!(applied.problems, expected.problems);
            prop_assert_eq!(applied.snapshot.generation(), generation + 1);
            prop_assert_eq!(builder.pool_count(), fresh.pool_count());
        }
    }
}
