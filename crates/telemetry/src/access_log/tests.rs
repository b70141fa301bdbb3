use super::*;
use crate::{Fields as HeaderFields, Reason, Stages};
use plan::{HeaderMode, LogFormat};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A request's fields.
struct Pairs(Vec<(Vec<u8>, Vec<u8>)>);

impl Pairs {
    fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect())
    }
}

impl HeaderFields for Pairs {
    fn each<'f>(&'f self, f: &mut dyn FnMut(&'f [u8], &'f [u8])) {
        self.0.iter().for_each(|(name, value)| f(name, value));
    }
}

fn json() -> plan::AccessLog {
    plan::AccessLog { format: LogFormat::Json, ..plan::AccessLog::default() }
}

fn lines(config: &plan::AccessLog, outcomes: &[Outcome<'_>]) -> Vec<String> {
    let writer = Arc::new(Writer::new(config, |_| {}));
    let log = Arc::new(AccessLog {
        format: config.format,
        fields: Fields::of(config),
        filter: Filter::of(config),
        headers: Modes::of(config),
        entry_points: ["http".into(), "https".into()].into(),
        seed: 0,
        numbers: AtomicU64::new(0),
        writer,
        thread: OnceLock::new(),
    });
    let thread = ThreadLog::new(&log);
    outcomes.iter().for_each(|outcome| thread.record(outcome));
    let text = String::from_utf8(thread.shard.taken()).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn object(config: &plan::AccessLog, outcome: &Outcome<'_>) -> BTreeMap<String, Value> {
    let line = lines(config, std::slice::from_ref(outcome)).remove(0);
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn forwarded<'a>(fields: &'a Pairs) -> Outcome<'a> {
    let begun = Instant::now();
    Outcome {
        status: 200,
        phrase: "OK",
        client: "10.1.2.3",
        port: 4711,
        method: b"GET",
        path: b"/bar",
        query: Some(b"x=1&y=<2>"),
        protocol: "HTTP/1.1",
        host: b"foo.test:8080",
        fields: Some(fields),
        head: b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nSet-Cookie: secret\r\nConnection: close\r\n",
        route: Some("frontend-foo/bar"),
        backend: Some("foo/bar"),
        server: Some("http://10.0.0.2:8080"),
        bytes_out: 132,
        bytes_in: 7,
        stages: Stages {
            number: 17,
            opened: crate::Opened::default(),
            begun: Some(begun),
            decided: Some(begun + Duration::from_micros(20)),
            ended: Some(begun + Duration::from_micros(3_020)),
        },
        ..Outcome::default()
    }
}

fn no_route<'a>(fields: &'a Pairs) -> Outcome<'a> {
    Outcome {
        status: 404,
        phrase: "Not Found",
        reason: Reason::NoRoute,
        route: None,
        backend: None,
        server: None,
        ..forwarded(fields)
    }
}

#[test]
fn a_forwarded_request_has_every_field_with_its_type() {
    let fields =
        Pairs::of(&[("user-agent", "curl/7.58.0"), ("Authorization", "Basic x"), ("Accept", "a"), ("accept", "b")]);
    let line = object(&json(), &forwarded(&fields));
    let expected = serde_json::json!({
        "BackendAddr": "10.0.0.2:8080", "BackendName": "foo/bar", "ClientAddr": "10.1.2.3:4711",
        "BackendURL": {"Scheme": "http", "Opaque": "", "User": null, "Host": "10.0.0.2:8080", "Path": "", "RawPath": "",
            "ForceQuery": false, "RawQuery": "", "Fragment": "", "RawFragment": ""},
        "ClientHost": "10.1.2.3", "ClientPort": "4711", "ClientUsername": "-", "DownstreamContentSize": 132,
        "DownstreamStatus": 200, "DownstreamStatusLine": "200 OK", "Duration": 3_020_000, "FrontendName": "foo/bar",
        "OriginContentSize": 132, "OriginDuration": 3_000_000, "OriginStatus": 200, "OriginStatusLine": "200 OK",
        "Overhead": 20_000, "RequestAddr": "foo.test:8080", "RequestContentSize": 7, "RequestCount": 17,
        "RequestHost": "foo.test", "RequestId": line["RequestId"], "RequestLine": "GET /bar?x=1&y=<2> HTTP/1.1",
        "RequestMethod": "GET", "RequestPath": "/bar?x=1&y=<2>", "RequestPort": "8080", "RequestProtocol": "HTTP/1.1",
        "RetryAttempts": 0, "StartLocal": line["StartLocal"], "StartUTC": line["StartUTC"], "level": "info", "msg": "",
        "time": line["time"], "request_User-Agent": "curl/7.58.0", "request_Authorization": "Basic x",
        "request_Accept": "a", "downstream_Content-Type": "text/plain", "downstream_Set-Cookie": "secret",
        "origin_Content-Type": "text/plain", "origin_Set-Cookie": "secret",
    });
    assert_eq!(serde_json::to_value(&line).unwrap(), expected);
    let start: jiff::Timestamp = line["StartUTC"].as_str().unwrap().parse().unwrap();
    assert_eq!(line["StartLocal"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap(), start);
    assert!(jiff::Timestamp::now().duration_since(start).as_secs().abs() < 60, "{start}");
}

#[test]
fn answers_of_ours_have_1_7s_pseudo_names_and_a_reason() {
    let fields = Pairs::of(&[("X-Forwarded-For", "1.2.3.4, 5.6.7.8"), ("X-Request-Id", "abc")]);
    let line = object(&json(), &Outcome { path: b"/a%2Fb c", ..no_route(&fields) });
    assert_eq!(line["FrontendName"], "backend not found");
    assert_eq!(line["BackendName"], "Traefik");
    assert_eq!(line["BackendAddr"], "");
    assert_eq!(line["BackendURL"]["Path"], "/a/b c");
    assert_eq!(line["BackendURL"]["RawPath"], "/a%2Fb c");
    assert_eq!(line["BackendURL"]["RawQuery"], "x=1&y=<2>");
    assert_eq!(line["RequestPath"], "/a/b%20c?x=1&y=<2>");
    assert_eq!(line["Reason"], "no_route");
    assert_eq!(line["ClientHost"], "1.2.3.4, 5.6.7.8");
    assert_eq!(line["RequestId"], "abc");
    for (reason, route, name) in [
        (Reason::AuthDenied, None, "Auth for entrypoint http"),
        (Reason::AuthDenied, Some("a"), "Auth for a"),
        (Reason::AuthFailed, None, "Auth for entrypoint http"),
        (Reason::AuthFailed, Some("a"), "Auth for a"),
        (Reason::AllowList, None, "ipwhitelister for entrypoint http"),
        (Reason::AllowList, Some("frontend-a"), "ipwhitelister for a"),
        (Reason::Redirect, None, "entrypoint redirect for http"),
        (Reason::Redirect, Some("a"), "frontend redirect for a"),
        (Reason::RateLimited, Some("a"), "rate limit for a"),
        (Reason::ConnectionLimit, Some("a"), "connection limit for a"),
    ] {
        assert_eq!(object(&json(), &Outcome { reason, route, ..no_route(&fields) })["FrontendName"], name);
    }
    for reason in [Reason::NoEndpoint, Reason::BreakerOpen, Reason::Redirected, Reason::BadRequest] {
        let line = object(&json(), &Outcome { reason, route: Some("a"), ..no_route(&fields) });
        assert!(!line.contains_key("FrontendName") && !line.contains_key("OriginStatus"), "{reason:?}");
        assert_eq!(line["Overhead"], line["Duration"]);
    }
}

#[test]
fn nothing_of_one_line_stands_in_another_whatever_came_before() {
    let fields = [
        Pairs::of(&[("b", "1"), ("Cookie", "x")]),
        Pairs::of(&[("b", "1"), ("Cookie", "y")]),
        Pairs::of(&[("b", "1")]),
        Pairs::of(&[("B", "1"), ("Cookie", "x"), ("X-Forwarded-For", "1.1.1.1")]),
        Pairs::of(&[("b", ""), ("bx", "1")]),
        Pairs::of(&[("bb", "x"), ("x", "1")]),
        Pairs::of(&[("x", "1"), ("&x", "<"), (&"long".repeat(100), "1"), ("X", "2"), ("cookie", "z")]),
        Pairs::of(&[]),
    ];
    let of = |index: usize| forwarded(&fields[index % fields.len()]);
    let mut outcomes: Vec<_> = (0..fields.len()).map(of).collect();
    outcomes.extend([
        Outcome { fields: None, ..of(0) },
        Outcome { host: b"foo.test", ..of(0) },
        Outcome { host: b"", ..of(0) },
        Outcome { server: Some("http://10.0.0.3:8080"), ..of(1) },
        Outcome { server: Some("http://10.0.0.2:8080/x"), ..of(1) },
        Outcome { backend: Some("foo"), ..of(2) },
        Outcome { backend: None, ..of(2) },
        Outcome { route: Some("foo/bar&"), ..of(2) },
        Outcome { head: b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", ..of(3) },
        Outcome { head: b"", ..of(3) },
        Outcome { path: b"/a&b", status: 101, phrase: "Switching Protocols", ..of(3) },
        Outcome { host: b"foo.test", ..no_route(&fields[0]) },
        Outcome { reason: Reason::AuthDenied, path: b"/other", ..no_route(&fields[0]) },
        Outcome { reason: Reason::NoEndpoint, server: None, ..of(0) },
        Outcome { client: "::1", port: 1, user: Some("m&e"), ..of(0) },
    ]);
    // Times are those of one moment, so that they are the same in lines of one request.
    let stages = Stages { begun: None, ended: None, ..of(0).stages };
    let untimed = |line: &str| {
        let mut line: BTreeMap<String, Value> = serde_json::from_str(line).unwrap();
        line.retain(|key, _| !matches!(key.as_str(), "StartLocal" | "StartUTC" | "time"));
        line
    };
    outcomes.iter_mut().for_each(|outcome| outcome.stages = stages);
    let alone: Vec<_> = outcomes.iter().map(|outcome| untimed(&lines(&json(), &[*outcome])[0])).collect();
    for step in [1, 2, 5, 7] {
        let order: Vec<_> = (0..4 * outcomes.len()).map(|turn| turn * step / 2 % outcomes.len()).collect();
        let together = lines(&json(), &order.iter().map(|&index| outcomes[index]).collect::<Vec<_>>());
        assert_eq!(together.len(), order.len());
        for (line, index) in together.iter().zip(order) {
            assert_eq!(untimed(line), alone[index], "{line}");
        }
    }
}

#[test]
fn what_was_no_request_and_what_switched_protocols_have_lines() {
    let begun = Stages { begun: Some(Instant::now()), ..Stages::default() };
    let refused = Outcome {
        status: 400,
        phrase: "Bad Request",
        reason: Reason::BadRequest,
        line: b"\x16\x03\"",
        ..Outcome::default()
    };
    let line = object(&json(), &Outcome { stages: begun, client: "::1", ..refused });
    assert_eq!(line["RequestLine"], "\u{16}\u{3}\"");
    assert_eq!(line["ClientAddr"], "[::1]:0");
    assert!(!line.contains_key("RequestHost"));
    let fields = Pairs::of(&[]);
    let switched = Outcome { status: 101, phrase: "Switching Protocols", ..forwarded(&fields) };
    assert_eq!(object(&json(), &switched)["DownstreamStatusLine"], "000 ");
    assert_eq!(object(&json(), &Outcome { origin_bytes: Some(264), ..forwarded(&fields) })["GzipRatio"], 2);
}

#[test]
fn common_lines_are_1_7s() {
    let config = plan::AccessLog::default();
    let fields = Pairs::of(&[("User-Agent", "curl/7.58.0")]);
    let fixed = |line: &str| {
        let (start, rest) = line.split_once('[').unwrap();
        let (date, end) = rest.split_once(']').unwrap();
        assert_eq!(date.len(), "10/Nov/2009:23:00:00 +0000".len(), "{date}");
        assert!(date.ends_with(" +0000"), "{date}");
        format!("{start}[]{end}")
    };
    let line = lines(&config, &[Outcome { query: Some(b"x=1"), ..forwarded(&fields) }]).remove(0);
    assert_eq!(
        fixed(&line),
        r#"10.1.2.3 - - [] "GET /bar?x=1 HTTP/1.1" 200 132 "-" "curl/7.58.0" 17 "foo/bar" "http://10.0.0.2:8080" 3ms"#
    );
    let line = lines(&config, &[Outcome { query: None, bytes_out: 19, ..no_route(&fields) }]).remove(0);
    assert_eq!(
        fixed(&line),
        r#"10.1.2.3 - - [] "GET /bar HTTP/1.1" 404 19 "-" "curl/7.58.0" 17 "backend not found" "/bar" 3ms"#
    );
    let empty = Outcome { reason: Reason::NoEndpoint, status: 503, query: None, user: Some("me"), ..no_route(&fields) };
    let line = lines(&config, &[empty]).remove(0);
    assert_eq!(fixed(&line), r#"10.1.2.3 - me [] "GET /bar HTTP/1.1" - - "-" "curl/7.58.0" 17 - - 3ms"#);
    let drop = plan::AccessLog { drop_fields: true, headers_mode: HeaderMode::Redact, ..plan::AccessLog::default() };
    let line = lines(&drop, &[forwarded(&fields)]).remove(0);
    assert_eq!(line, r#"- - - [-] "- - -" - - "-" "REDACTED" - - - 0ms"#);
}

#[test]
fn fields_and_headers_are_kept_dropped_and_redacted_as_asked() {
    let mut config = json();
    config.drop_fields = true;
    config.fields = [("RequestPath".to_owned(), true)].into();
    config.headers_mode = HeaderMode::Drop;
    config.headers = [("Accept".to_owned(), HeaderMode::Keep), ("Cookie".to_owned(), HeaderMode::Redact)].into();
    let fields = Pairs::of(&[("accept", "a"), ("cookie", "secret"), ("x-other", "o")]);
    let line = object(&config, &forwarded(&fields));
    let keys: Vec<_> = line.keys().map(String::as_str).collect();
    assert_eq!(keys, ["RequestPath", "level", "msg", "request_Accept", "request_Cookie", "time"]);
    assert_eq!(line["request_Cookie"], "REDACTED");
}

#[test]
fn any_filter_that_fits_suffices() {
    let fields = Pairs::of(&[]);
    let config = |change: fn(&mut plan::AccessLog)| {
        let mut config = plan::AccessLog::default();
        change(&mut config);
        config
    };
    let slow = config(|config| config.longer_than_ns = 3_020_000);
    assert_eq!(lines(&slow, &[forwarded(&fields)]).len(), 0, "strictly longer");
    let slow = config(|config| config.longer_than_ns = 3_019_999);
    assert_eq!(lines(&slow, &[forwarded(&fields)]).len(), 1);
    let failed = config(|config| config.statuses = vec![(500, 599), (404, 404)]);
    assert_eq!(lines(&failed, &[forwarded(&fields), no_route(&fields)]).len(), 1);
    let either = config(|config| {
        config.statuses = vec![(500, 599)];
        config.retried = true;
    });
    let again = Outcome { retries: 1, ..forwarded(&fields) };
    assert_eq!(lines(&either, &[forwarded(&fields), again]).len(), 1);
}

proptest! {
    #[test]
    fn a_line_is_valid_json_with_sorted_keys_whatever_is_in_a_request(
        pairs in prop::collection::vec(("[A-Za-z&'*^-]{1,12}", prop::collection::vec(any::<u8>(), 0..20)), 0..12),
        path in prop::collection::vec(any::<u8>(), 0..20),
        host in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let fields = Pairs(pairs.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect());
        let outcome = Outcome { path: &path, host: &host, ..forwarded(&fields) };
        let line = lines(&json(), std::slice::from_ref(&outcome));
        prop_assert_eq!(line.len(), 1);
        let value: Value = serde_json::from_str(&line[0]).expect("valid");
        prop_assert!(!line[0].contains(['<', '>', '&']));
        // Parsed, an object's keys are sorted; they were before if nothing moves.
        let again = serde_json::to_string(&value).unwrap();
        let keys = |text: &str| serde_json::from_str::<Order>(text).unwrap().0;
        prop_assert_eq!(keys(&line[0]), keys(&again));
    }
}

/// The keys of an object in the order in which they stand.
struct Order(Vec<String>);

impl<'de> serde::Deserialize<'de> for Order {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> serde::de::Visitor<'de> for Keys {
            type Value = Order;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Order, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                    keys.push(key);
                }
                Ok(Order(keys))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pointsman-log-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn log(&self, below: &str) -> (PathBuf, Arc<AccessLog>) {
        let path = self.0.join(below);
        let config = plan::AccessLog { path: path.to_string_lossy().into_owned(), ..plan::AccessLog::default() };
        (path, AccessLog::start(&config, std::iter::empty(), |_| {}).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn count(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

fn record(log: &Arc<AccessLog>, times: usize) {
    let thread = ThreadLog::new(log);
    let fields = Pairs::of(&[]);
    (0..times).for_each(|_| thread.record(&forwarded(&fields)));
}

#[test]
fn lines_follow_the_path_when_its_file_is_moved_away() {
    let folder = Folder::new("rotated");
    let (path, log) = folder.log("deep/er/access.log");
    record(&log, 3);
    log.flush();
    assert_eq!(count(&path), 3);
    let old = folder.0.join("old");
    fs::rename(&path, &old).unwrap();
    record(&log, 2);
    log.flush();
    assert_eq!((count(&path), count(&old)), (2, 3));
    fs::remove_file(&path).unwrap();
    log.reopen();
    log.flush();
    assert!(path.exists(), "opened before anything is written");
    assert_eq!(log.dropped(), 0);
}

#[test]
fn lines_of_many_threads_are_whole_and_those_without_room_are_counted() {
    const EACH: usize = 20_000;
    let folder = Folder::new("threads");
    fs::write(folder.0.join("file"), "").unwrap();
    // Nothing can be written below a file: everything waits.
    let (path, log) = folder.log("file/access.log");
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let log = Arc::clone(&log);
            std::thread::spawn(move || record(&log, EACH))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let room = log.dropped();
    record(&log, 200_000 - 4 * EACH);
    assert!(log.dropped() > room, "more than there is room for");
    fs::remove_file(folder.0.join("file")).unwrap();
    let start = Instant::now();
    let dropped = usize::try_from(log.dropped()).unwrap();
    while count(&path) + dropped < 200_000 {
        assert!(start.elapsed() < Duration::from_secs(30), "{} + {dropped}", count(&path));
        log.flush();
    }
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count() + dropped, 200_000);
    assert!(text.lines().all(|line| line.starts_with("10.1.2.3 - - [") && line.ends_with(r#"8080" 3ms"#)));
}
