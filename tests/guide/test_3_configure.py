"""Chapter 3: the configuration is a ConfigMap; a change takes a restart, which costs no request. The access log."""

import json
from typing import Any

import pytest

from support.waiting import until
from support.walkthrough.walkthrough import CONTROLLER, SYSTEM, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]

HOST = "cheeses.minikube"
ALWAYS = (
    *("StartUTC", "StartLocal", "Duration", "Overhead", "DownstreamStatus", "DownstreamStatusLine"),
    *("DownstreamContentSize", "ClientAddr", "ClientHost", "ClientPort", "ClientUsername", "RequestAddr"),
    *("RequestHost", "RequestPort", "RequestMethod", "RequestPath", "RequestProtocol", "RequestLine"),
    *("RequestContentSize", "RequestCount", "RetryAttempts", "level", "msg", "time"),
)
ANSWERED = ("OriginDuration", "OriginStatus", "OriginStatusLine", "OriginContentSize", "FrontendName", "BackendName")
ADDRESSED = ("BackendURL", "BackendAddr")


def logged(guide: Walkthrough, path: str) -> list[dict[str, Any]]:
    """The lines so far in the access log that all replicas write, on the node's disk."""
    text = (guide.cluster.disk / "tmp" / "log" / "traefik" / "traefik.access.log").read_text()
    lines = [json.loads(line) for line in text.rpartition("\n")[0].splitlines()]
    return [line for line in lines if line["RequestPath"] == path]


def test_the_access_log_has_a_line_for_each_request_with_all_fields(guide: Walkthrough) -> None:
    guide.apply("ingress-02-cheeses")
    guide.settled("/cheddar", HOST, start="cheddar-")
    for path in ("/cheddar/logged?x=1", "/logged-nowhere"):
        for _ in range(2):
            guide.get(path, HOST, X_Mark="one")
        until(lambda path=path: len(logged(guide, path)) == 2, what=f"two lines for {path}")
    line = logged(guide, "/cheddar/logged?x=1")[0]
    assert [name for name in (*ALWAYS, *ANSWERED, *ADDRESSED) if name not in line] == []
    assert (line["FrontendName"], line["BackendName"]) == (f"{HOST}/cheddar", f"{HOST}/cheddar")
    servers = [f"{pod.address}:8080" for pod in guide.pods("app=cheddar", "default")]
    assert line["BackendAddr"] == line["BackendURL"]["Host"]
    assert line["BackendAddr"] in servers
    assert (line["OriginStatus"], line["DownstreamStatus"], line["request_X-Mark"]) == (200, 200, "one")
    assert line["Duration"] >= line["OriginDuration"] > 0
    assert line["Duration"] == line["Overhead"] + line["OriginDuration"]
    assert line["Duration"] > 10_000  # nanoseconds
    missing = logged(guide, "/logged-nowhere")[0]
    assert [name for name in (*ALWAYS, *ANSWERED, *ADDRESSED) if name not in missing] == []
    assert (missing["BackendName"], missing["FrontendName"]) == ("Traefik", "backend not found")
    assert (missing["OriginStatus"], missing["DownstreamStatus"], missing["DownstreamContentSize"]) == (404, 404, 19)


def test_a_changed_config_map_is_in_force_after_a_rolling_restart(operated: Walkthrough) -> None:
    (config,) = operated.objects("03-config")
    text = config["data"]["traefik.toml"].replace("[accessLog]", "sendAnonymousUsage = true\n[accessLog]")
    before = operated.every_pod()
    try:
        with operated.unbroken("/cheddar", HOST, by=("cheddar-",)):
            operated.put(config | {"data": {"traefik.toml": text}})
            operated.kubectl("-n", SYSTEM, "rollout", "restart", f"deployment/{CONTROLLER}")
            operated.replaced(before)
        for pod in operated.pods():
            assert "sendAnonymousUsage" in operated.kubectl("-n", SYSTEM, "logs", pod.name)
    finally:
        operated.put(config)
