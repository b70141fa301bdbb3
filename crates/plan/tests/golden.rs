//! Golden plans: both twins decode them and write them back byte for byte (`tests/unit/model` is the other half).

use pointsman_plan::{Downward, Plan, Settings, Upward};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name)
}

/// What the file would be written as again. The first word of its name says what it holds; a plan, unless told otherwise.
fn rewritten(name: &str, text: &str) -> Result<String, serde_json::Error> {
    fn again<T: Serialize + DeserializeOwned>(text: &str) -> Result<String, serde_json::Error> {
        serde_json::to_string(&serde_json::from_str::<T>(text)?)
    }
    match name.split(['-', '_', '.']).next() {
        Some("settings") => again::<Settings>(text),
        Some("downward") => again::<Downward>(text),
        Some("upward") => again::<Upward>(text),
        _ => again::<Plan>(text),
    }
}

#[test]
fn golden_plans_come_back_as_they_were() {
    let mut seen = 0;
    for entry in fs::read_dir(folder("plans")).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        seen += 1;
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("readable");
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let again = rewritten(&name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(again == text, "{name}: written back as\n{again}");
    }
    assert!(seen > 0, "no golden plans in {}", folder("plans").display());
}

#[test]
fn golden_settings_are_understood_and_come_back() {
    for name in ["entry-points", "tracing-jaeger", "tracing-zipkin", "tracing-datadog"] {
        let text = fs::read_to_string(folder("settings").join(format!("{name}.settings.json"))).expect("readable");
        // The Python side writes some defaults out, so the texts may differ.
        let settings: Settings = serde_json::from_str(&text).expect("settings");
        let again = rewritten("settings", &text).expect("settings");
        assert_eq!(serde_json::from_str::<Settings>(&again).expect("settings"), settings);
    }
}

#[test]
fn unknown_fields_are_refused_everywhere() {
    for text in [
        r#"{"x":1}"#,
        r#"{"pools":{"a":{"provider":"p","name":"n","x":1}}}"#,
        r#"{"pools":{"a":{"provider":"p","name":"n","servers":[{"name":"s","url":"u","address":"a","host":"h","x":1}]}}}"#,
    ] {
        assert!(serde_json::from_str::<Plan>(text).is_err(), "{text}");
    }
    assert!(serde_json::from_str::<Settings>(r#"{"thread":1}"#).is_err());
    assert!(serde_json::from_str::<Downward>(r#"{"type":"apply_plan","plan":{},"x":1}"#).is_err());
    assert!(serde_json::from_str::<Upward>(r#"{"type":"draining","x":1}"#).is_err());
}
