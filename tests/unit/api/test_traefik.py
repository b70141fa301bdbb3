import json

from pointsman.api import traefik
from pointsman.model import dynamic as d


def test_the_smallest_kubernetes_configuration_is_shown_as_1_7_shows_it() -> None:
    frontends = {
        "foo/bar": d.Frontend(
            entry_points=("http",),
            backend="foo/bar",
            routes={"foo": d.RouteRule(rule="Host:foo"), "/bar": d.RouteRule(rule="PathPrefix:/bar", literal=True)},
            pass_host_header=True,
            origin="Ingress default/x",
            computed_priority=7,
            tie=3,
        )
    }
    backends = {
        "foo/bar": d.Backend(
            servers={"pod-1": d.Server(url="http://10.0.0.2:8080")}, load_balancer=d.LoadBalancer(method="wrr")
        )
    }
    shown = {name: traefik.backend(one, {}) for name, one in backends.items()}
    assert traefik.encode({"kubernetes": traefik.provider(frontends, shown, ())}) == (
        b'{"kubernetes":{"backends":{"foo/bar":{"servers":{"pod-1":{"url":"http://10.0.0.2:8080","weight":1}},'
        b'"loadBalancer":{"method":"wrr"}}},"frontends":{"foo/bar":{"entryPoints":["http"],"backend":"foo/bar",'
        b'"routes":{"/bar":{"rule":"PathPrefix:/bar"},"foo":{"rule":"Host:foo"}},"passHostHeader":true,"priority":0,'
        b'"basicAuth":null}}}}'
    )


def test_servers_whose_health_is_checked_say_how_it_is() -> None:
    servers = {name: d.Server(url=f"HTTP://10.0.0.{name}:80/x") for name in "12"}
    down = {"http://10.0.0.2:80": "answered 500"}
    checked = d.Backend(servers=servers, health_check=d.HealthCheck(path="/"))
    states = {name: server["health"] for name, server in traefik.backend(checked, down)["servers"].items()}
    assert states == {"1": "up", "2": "down"}
    unchecked = d.Backend(servers=servers, health_check=d.HealthCheck())
    assert "health" not in traefik.backend(unchecked, down)["servers"]["1"]


def test_default_entry_points_are_filled_in() -> None:
    assert traefik.frontend(d.Frontend(backend="b"), ("http", "https")) == {
        "entryPoints": ["http", "https"],
        "backend": "b",
        "priority": 0,
        "basicAuth": None,
    }


def test_secrets_are_never_shown() -> None:
    frontend = d.Frontend(
        backend="b",
        basic_auth=("old:SECRET",),
        auth=d.Auth(
            header_field="X-User",
            basic=d.BasicAuth(users=("a:SECRET",), remove_header=True),
            digest=d.DigestAuth(users=("a:r:SECRET",), users_file="/f"),
            forward=d.ForwardAuth(address="http://a", tls=d.ClientTls(cert="c", key="SECRET")),
        ),
    )
    shown = traefik.frontend(frontend, ())
    assert "SECRET" not in json.dumps(shown)
    assert shown["basicAuth"] is None
    assert shown["auth"] == {
        "headerField": "X-User",
        "basic": {"removeHeader": True},
        "digest": {"usersFile": "/f"},
        "forward": {"address": "http://a", "tls": {"cert": "c"}},
    }


def test_what_is_always_shown_and_what_is_renamed() -> None:
    frontend = d.Frontend(
        rate_limit=d.RateLimit(rate_set={"r": d.Rate(period=10**9, average=5, burst=10)}, extractor_func="client.ip"),
        pass_tls_client_cert=d.PassTlsClientCert(
            infos=d.TlsCertificateInfos(sans=True, subject=d.TlsCertificateNames(country=True))
        ),
        headers=d.Headers(browser_xss_filter=True, force_sts_header=True, sts_seconds=1, ssl_redirect=True),
        white_list=d.WhiteList(source_range=("10.0.0.0/8",), use_x_forwarded_for=True),
    )
    shown = traefik.frontend(frontend, ())
    assert shown["ratelimit"] == {
        "rateset": {"r": {"period": 10**9, "average": 5, "burst": 10}},
        "extractorFunc": "client.ip",
    }
    certificate = shown["passTLSClientCert"]
    assert certificate["pem"] is False
    assert certificate["infos"]["notAfter"] is False
    assert certificate["infos"]["sans"] is True
    assert "issuer" not in certificate["infos"]
    assert certificate["infos"]["subject"]["serialNumber"] is False
    assert shown["whiteList"] == {"sourceRange": ["10.0.0.0/8"], "useXForwardedFor": True}
    assert {"forceSTSHeader", "stsSeconds", "sslRedirect"} < set(shown["headers"])


def test_a_backend_shows_a_zero_weight_and_its_flush_interval() -> None:
    backend = d.Backend(
        servers={"s": d.Server(url="http://a", weight=0)}, response_forwarding=d.ResponseForwarding(flush_interval="1s")
    )
    assert traefik.backend(backend) == {
        "servers": {"s": {"url": "http://a", "weight": 0}},
        "forwardingResponse": {"flushInterval": "1s"},
    }


def test_html_is_escaped_as_go_does() -> None:
    assert traefik.encode({"a": "<b>&\u2028é"}) == '{"a":"\\u003cb\\u003e\\u0026\\u2028é"}'.encode()
