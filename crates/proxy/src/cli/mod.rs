//! The command line: `run`, and what the router says about a plan without running.

mod arguments;
mod check;
mod explain;
mod run;

use arguments::{Arguments, Mistake};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

const HELP: &str = "\
pointsman-proxy: the data plane of Pointsman, started by its supervisor

Usage:
  pointsman-proxy run --settings FILE
      Serves. FILE names entry points and the listening sockets inherited for them.
  pointsman-proxy check PLAN.json
      Builds a plan and prints what is wrong with it, one JSON object a line; exit status 1 if anything is.
  pointsman-proxy explain --plan PLAN.json --entry-point NAME [--method GET] --url URL [-H 'NAME: VALUE']...
      Prints, as JSON, which route answers a request and why.
  pointsman-proxy explain --plan PLAN.json --batch
      The same for many requests: reads one JSON object a line, prints one a line.
  pointsman-proxy --help | --version

Signals to `run`:
  TERM, INT    stop accepting, finish what is open; a second one stops at once
  USR1         accepted, without effect: the log goes to standard output
  HUP, USR2, QUIT, PIPE, WINCH   ignored
";

/// Runs the command and tells how it ended: 0 well, 1 not well, 2 the command line is wrong.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let outcome = dispatch(Arguments::new(arguments));
    match outcome {
        Ok(code) => code,
        Err(Failure::Usage(Mistake(text))) => {
            complain(&format!("{text}; see pointsman-proxy --help"));
            ExitCode::from(2)
        }
        Err(Failure::Other(text)) => {
            complain(&text);
            ExitCode::FAILURE
        }
    }
}

/// Why a command did not do its work.
enum Failure {
    Usage(Mistake),
    Other(String),
}

impl From<Mistake> for Failure {
    fn from(mistake: Mistake) -> Self {
        Self::Usage(mistake)
    }
}

fn dispatch(mut arguments: Arguments) -> Result<ExitCode, Failure> {
    match arguments.command()?.as_str() {
        "run" => run::run(arguments),
        "check" => check::check(arguments),
        "explain" => explain::explain(arguments),
        "--help" | "-h" | "help" => Ok(print(HELP)),
        "--version" | "-V" | "version" => Ok(print(concat!("pointsman-proxy ", env!("CARGO_PKG_VERSION"), "\n"))),
        other => Err(Mistake(format!("`{other}` is no command")).into()),
    }
}

/// Prints; a reader that went away is no failure of ours.
fn print(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "pointsman-proxy: {text}");
}

/// Reads a JSON file; names the file, line and column of what is wrong.
fn decode<T: serde::de::DeserializeOwned>(path: &str) -> Result<T, Failure> {
    let text = std::fs::read(path).map_err(|error| Failure::Other(format!("{path}: {error}")))?;
    serde_json::from_slice(&text)
        .map_err(|error| Failure::Other(format!("{path}:{}:{}: {error}", error.line(), error.column())))
}
