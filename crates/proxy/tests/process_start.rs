//! The command line, and starts that must fail with their cause.
#![allow(clippy::unwrap_used)]

use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

fn command(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pointsman-proxy")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A file that is gone with its name.
struct File(PathBuf);

impl File {
    fn new(content: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("pointsman-start-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs with these settings until it fails; what it said.
fn refused(settings: &str) -> String {
    let file = File::new(settings);
    let output = command(&["run", "--settings", file.name()]);
    assert_eq!(output.status.code(), Some(1), "{settings}");
    text(&output.stderr)
}

#[test]
fn mistakes_on_the_command_line_are_told() {
    for arguments in [&[][..], &["fly"], &["run"], &["run", "--settings"], &["run", "--setings=x"], &["check"]] {
        let output = command(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{arguments:?}");
    }
    assert!(text(&command(&["--help"]).stdout).contains("explain"));
    assert!(text(&command(&["--version"]).stdout).starts_with("pointsman-proxy "));
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_place() {
    assert!(refused("{\n \"thread\": 1}").contains(":2:"), "line of an unknown field");
    assert!(refused(r#"{"version":2}"#).contains("version 1 are understood, not 2"));
    assert!(refused(r#"{"threads":0}"#).contains("threads"));
    assert!(refused(r#"{"entry_points":{"s":{"address":":443","tls":true}}}"#).contains("entry point s: TLS"));
    let output = command(&["run", "--settings", "/nowhere/settings.json"]);
    assert!(text(&output.stderr).contains("/nowhere/settings.json"));
}

#[test]
fn l_13_sockets_that_are_none_are_refused() {
    let entry_point = |fds: &str| format!(r#"{{"entry_points":{{"http":{{"address":":80","fds":[{fds}]}}}}}}"#);
    assert!(refused(&entry_point("")).contains("entry point http"));
    assert!(refused(&entry_point("973")).contains("973"));
    assert!(refused(&entry_point("1")).contains("descriptor 1"));
    let file = File::new(&entry_point("9,9"));
    assert_eq!(command(&["run", "--settings", file.name()]).status.code(), Some(1));
}

#[test]
fn l_13_a_file_is_no_listener() {
    let file = std::fs::File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    let settings = format!(r#"{{"entry_points":{{"http":{{"address":":80","fds":[{}]}}}}}}"#, file.as_raw_fd());
    assert!(refused(&settings).contains("no socket"));
}

#[test]
fn check_tells_what_is_wrong_with_a_plan() {
    let good = File::new(
        r#"{"generation":1,"routes":{"a":{"provider":"p","name":"n","entry_points":["http"],"priority":1,
            "action":{"type":"refuse"}}}}"#,
    );
    assert_eq!(command(&["check", good.name()]).status.code(), Some(0));
    let bad = File::new(
        r#"{"generation":1,"routes":{"a":{"provider":"p","name":"n","entry_points":["http"],"priority":1,
            "matchers":[{"type":"path","patterns":[{"source":"/(","regex":"^/($"}]}],
            "action":{"type":"refuse"}}}}"#,
    );
    let output = command(&["check", bad.name()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains(r#""route":"a""#), "{}", text(&output.stdout));
    let cut = File::new("{");
    assert!(text(&command(&["check", cut.name()]).stderr).contains(cut.name()));
}

#[test]
fn explain_names_the_winner_and_where_others_fail() {
    let plan = File::new(
        r#"{"generation":1,"routes":{
            "p/first":{"provider":"p","name":"first","entry_points":["http"],"priority":5,
                "matchers":[{"type":"host","hosts":["a.test"]},
                    {"type":"path_prefix","patterns":[{"source":"/x","literal":"/x"}]}],
                "modifiers":[{"type":"strip_prefix","prefixes":["/x"]}],
                "action":{"type":"refuse"}},
            "p/second":{"provider":"p","name":"second","entry_points":["http"],"priority":3,
                "matchers":[{"type":"host","hosts":["a.test"]}],"action":{"type":"refuse"}},
            "p/elsewhere":{"provider":"p","name":"elsewhere","entry_points":["other"],"priority":9,"action":{"type":"refuse"}}}}"#,
    );
    let explain = |url: &str| {
        let output = command(&["explain", "--plan", plan.name(), "--entry-point", "http", "--url", url]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let both = explain("http://a.test/x/y");
    assert_eq!((&both["answers"]["name"], &both["matches"][1]["route"]), (&"first".into(), &"p/second".into()));
    assert_eq!(explain("http://a.test/x/y?q=1")["answers"]["forwards"], "/y?q=1");
    let one = explain("http://a.test/y");
    assert_eq!((&one["answers"]["name"], &one["misses"][0]["fails_at"]), (&"second".into(), &"path_prefix".into()));
    assert!(explain("http://b.test/")["answers"].is_null());
}
