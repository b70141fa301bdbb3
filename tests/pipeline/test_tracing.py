"""Traces through a running product: what the upstream is told, and the spans that a collector receives."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support.running import Running
from support.upstream import Received, Upstream
from support.waiting import until

RULES = """
[backends.main.servers.s]
url = "{url}"
[frontends.main]
backend = "main"
routes.r.rule = "Host:main.test"
[frontends.closed]
backend = "main"
whitelistSourceRange = ["10.0.0.0/8"]
routes.r.rule = "Host:closed.test"
"""
TRACE, SPAN = "000000000000000053995c3f42cd8ad8", "5e107a5c0ffee123"
"""Of a client; the trace fits 64 bits, so that Datadog can say it."""
SENT = {
    "otlp": {"traceparent": f"00-{TRACE}-{SPAN}-{{:02}}", "tracestate": "vendor=1"},
    "jaeger": {"uber-trace-id": f"{TRACE}:{SPAN}:0:{{}}"},
    "zipkin": {"X-B3-TraceId": TRACE, "X-B3-SpanId": SPAN, "X-B3-Sampled": "{}"},
    "datadog": {
        "x-datadog-trace-id": str(int(TRACE, 16)),
        "x-datadog-parent-id": str(int(SPAN, 16)),
        "x-datadog-sampling-priority": "{}",
    },
}
"""By backend: a client's fields, with a place for its decision."""

Span = dict[str, Any]


@dataclass
class Traced:
    """A product whose requests carry traces as `backend` does, with its upstream and a collector."""

    running: Running
    upstream: Upstream
    collector: Upstream
    backend: str

    def get(self, path: str, *, sampled: bool, host: str = "main.test") -> int:
        """Status of a request that continues a trace."""
        fields = {name.replace("-", "_"): value.format(int(sampled)) for name, value in SENT[self.backend].items()}
        return self.running.get(path, host, **fields).status

    def told(self, path: str) -> tuple[str, str, bool]:
        """Trace, span (hexadecimal) and decision that the upstream was told for the last request to a path."""
        received = next(each for each in reversed(self.upstream.received) if each.target == path)
        return decoded(self.backend, received)

    def spans(self) -> list[Span]:
        """Everything that came to the collector."""
        documents = [json.loads(each.body) for each in list(self.collector.received)]
        return [
            span
            for document in documents
            for resource in document["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]

    def await_span(self, url: str) -> Span:
        """The span of the only request to a URL."""
        found = until(lambda: [span for span in self.spans() if attributes(span)["http.url"] == url], what=url)
        assert len(found) == 1
        return found[0]


def attributes(span: Span) -> dict[str, str]:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def one(received: Received, name: str) -> str:
    (value,) = received.values(name)
    return value


def decoded(backend: str, received: Received) -> tuple[str, str, bool]:
    match backend:
        case "otlp":
            version, trace, span, flags = one(received, "traceparent").split("-")
            assert (version, len(trace), len(span)) == ("00", 32, 16)
            return trace, span, flags == "01"
        case "jaeger":
            trace, span, _, flags = one(received, "uber-trace-id").split(":")
            return trace.zfill(32), span.zfill(16), flags == "1"
        case "zipkin":
            names = ("X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled")
            trace, span, sampled = (one(received, name) for name in names)
            return trace.zfill(32), span, sampled == "1"
        case _:
            names = ("x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority")
            numbers = [int(one(received, name)) for name in names]
            return f"{numbers[0]:032x}", f"{numbers[1]:016x}", numbers[2] == 1


@pytest.fixture(scope="module", params=list(SENT))
def traced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    rules = tmp_path_factory.mktemp("traced") / "rules.toml"
    with Upstream("main") as upstream, Upstream("collector") as collector:
        rules.write_text(RULES.format(url=f"http://{upstream.address}"))
        flags = (f"--tracing.backend={request.param}", f"--tracing.otlp.endpoint=http://{collector.address}")
        flags = (*flags, "--tracing.serviceName=edge", "--metrics.prometheus", "--threads=1")
        with Running(f"--file.filename={rules}", *flags) as running:
            running.ready()
            yield Traced(running, upstream, collector, request.param)


def test_a_client_s_trace_goes_on(traced: Traced) -> None:
    assert traced.get("/on?a=b", sampled=True) == 200
    span = traced.await_span("/on?a=b")
    assert (span["traceId"], span["parentSpanId"], span["kind"], span["name"]) == (TRACE, SPAN, 2, "GET main")
    assert traced.told("/on?a=b") == (TRACE, span["spanId"], True)
    assert span["spanId"] != SPAN
    told = attributes(span)
    assert (told["http.status_code"], told["pointsman.entry_point"]) == ("200", "http")
    assert told["pointsman.server"] == f"http://{traced.upstream.address}"
    assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    resource = json.loads(traced.collector.received[0].body)["resourceSpans"][0]["resource"]
    assert resource["attributes"] == [{"key": "service.name", "value": {"stringValue": "edge"}}]
    if traced.backend == "otlp":
        assert traced.upstream.received[-1].values("tracestate") == ["vendor=1"]


def test_a_request_without_one_begins_a_trace(traced: Traced) -> None:
    assert traced.running.get("/first", "main.test").status == 200
    span = traced.await_span("/first")
    assert traced.told("/first") == (span["traceId"], span["spanId"], True)
    assert span["parentSpanId"] == ""


def test_unsampled_requests_say_so_and_make_no_span(traced: Traced) -> None:
    assert traced.get("/quiet", sampled=False) == 200
    trace, span, sampled = traced.told("/quiet")
    assert (trace, sampled) == (TRACE, False)
    assert span != SPAN
    # Spans leave in order: this one's comes behind what the other's would have been.
    assert traced.get("/closed", sampled=True, host="closed.test") == 403
    refused = attributes(traced.await_span("/closed"))
    assert (refused["pointsman.reason"], refused["http.route"]) == ("whitelist", "closed")
    assert "/quiet" not in {attributes(each)["http.url"] for each in traced.spans()}
    sent = len(traced.spans())
    until(lambda: f"pointsman_spans_sent_total {sent}\n" in traced.running.admin("/metrics").text, what="the count")


def test_a_collector_that_never_answers_costs_no_request(tmp_path_factory: pytest.TempPathFactory) -> None:
    rules, free = tmp_path_factory.mktemp("slow") / "rules.toml", threading.Event()

    def never(_: Received) -> bytes:
        free.wait(60)
        return b""

    with Upstream("main") as upstream, Upstream("collector", never) as collector:
        rules.write_text(RULES.format(url=f"http://{upstream.address}"))
        endpoint = f"--tracing.otlp.endpoint=http://{collector.address}"
        with Running(f"--file.filename={rules}", endpoint, "--metrics.prometheus", "--threads=1") as running:
            running.ready()
            assert running.get("/", "main.test").status == 200
            until(lambda: collector.received, what="a batch")
            assert [running.get("/", "main.test").status for _ in range(50)] == [200] * 50
            assert "pointsman_spans_sent_total 0\n" in running.admin("/metrics").text
            assert running.stop() == 0
        free.set()
    assert len(upstream.received) == 51
