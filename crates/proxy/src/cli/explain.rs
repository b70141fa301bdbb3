//! `explain`: which route answers a request, which others would have, and at what the rest fail.

use super::arguments::{Argument, Arguments, Mistake, unexpected};
use super::check::plan;
use super::{Failure, print};
use pointsman_middleware::{PathModifiers, Rewrite};
use pointsman_plan::{Action, Matcher, Plan, Route, RouteProblem};
use pointsman_router::{Entry, Headers, Regexes, Request, Table};
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;

pub(super) fn explain(arguments: Arguments) -> Result<ExitCode, Failure> {
    let question = Question::parse(arguments)?;
    let plan = plan(&question.plan)?;
    let (table, problems) = table(&plan, &question.entry_point);
    let text = serde_json::to_string_pretty(&answer(&plan, &table, &question, problems));
    Ok(print(&(text.map_err(|error| Failure::Other(error.to_string()))? + "\n")))
}

/// The request asked about.
#[derive(Debug, Default, PartialEq, Eq)]
struct Question {
    plan: String,
    entry_point: String,
    method: String,
    host: String,
    path: String,
    query: String,
    fields: Fields,
}

/// Names in lower case, and values.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fields(Vec<(String, String)>);

impl Headers for Fields {
    fn any(&self, lower_name: &str, f: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.iter().filter(|(name, _)| name == lower_name).any(|(_, value)| f(value.as_bytes()))
    }
}

impl Question {
    fn parse(mut arguments: Arguments) -> Result<Self, Mistake> {
        let mut question = Self { method: "GET".to_owned(), ..Self::default() };
        let mut host = None;
        while let Some(argument) = arguments.next()? {
            let Argument::Option(name) = &argument else { return Err(unexpected(&argument)) };
            match name.as_str() {
                "--plan" => question.plan = arguments.value(name)?,
                "--entry-point" => question.entry_point = arguments.value(name)?,
                "--method" | "-X" => question.method = arguments.value(name)?,
                "--url" => question.set_url(&arguments.value(name)?)?,
                "--header" | "-H" => match field(&arguments.value(name)?)? {
                    (name, value) if name == "host" => host = Some(value),
                    other => question.fields.0.push(other),
                },
                _ => return Err(unexpected(&argument)),
            }
        }
        question.host = host.unwrap_or(question.host);
        for (option, value) in
            [("--plan", &question.plan), ("--entry-point", &question.entry_point), ("--url", &question.path)]
        {
            if value.is_empty() {
                return Err(Mistake(format!("explain wants {option}")));
            }
        }
        Ok(question)
    }

    /// `http://host/path?query`, or `/path?query` beside a Host header.
    fn set_url(&mut self, url: &str) -> Result<(), Mistake> {
        let url = url.split('#').next().unwrap_or_default();
        let rest = match url.split_once("://") {
            Some((_, rest)) => rest,
            None if url.starts_with('/') => url,
            None => return Err(Mistake(format!("`{url}` is no URL: http://host/path, or /path"))),
        };
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = before.split_at(before.find('/').unwrap_or(before.len()));
        self.host = host.to_owned();
        self.path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
        self.query = query.to_owned();
        Ok(())
    }
}

fn field(text: &str) -> Result<(String, String), Mistake> {
    let (name, value) = text.split_once(':').ok_or_else(|| Mistake(format!("`{text}` is no `NAME: VALUE`")))?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

/// The routes of one entry point, filed under their keys.
fn table(plan: &Plan, entry_point: &str) -> (Table<String>, Vec<RouteProblem>) {
    let (mut entries, mut problems, mut regexes) = (Vec::new(), Vec::new(), Regexes::default());
    for (key, route) in plan.routes.iter().filter(|(_, route)| route.entry_points.iter().any(|e| e == entry_point)) {
        match Entry::build(route, &mut regexes, key.clone()) {
            Ok(entry) => entries.push(Arc::new(entry)),
            Err(error) => problems.push(RouteProblem {
                route: key.clone(),
                key: error.key.to_owned(),
                value: error.value,
                message: error.message,
            }),
        }
    }
    (Table::new().update(&[], &entries), problems)
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
    other_hosts: usize,
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
    forwards: Option<String>,
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
    fails_at: &'static str,
    matcher: Option<&'a Matcher>,
}

fn answer<'a>(
    plan: &'a Plan,
    table: &'a Table<String>,
    question: &Question,
    problems: Vec<RouteProblem>,
) -> Answer<'a> {
    let explanation = table.explain(&Request {
        host: question.host.as_bytes(),
        method: question.method.as_bytes(),
        path: question.path.as_bytes(),
        query: question.query.as_bytes(),
        headers: &question.fields,
    });
    let route = |entry: &'a Entry<String>| -> Option<(&'a str, &'a Route)> {
        plan.routes.get_key_value(entry.payload()).map(|(key, route)| (key.as_str(), route))
    };
    let fits = explanation.matches.iter().filter_map(|found| {
        let (key, route) = route(found.entry)?;
        Some(Fits { route: key, priority: route.priority, redirect_slash: found.redirect_slash })
    });
    let fails = explanation.misses.iter().filter_map(|miss| {
        let (key, route) = route(miss.entry)?;
        let matcher = route.matchers.get(miss.matcher);
        Some(Fails { route: key, priority: route.priority, fails_at: miss.kind, matcher })
    });
    let answers = explanation.matches.first().and_then(|found| {
        let (key, route) = route(found.entry)?;
        Some(Winner {
            route: key,
            name: &route.name,
            origin: &route.origin,
            redirect_slash: found.redirect_slash,
            forwards: forwards(route, question),
            action: &route.action,
        })
    });
    Answer { answers, matches: fits.collect(), misses: fails.collect(), other_hosts: explanation.other_hosts, problems }
}

/// What the route's modifiers make of the path; a modifier that cannot be built is among the problems of `check`.
fn forwards(route: &Route, question: &Question) -> Option<String> {
    let modifiers = PathModifiers::build(&route.modifiers, &mut Regexes::default(), &mut Vec::new()).ok()?;
    let mut path = Vec::new();
    let query = match modifiers.apply(question.path.as_bytes(), &mut path, &mut |_, _| {}) {
        Rewrite::NotFound => return None,
        Rewrite::Lost => "",
        Rewrite::Changed => question.query.as_str(),
        Rewrite::Unchanged => {
            path.extend_from_slice(question.path.as_bytes());
            question.query.as_str()
        }
    };
    let path = String::from_utf8_lossy(&path);
    Some(if query.is_empty() { path.into_owned() } else { format!("{path}?{query}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Question, Mistake> {
        let fixed = ["--plan", "p.json", "--entry-point=http"];
        Question::parse(Arguments::new(fixed.iter().chain(words).map(Into::into)))
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
        assert_eq!(question.fields.0, [("x-y".to_owned(), "z".to_owned())]);
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
