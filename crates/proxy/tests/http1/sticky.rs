//! Clients that keep their server.

use crate::support::{Proxy, Upstream, Wire, nobody, ok, plan, pool, settings};
use pointsman_plan::{Plan, Retry};
use std::net::SocketAddr;
use std::sync::Arc;

fn sticky(servers: &[SocketAddr]) -> Plan {
    let mut plan = plan(servers);
    let options = r#"{"sticky": {"cookie": "_76eb3", "http_only": true, "same_site": "lax"}}"#;
    pool(&mut plan).options = Some(Arc::new(serde_json::from_str(options).expect("valid")));
    plan
}

fn ask(client: &mut Wire, cookie: &str) {
    client.send(format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: x=y; {cookie}\r\n\r\n"));
}

fn set_to(address: SocketAddr) -> String {
    format!("Set-Cookie: _76eb3=http://{address}; Path=/; HttpOnly; SameSite=Lax\r\n")
}

#[test]
fn a_client_keeps_the_server_that_its_cookie_names() {
    let upstreams = [Upstream::new(), Upstream::new()];
    let addresses = upstreams.each_ref().map(|upstream| upstream.address);
    let mut plan = sticky(&addresses);
    pool(&mut plan).servers[1].weight = 0;
    let proxy = Proxy::start(settings(), plan);
    let mut client = proxy.client();
    for (cookie, server, set) in [
        ("z=1", 0, true),
        (&*format!("_76eb3=http://{}", addresses[1]), 1, false),
        (&*format!("_76eb3=\"HTTP://{}/\"", addresses[1]), 1, false),
        ("_76eb3=http://10.9.9.9:1", 0, true),
        ("_76eb3=%", 0, true),
        (&*format!("_76eb3=http://{}", addresses[0]), 0, false),
    ] {
        ask(&mut client, cookie);
        let mut upstream = upstreams[server].accept();
        assert!(upstream.head().contains(&format!("Cookie: x=y; {cookie}\r\n")), "it is passed on");
        let answer = "HTTP/1.1 200 OK\r\nSet-Cookie: theirs=1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        upstream.send(answer);
        let head = client.head();
        let ours = format!("HTTP/1.1 200 OK\r\n{}Set-Cookie: theirs=1\r\n", set_to(addresses[server]));
        assert_eq!(head.starts_with(&ours), set, "{cookie}: {head}");
        assert!(head.contains("theirs") && head.matches("Set-Cookie").count() == 1 + usize::from(set), "{head}");
    }
}

#[test]
fn it_is_set_whatever_the_server_answers() {
    let gone = nobody();
    let proxy = Proxy::start(settings(), sticky(&[gone]));
    let mut client = proxy.client();
    ask(&mut client, "");
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 502 ") && head.contains(&set_to(gone)), "{head}");
    assert_eq!(head.matches("Set-Cookie").count(), 1, "once, for all tries");
    let upstream = Upstream::new();
    let proxy = Proxy::start(settings(), sticky(&[upstream.address]));
    let mut client = proxy.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let mut server = upstream.accept();
    server.head();
    server.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    assert!(client.head().contains(&set_to(upstream.address)));
}

#[test]
fn retries_ask_the_same_server_and_another_in_the_end() {
    let (upstream, gone) = (Upstream::new(), nobody());
    for (retry, tries) in [(None, 2), (Some(Retry { attempts: 4 }), 4)] {
        let mut settings = settings();
        settings.retry = retry;
        let proxy = Proxy::start(settings, sticky(&[upstream.address, gone]));
        let mut client = proxy.client();
        ask(&mut client, &format!("_76eb3=http://{gone}"));
        let mut server = upstream.accept();
        server.head();
        server.send(ok(""));
        assert!(client.head().contains(&set_to(upstream.address)), "it keeps the new one from now on");
        proxy.await_totals(|totals| totals.retries == tries - 1);
    }
    let mut settings = settings();
    settings.retry = Some(Retry { attempts: 1 });
    let proxy = Proxy::start(settings, sticky(&[upstream.address, gone]));
    let mut client = proxy.client();
    ask(&mut client, &format!("_76eb3=http://{gone}"));
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 502 ") && !head.contains("Set-Cookie"), "{head}");
}
