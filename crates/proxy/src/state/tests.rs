//! What the folder gives back after what was done to it.

use super::{Keeper, Loaded, load};
use pointsman_plan::{Downward, Plan, Pool};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("pointsman-state-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    /// Keeps messages as one process would, to its end.
    fn keep(&self, messages: &[Downward]) {
        let mut keeper = Keeper::start(self.0.clone(), &load(&self.0)).expect("starts");
        for message in messages {
            let text = serde_json::to_vec(message).expect("encodes");
            match message {
                Downward::ApplyPlan { .. } => keeper.plan(text),
                Downward::ApplyDelta { .. } => keeper.delta(text),
                Downward::TellStats { .. } | Downward::Explain { .. } | Downward::TellMetrics {} => {}
            }
        }
        keeper.close();
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).expect("there")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn pool(name: &str) -> Pool {
    Pool {
        provider: "file".to_owned(),
        name: name.to_owned(),
        method: Default::default(),
        options: None,
        servers: Vec::new(),
    }
}

/// A plan with `count` pools.
fn plan(generation: u64, count: usize) -> Plan {
    let pools = (0..count).map(|n| (format!("file/p{n}"), pool(&format!("p{n}")))).collect();
    Plan { generation, pools, ..Plan::default() }
}

fn whole(plan: &Plan) -> Downward {
    Downward::ApplyPlan { plan: plan.clone() }
}

fn delta(base: u64, key: &str, value: Option<Pool>) -> Downward {
    let pools = BTreeMap::from([(key.to_owned(), value)]);
    Downward::ApplyDelta { base, generation: base + 1, routes: BTreeMap::new(), pools }
}

#[test]
fn deltas_are_in_the_plan_that_comes_back() {
    let folder = Folder::new();
    let first = plan(3, 50);
    folder.keep(&[whole(&first), delta(3, "file/new", Some(pool("new"))), delta(4, "file/p0", None)]);
    assert!(!folder.bytes("plan.journal").is_empty(), "small changes must not rewrite the plan");
    let back = load(&folder.0).plan.expect("kept");
    assert_eq!(back.generation, 5);
    assert!(back.pools.contains_key("file/new") && !back.pools.contains_key("file/p0"));
    assert_eq!(back.pools.len(), 50);
    let mode = fs::metadata(folder.0.join("plan.json")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_journal_is_folded_when_it_outgrows_its_plan() {
    let folder = Folder::new();
    let mut messages = vec![whole(&plan(1, 3))];
    messages.extend((1..2_000).map(|base| delta(base, "file/x", Some(pool("x")))));
    folder.keep(&messages);
    assert!(folder.bytes("plan.journal").len() <= 64 << 10);
    assert_eq!(load(&folder.0).plan.expect("kept").generation, 2_000);
}

#[test]
fn a_new_process_goes_on_with_the_journal() {
    let folder = Folder::new();
    folder.keep(&[whole(&plan(1, 50)), delta(1, "file/a", Some(pool("a")))]);
    folder.keep(&[delta(2, "file/b", Some(pool("b")))]);
    let back = load(&folder.0).plan.expect("kept");
    assert_eq!((back.generation, back.pools.len()), (3, 52));
}

#[test]
fn a_torn_last_change_is_forgotten() {
    let folder = Folder::new();
    folder.keep(&[whole(&plan(1, 50)), delta(1, "file/a", Some(pool("a"))), delta(2, "file/b", Some(pool("b")))]);
    let journal = folder.bytes("plan.journal");
    fs::write(folder.0.join("plan.journal"), &journal[..journal.len() - 1]).expect("writes");
    assert_eq!(load(&folder.0).plan.expect("kept").generation, 2);
    folder.keep(&[delta(2, "file/c", Some(pool("c")))]);
    let back = load(&folder.0).plan.expect("kept");
    assert_eq!((back.generation, back.pools.contains_key("file/c")), (3, true));
}

#[test]
fn a_journal_older_than_its_plan_changes_nothing() {
    let folder = Folder::new();
    folder.keep(&[whole(&plan(1, 50)), delta(1, "file/a", Some(pool("a")))]);
    // As if the process had died between replacing the plan and emptying the journal.
    fs::write(folder.0.join("plan.json"), serde_json::to_vec(&plan(2, 4)).expect("encodes")).expect("writes");
    assert_eq!(load(&folder.0).plan.expect("kept"), plan(2, 4));
}

#[test]
fn what_is_corrupt_is_set_aside() {
    let folder = Folder::new();
    folder.keep(&[whole(&plan(7, 50)), delta(7, "file/a", Some(pool("a")))]);
    let good = folder.bytes("plan.json");
    fs::write(folder.0.join("plan.journal"), b"\0\0\0\x02{]").expect("writes");
    assert_eq!(load(&folder.0).plan.expect("kept").generation, 7);
    assert!(folder.0.join("plan.journal.corrupt").exists());
    for bad in [&good[..good.len() - 1], b"", b"null", br#"{"version":2,"generation":1}"#, br#"{"unknown":1}"#] {
        fs::write(folder.0.join("plan.json"), bad).expect("writes");
        assert!(load(&folder.0).plan.is_none());
        assert!(!folder.0.join("plan.json").exists() && folder.0.join("plan.json.corrupt").exists());
    }
    folder.keep(&[whole(&plan(8, 1))]);
    assert_eq!(load(&folder.0).plan.expect("kept").generation, 8);
}

#[test]
fn a_folder_that_cannot_be_written_asks_for_everything_once_in_a_while() {
    let mut keeper = Keeper::start(PathBuf::from("/proc/self/nowhere"), &Loaded::default()).expect("starts");
    assert!(!keeper.wants_whole());
    for generation in 1..200 {
        keeper.plan(serde_json::to_vec(&whole(&plan(generation, 1))).expect("encodes"));
    }
    let asked = std::time::Instant::now();
    while !keeper.wants_whole() {
        assert!(asked.elapsed().as_secs() < 10, "it never noticed");
        std::thread::yield_now();
    }
    assert!(!keeper.wants_whole(), "not again at once");
    keeper.close();
}
