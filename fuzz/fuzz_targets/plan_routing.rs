//! A plan (up to the first NUL), then the host and path of a request to it: decoding, building and routing hold, and the plan
//! comes back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pointsman_plan::{EntryPoint, Plan, Settings};
use pointsman_proxy::snapshot::Builder;
use pointsman_router::{Headers, Request};

/// A head without fields.
struct Bare;

impl Headers for Bare {
    fn any(&self, _lower_name: &str, _f: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}

fn settings() -> Settings {
    let entry_point = EntryPoint::new("");
    Settings { entry_points: [("http".to_owned(), entry_point)].into(), ..Settings::default() }
}

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == 0);
    let plan = parts.next().unwrap_or_default();
    let Ok(plan) = serde_json::from_slice::<Plan>(plan) else { return };
    let text = serde_json::to_string(&plan).expect("a plan is written");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("and read again"), plan);
    let (routes, mut builder) = (plan.routes.len(), Builder::new(&settings()));
    let built = builder.apply_plan(plan);
    assert!(routes > 0 || built.problems.is_empty());
    let (host, path) = (parts.next().unwrap_or(b"a"), parts.next().unwrap_or(b"/"));
    let request = Request { host, method: b"GET", path, query: b"", headers: &Bare };
    let _ = built.snapshot.route(0, &request);
});
