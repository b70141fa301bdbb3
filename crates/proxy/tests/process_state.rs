//! A proxy that dies is back with the plan it had.
#![allow(clippy::unwrap_used)]

mod support;

use pointsman_plan::{Downward, Upward};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::{Client, Options, Proxy, Upstream, plan, pool, route, until};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pointsman-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn options(folder: &Path, mut options: Options) -> Options {
    options.settings.state_dir = folder.to_string_lossy().into_owned();
    options
}

fn body(proxy: &Proxy, host: &str) -> String {
    Client::once(proxy.address, host, "/").unwrap().body
}

#[test]
fn killed_it_answers_again_without_a_controller() {
    let folder = Folder::new("killed");
    let (one, two) = (Upstream::start("one"), Upstream::start("two"));
    let proxy = Proxy::start(options(&folder.0, Options::new()));
    assert_eq!(Client::once(proxy.address, "x", "/ready").unwrap().status, 503);
    let (mut link, _) = proxy.link();
    link.apply(plan(1, &[("a", one.address)]));
    let delta = Downward::ApplyDelta {
        base: 1,
        generation: 2,
        routes: BTreeMap::from([("test/b".to_owned(), Some(route("b", "test/b")))]),
        pools: BTreeMap::from([("test/b".to_owned(), Some(pool(&[two.address])))]),
    };
    assert_eq!(link.send(&delta), Upward::Applied { generation: 2, problems: Vec::new() });
    until("the delta is on disk", || std::fs::metadata(folder.0.join("plan.journal")).is_ok_and(|m| m.len() > 0));
    let listener = proxy.kill();

    let proxy = Proxy::start(options(&folder.0, Options::on(listener)));
    assert_eq!(Client::once(proxy.address, "x", "/ready").unwrap().status, 200);
    assert_eq!((body(&proxy, "a"), body(&proxy, "b")), ("one".to_owned(), "two".to_owned()));
    let (mut link, generation) = proxy.link();
    assert_eq!(generation, 2);
    link.apply(plan(3, &[("c", two.address)]));
    assert_eq!(body(&proxy, "c"), "two");
}

#[test]
fn a_connection_made_while_no_proxy_runs_is_answered_by_the_next() {
    let folder = Folder::new("waiting");
    let upstream = Upstream::start("one");
    let proxy = Proxy::start(options(&folder.0, Options::new()));
    proxy.link().0.apply(plan(1, &[("a", upstream.address)]));
    until("the plan is on disk", || folder.0.join("plan.json").exists());
    let listener = proxy.kill();
    let mut client = Client::connect(listener.local_addr().unwrap()).unwrap();
    let _proxy = Proxy::start(options(&folder.0, Options::on(listener)));
    assert_eq!(client.get("a", "/").unwrap().body, "one");
}

#[test]
fn a_corrupt_plan_is_set_aside() {
    let folder = Folder::new("corrupt");
    std::fs::write(folder.0.join("plan.json"), b"{\"generation\":7,").unwrap();
    let proxy = Proxy::start(options(&folder.0, Options::new()));
    let (_link, generation) = proxy.link();
    assert_eq!(generation, 0);
    assert!(folder.0.join("plan.json.corrupt").exists());
}

#[test]
fn a_folder_that_cannot_be_written_keeps_no_one_from_serving() {
    let upstream = Upstream::start("one");
    let proxy = Proxy::start(options(Path::new("/proc/self/nowhere"), Options::new()));
    let (mut link, _) = proxy.link();
    for generation in 1..20 {
        link.apply(plan(generation, &[("a", upstream.address)]));
        assert_eq!(body(&proxy, "a"), "one");
    }
}
