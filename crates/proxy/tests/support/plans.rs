//! Small plans.

use pointsman_plan::{Action, Matcher, Plan, Pool, Route, Scheme, Server};
use std::net::SocketAddr;

/// A pool of these servers.
pub fn pool(servers: &[SocketAddr]) -> Pool {
    let server = |address: &SocketAddr| Server {
        name: address.to_string(),
        url: format!("http://{address}"),
        scheme: Scheme::Http,
        address: address.to_string(),
        host: address.to_string(),
        weight: 1,
    };
    let servers = servers.iter().map(server).collect();
    Pool { provider: "test".to_owned(), name: "pool".to_owned(), method: Default::default(), options: None, servers }
}

/// A route for a host to the pool of that key.
pub fn route(host: &str, pool: &str) -> Route {
    Route {
        provider: "test".to_owned(),
        name: host.to_owned(),
        origin: String::new(),
        labels: Default::default(),
        entry_points: vec!["http".to_owned()],
        priority: 1,
        tie: 0,
        matchers: vec![Matcher::Host { hosts: vec![host.to_owned()] }],
        modifiers: Vec::new(),
        middlewares: Vec::new(),
        rate_limit: None,
        action: Action::Forward { pool: pool.to_owned(), pass_host: true },
    }
}

/// A plan in which each host goes to one server.
pub fn plan(generation: u64, hosts: &[(&str, SocketAddr)]) -> Plan {
    let mut plan = Plan { generation, ..Plan::default() };
    for (host, address) in hosts {
        let key = format!("test/{host}");
        plan.routes.insert(key.clone(), route(host, &key));
        plan.pools.insert(key, pool(&[*address]));
    }
    plan
}
