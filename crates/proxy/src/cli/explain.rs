//! `explain`: which route answers a request, which others would have, and at what the rest fail.

use super::arguments::{Argument, Arguments, Mistake, unexpected};
use super::check::{builder, plan};
use super::{Failure, print};
use crate::snapshot::Builder;
use pointsman_plan::{Action, Explanation, Matcher, Plan, Question, RouteProblem};
use serde::Serialize;
use std::io::BufRead;
use std::process::ExitCode;

/// Longest line of a batch, in bytes.
const LINE: usize = 1 << 20;

pub(super) fn explain(arguments: Arguments) -> Result<ExitCode, Failure> {
    let order = Order::parse(arguments)?;
    let plan = plan(&order.plan)?;
    let mut builder = builder(&plan);
    let problems = builder.apply_plan(plan.clone()).problems;
    if order.batch {
        return batch(&builder);
    }
    let explanation = builder.explain(&order.question);
    let text = serde_json::to_string_pretty(&answer(&plan, &explanation, problems));
    Ok(print(&(text.map_err(|error| Failure::Other(error.to_string()))? + "\n")))
}

/// A question a line, as JSON; an explanation a line.
fn batch(builder: &Builder) -> Result<ExitCode, Failure> {
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = std::io::Read::take(&mut input, LINE as u64).read_until(b'\n', &mut line);
        let fault = |error: &dyn std::fmt::Display| Failure::Other(format!("standard input:{number}: {error}"));
        if read.map_err(|error| fault(&error))? == 0 {
            break;
        }
        let question = serde_json::from_slice(&line).map_err(|error| fault(&error))?;
        let text = serde_json::to_string(&builder.explain(&question));
        print(&(text.map_err(|error| fault(&error))? + "\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Order {
    plan: String,
    batch: bool,
    question: Question,
}

impl Order {
    fn parse(mut arguments: Arguments) -> Result<Self, Mistake> {
        let mut order = Self::default();
        let question = &mut order.question;
        question.method = "GET".to_owned();
        let mut host = None;
        while let Some(argument) = arguments.next()? {
            let Argument::Option(name) = &argument else { return Err(unexpected(&argument)) };
            match name.as_str() {
                "--plan" => order.plan = arguments.value(name)?,
                "--batch" => order.batch = true,
                "--entry-point" => question.entry_point = arguments.value(name)?,
                "--method" | "-X" => question.method = arguments.value(name)?,
                "--url" => set_url(question, &arguments.value(name)?)?,
                "--header" | "-H" => match field(&arguments.value(name)?)? {
                    (name, value) if name == "host" => host = Some(value),
                    other => question.headers.push(other),
                },
                _ => return Err(unexpected(&argument)),
            }
        }
        if let Some(host) = host {
            question.host = host;
        }
        let needed = [("--plan", &order.plan), ("--entry-point", &question.entry_point), ("--url", &question.path)];
        for (option, value) in needed {
            if value.is_empty() && (option == "--plan" || !order.batch) {
                return Err(Mistake(format!("explain wants {option}")));
            }
        }
        Ok(order)
    }
}

/// `http://host/path?query`, or `/path?query` beside a Host header.
fn set_url(question: &mut Question, url: &str) -> Result<(), Mistake> {
    let url = url.split('#').next().unwrap_or_default();
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest,
        None if url.starts_with('/') => url,
        None => return Err(Mistake(format!("`{url}` is no URL: http://host/path, or /path"))),
    };
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = before.split_at(before.find('/').unwrap_or(before.len()));
    question.host = host.to_owned();
    question.path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    question.query = query.to_owned();
    Ok(())
}

fn field(text: &str) -> Result<(String, String), Mistake> {
    let (name, value) = text.split_once(':').ok_or_else(|| Mistake(format!("`{text}` is no `NAME: VALUE`")))?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

#[derive(Serialize)]
struct Answer<'a> {
    /// Absent: 404.
    answers: Option<Winner<'a>>,
    /// Would answer if those before them were not there; the first is the winner.
    matches: Vec<Fits<'a>>,
    /// The nearest first.
    misses: Vec<Fails<'a>>,
    /// Routes for other hosts, not compared.
    other_hosts: u64,
    problems: Vec<RouteProblem>,
}

#[derive(Serialize)]
struct Winner<'a> {
    route: &'a str,
    name: &'a str,
    origin: &'a str,
    /// Answers 301 to the path with, or without, its trailing slash.
    redirect_slash: bool,
    /// Path and query the upstream is asked for; absent when a prefix to strip is missing (404).
    forwards: Option<&'a str>,
    action: &'a Action,
}

#[derive(Serialize)]
struct Fits<'a> {
    route: &'a str,
    priority: i64,
    redirect_slash: bool,
}

#[derive(Serialize)]
struct Fails<'a> {
    route: &'a str,
    priority: i64,
    fails_at: &'a str,
    matcher: Option<&'a Matcher>,
}

fn answer<'a>(plan: &'a Plan, found: &'a Explanation, problems: Vec<RouteProblem>) -> Answer<'a> {
    let fits = found.matches.iter().filter_map(|fit| {
        let route = plan.routes.get(&fit.route)?;
        Some(Fits { route: &fit.route, priority: route.priority, redirect_slash: fit.redirect_slash })
    });
    let fails = found.misses.iter().filter_map(|miss| {
        let route = plan.routes.get(&miss.route)?;
        let matcher = usize::try_from(miss.matcher).ok().and_then(|index| route.matchers.get(index));
        Some(Fails { route: &miss.route, priority: route.priority, fails_at: &miss.fails_at, matcher })
    });
    let answers = found.matches.first().and_then(|fit| {
        let route = plan.routes.get(&fit.route)?;
        Some(Winner {
            route: &fit.route,
            name: &route.name,
            origin: &route.origin,
            redirect_slash: fit.redirect_slash,
            forwards: found.forwards.as_deref(),
            action: &route.action,
        })
    });
    let (matches, misses) = (fits.collect(), fails.collect());
    Answer { answers, matches, misses, other_hosts: found.other_hosts, problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Question, Mistake> {
        let fixed = ["--plan", "p.json", "--entry-point=http"];
        Order::parse(Arguments::new(fixed.iter().chain(words).map(Into::into))).map(|order| order.question)
    }

    #[test]
    fn a_question_is_read() {
        let question =
            parse(&["--url", "http://a.b:80/x/y?q=1#f", "-H", "X-Y:  z ", "--method", "POST"]).expect("fine");
        assert_eq!(
            (question.host.as_str(), question.path.as_str(), question.query.as_str()),
            ("a.b:80", "/x/y", "q=1")
        );
        assert_eq!(question.method, "POST");
        assert_eq!(question.headers, [("x-y".to_owned(), "z".to_owned())]);
        let question = parse(&["--url", "/?a=b", "-H", "Host: c"]).expect("fine");
        assert_eq!((question.host.as_str(), question.path.as_str()), ("c", "/"));
        assert_eq!(parse(&["--url", "http://a"]).expect("fine").path, "/");
    }

    #[test]
    fn what_is_missing_is_told() {
        assert!(parse(&[]).is_err());
        assert!(parse(&["--url", "a.b/c"]).is_err());
        assert!(parse(&["--url", "/", "-H", "x"]).is_err());
        assert!(parse(&["word"]).is_err());
    }
}
