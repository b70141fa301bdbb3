//! What a line of the JSON access log costs: `valgrind --tool=callgrind target/release/examples/cost 20000`; with `varied`
//! behind that, where no request and no response has the head of the one before.

use pointsman_plan::{AccessLog as Config, HeaderMode, LogFormat};
use pointsman_telemetry::{AccessLog, Fields, Outcome, Recorder, Telemetry};

/// Of two kinds of requests.
const FIELDS: [[(&str, &str); 2]; 2] =
    [[("User-Agent", "budget"), ("Accept", "*/*")], [("User-Agent", "varied"), ("Accept", "*/*")]];
const HEADS: [&[u8]; 2] = [
    b"HTTP/1.1 200 OK\r\nServer: budget\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n",
    b"HTTP/1.1 200 OK\r\nServer: varied\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n",
];

/// A request of this kind.
struct Sent(usize);

impl Fields for Sent {
    fn each<'f>(&'f self, f: &mut dyn FnMut(&'f [u8], &'f [u8])) {
        FIELDS[self.0].iter().for_each(|(name, value)| f(name.as_bytes(), value.as_bytes()));
    }
}

fn main() -> std::io::Result<()> {
    let times = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let varied = std::env::args().nth(2).is_some_and(|word| word == "varied");
    let headers = ["Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie"];
    let config = Config {
        path: "/dev/null".to_owned(),
        format: LogFormat::Json,
        headers: headers.map(|name| (name.to_owned(), HeaderMode::Redact)).into(),
        ..Config::default()
    };
    let log = AccessLog::start(&config, ["http".to_owned()].into_iter(), |_| {})?;
    let recorder = Recorder::new(&Telemetry::new(Some(log), None));
    for number in 0..times {
        let kind = if varied { number % 2 } else { 0 };
        let mut stages = recorder.begin(false);
        stages.number = recorder.number();
        stages.decided = stages.begun.map(|_| std::time::Instant::now());
        stages.ended = stages.begun.map(|_| std::time::Instant::now());
        recorder.record(&Outcome {
            status: 200,
            phrase: "OK",
            client: "127.0.0.1",
            port: 40_000,
            method: b"GET",
            path: b"/index",
            protocol: "HTTP/1.1",
            host: b"budget.test",
            fields: Some(&Sent(kind)),
            head: HEADS[kind],
            route: Some("budget"),
            backend: Some("budget"),
            server: Some("http://127.0.0.1:12345"),
            bytes_out: 20,
            stages,
            ..Outcome::default()
        });
    }
    Ok(())
}
