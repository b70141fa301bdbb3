//! Addresses of upstream names: looked up off the request threads, kept a few seconds, and for as long as look-ups fail.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is used without asking again.
const FRESH: Duration = Duration::from_secs(5);
/// Addresses used of one answer.
const MOST: usize = 16;
/// Names kept; beyond, those not fresh are forgotten.
const NAMES: usize = 10_000;

/// When a name was looked up last, and what was found.
type Known = (Instant, Arc<[SocketAddr]>);

/// The process's name cache.
#[derive(Debug, Default)]
pub struct Names {
    known: Mutex<HashMap<Box<str>, Known>>,
}

impl Names {
    /// Addresses of `host:port`, families taking turns.
    ///
    /// # Errors
    /// The look-up's, when it fails and never succeeded.
    pub async fn resolve(&self, address: &str) -> io::Result<Arc<[SocketAddr]>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned();
        if let Some((at, addresses)) = &known
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(addresses));
        }
        let found = match tokio::net::lookup_host(address).await {
            Ok(found) => take_turns(found.collect()),
            Err(error) => known.map(|(_, last)| last).ok_or(error)?,
        };
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        let mut names = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES {
            names.retain(|_, (at, _)| at.elapsed() < FRESH);
        }
        names.insert(address.into(), (Instant::now(), Arc::clone(&found)));
        Ok(found)
    }
}

fn take_turns(found: Vec<SocketAddr>) -> Arc<[SocketAddr]> {
    let (first, second): (Vec<_>, Vec<_>) = found.iter().partition(|address| address.is_ipv4() == found[0].is_ipv4());
    let longest = first.len().max(second.len());
    let both = (0..longest).flat_map(|index| [first.get(index), second.get(index)]);
    both.flatten().copied().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let given = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"].map(|text| text.parse().expect("an address"));
        let turns: Vec<String> = take_turns(given.to_vec()).iter().map(ToString::to_string).collect();
        assert_eq!(turns, ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]);
        assert!(take_turns(Vec::new()).is_empty());
    }

    #[tokio::test]
    async fn a_name_that_was_known_outlives_its_server() {
        let names = Names::default();
        let last: Arc<[SocketAddr]> = Arc::new(["10.0.0.1:80".parse().expect("an address")]);
        let long_ago = Instant::now().checked_sub(FRESH * 2).expect("the machine runs that long");
        names.known.lock().expect("unpoisoned").insert("no.such.invalid:80".into(), (long_ago, Arc::clone(&last)));
        assert_eq!(names.resolve("no.such.invalid:80").await.expect("kept"), last);
        assert!(names.resolve("nor.this.invalid:80").await.is_err());
    }
}
