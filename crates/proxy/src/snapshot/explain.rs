//! Where a request would go, and why: by the very table that requests are routed by.

use super::{Builder, CompiledRoute};
use pointsman_middleware::Rewrite;
use pointsman_plan::{Explanation, Fit, Miss, Question};
use pointsman_router::{Entry, Headers, Request};
use std::sync::Arc;

/// Routes named in one answer, of each sort.
const MOST: usize = 100;

struct Fields<'q>(&'q [(String, String)]);

impl Headers for Fields<'_> {
    fn any(&self, lower_name: &str, f: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.iter().filter(|(name, _)| name == lower_name).any(|(_, value)| f(value.as_bytes()))
    }
}

impl Builder {
    /// Asks the snapshot in force; an unknown entry point has no routes.
    #[must_use]
    pub fn explain(&self, question: &Question) -> Explanation {
        let snapshot = self.snapshot();
        let index = snapshot.entry_points().iter().position(|name| **name == *question.entry_point);
        let fields = Fields(&question.headers);
        let request = Request {
            host: question.host.as_bytes(),
            method: question.method.as_bytes(),
            path: question.path.as_bytes(),
            query: question.query.as_bytes(),
            headers: &fields,
        };
        let Some(found) = index.and_then(|index| snapshot.explain(index, &request)) else {
            return Explanation::default();
        };
        let fit = |fit: &pointsman_router::Match<'_, Arc<CompiledRoute>>| Fit {
            route: key(fit.entry),
            redirect_slash: fit.redirect_slash,
        };
        let miss = |miss: &pointsman_router::Miss<'_, Arc<CompiledRoute>>| Miss {
            route: key(miss.entry),
            matcher: miss.matcher as u64,
            fails_at: miss.kind.to_owned(),
        };
        Explanation {
            matches: found.matches.iter().take(MOST).map(fit).collect(),
            misses: found.misses.iter().take(MOST).map(miss).collect(),
            other_hosts: found.other_hosts as u64,
            forwards: found.matches.first().and_then(|fit| forwards(fit.entry.payload(), question)),
        }
    }
}

fn key(entry: &Entry<Arc<CompiledRoute>>) -> String {
    let route = entry.payload();
    format!("{}/{}", route.provider, route.name)
}

/// What the route's modifiers make of the path.
fn forwards(route: &CompiledRoute, question: &Question) -> Option<String> {
    let mut path = Vec::new();
    let query = match route.modifiers.apply(question.path.as_bytes(), &mut path, &mut |_, _| {}) {
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
