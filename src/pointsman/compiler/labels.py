"""What figures about a route are told apart by."""

from collections.abc import Iterator, Sequence

from pointsman.model.plan import Host, HostRegexp, Matcher

HOST = "host"
"""Label of routes whose rule names hosts: these, joined by commas. A pattern stands there as written, or as `*.a.b`."""

_LONGEST = 200
"""Characters of the hosts that are written out: the label is repeated on every line about the route."""


def label_names(of_providers: tuple[str, ...]) -> tuple[str, ...]:
    """Names of all labels that a route may have, in the order of `route_labels`."""
    return (*of_providers, HOST)


def route_labels(of_frontend: tuple[tuple[str, str], ...], matchers: Sequence[Matcher]) -> tuple[tuple[str, str], ...]:
    """The frontend's own, and its hosts if its rule names any."""
    hosts = _joined(list(_hosts(matchers)))
    return (*of_frontend, (HOST, hosts)) if hosts else of_frontend


def _hosts(matchers: Sequence[Matcher]) -> Iterator[str]:
    for matcher in matchers:
        if isinstance(matcher, Host):
            yield from matcher.hosts
        elif isinstance(matcher, HostRegexp):
            yield from (f"*{each.wildcard}" if each.wildcard else each.source for each in matcher.patterns)


def _joined(hosts: list[str]) -> str:
    """Behind what has room: how many more there are."""
    shown, size = 0, 0
    for host in hosts:
        size += len(host) + 1
        if size > _LONGEST + 1:
            break
        shown += 1
    if hosts and not shown:
        hosts, shown = [hosts[0][:_LONGEST] + "…", *hosts[1:]], 1
    more = len(hosts) - shown
    return ",".join(hosts[:shown]) + (f",+{more}" if more else "")
