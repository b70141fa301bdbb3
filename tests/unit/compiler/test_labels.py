"""Labels of routes: their hosts, of bounded length."""

from pointsman.compiler import PlanBuilder, conditions_of
from pointsman.compiler.labels import label_names, route_labels
from pointsman.model.dynamic import Backend, Change, Frontend, RouteRule, Server
from pointsman.model.plan import Host, HostRegexp, PathExact, Pattern
from pointsman.model.static import Metrics, Static

_OWN = (("namespace", "shop"), ("ingress", "front"))


def test_names_are_in_the_order_of_the_labels() -> None:
    labels = route_labels(_OWN, [Host(hosts=("a",))])
    assert tuple(name for name, _ in labels) == label_names(("namespace", "ingress"))


def test_hosts_of_all_rules_are_joined() -> None:
    patterns = (
        Pattern(source="{x:[A-Za-z0-9-_]+}.c", regex="^x$", wildcard=".c"),
        Pattern(source="{y:(d|e)}", regex="^y$"),
    )
    matchers = [Host(hosts=("a", "b")), PathExact(path="/"), HostRegexp(patterns=patterns)]
    assert route_labels((), matchers) == (("host", "a,b,*.c,{y:(d|e)}"),)


def test_without_a_host_there_is_no_such_label() -> None:
    assert route_labels(_OWN, [PathExact(path="/")]) == _OWN


def test_many_hosts_are_counted_instead_of_written() -> None:
    ((_, value),) = route_labels((), [Host(hosts=tuple(f"host-{number:03}.example" for number in range(50)))])
    assert value.startswith("host-000.example,host-001.example,")
    assert value.endswith("host-010.example,+39")
    assert len(value) <= 200 + len(",+39")


def test_a_host_too_long_is_cut() -> None:
    assert route_labels((), [Host(hosts=("x" * 300, "b"))]) == (("host", "x" * 200 + "…,+1"),)
    assert route_labels((), [Host(hosts=("x" * 200,))]) == (("host", "x" * 200),)


def test_routes_carry_labels_only_where_somebody_counts() -> None:
    frontend = Frontend(backend="b", routes={"r": RouteRule(rule="Host:a")}, labels=_OWN)
    change = Change(frontends={"f": frontend}, backends={"b": Backend(servers={"s": Server(url="http://127.0.0.1:1")})})
    found = []
    for metrics in (None, Metrics()):
        builder = PlanBuilder(conditions_of(Static(metrics=metrics)))
        builder.apply("kubernetes", change)
        found.append(builder.routes["kubernetes/f"].labels)
    assert found == [(), (*_OWN, ("host", "a"))]
