"""Which entry points there are, what each answers itself, and which of them serve frontends."""

from collections.abc import Mapping

from pointsman.compiler.addresses import parse_ranges
from pointsman.compiler.conditions import Conditions
from pointsman.compiler.report import Report
from pointsman.model import plan
from pointsman.model.entry_points import EntryPoint
from pointsman.model.problem import Problem
from pointsman.model.static import Static

_TRAEFIK = "traefik"


def entry_points(static: Static) -> dict[str, EntryPoint]:
    """Those that are configured, or `http` on `:80`; and `traefik` on `:8080` when an internal route is to be there."""
    points = dict(static.entry_points) or {"http": EntryPoint(address=":80")}
    if _TRAEFIK not in points and _TRAEFIK in wanted_internal(static).values():
        address = static.web.address if static.web is not None else ":8080"
        points[_TRAEFIK] = EntryPoint(address=address)
    return points


def wanted_internal(static: Static) -> dict[str, str]:
    """The entry point of each internal route that is switched on; the deprecated `web` gives way to the others."""
    prometheus = static.metrics.prometheus if static.metrics is not None else None
    sections = {"ping": static.ping, "api": static.api, "metrics": prometheus, "rest": static.rest}
    wanted = {name: section.entry_point for name, section in sections.items() if section is not None}
    if static.web is None or wanted:
        return wanted
    web = {"ping": _TRAEFIK, "api": _TRAEFIK}
    if static.web.metrics is not None and static.web.metrics.prometheus is not None:
        web["metrics"] = _TRAEFIK
    return web


def conditions_of(static: Static) -> Conditions:
    """What the compiler of the dynamic configuration has to know."""
    points = entry_points(static)
    return Conditions(
        entry_points=frozenset(points),
        default_entry_points=tuple(name for name in _defaults(static) if name in points),
        closed=_closed(points),
        redirect_slash=not static.keep_trailing_slash,
        allow_min_weight_zero=static.allow_min_weight_zero,
    )


def compile_entry_points(static: Static) -> dict[str, plan.EntryPoint]:
    """All entry points for the proxy, without sockets, sorted by name."""
    wanted = wanted_internal(static)
    strict = static.security == "strict"
    compiled = {}
    for name, point in sorted(entry_points(static).items()):
        internal = tuple(route for route, at in wanted.items() if at == name)
        if _restriction(point) is not None:
            # They cannot be protected yet, and only /ping is open in 1.7 too.
            internal = tuple(route for route in internal if route == "ping")
        compiled[name] = plan.EntryPoint(
            address=point.address,
            tls=point.tls is not None,
            forwarded_headers=_forwarded_headers(point, strict=strict),
            internal=internal,
        )
    return compiled


def static_problems(static: Static) -> tuple[Problem, ...]:
    """What is wrong with, or unsafe about, the entry points."""
    points = entry_points(static)
    found: list[Problem] = []
    for name, point in sorted(points.items()):
        report = Report(f"entry point {name}", "static configuration")
        _report(name, point, report, strict=static.security == "strict")
        found += report.problems()
    report = Report("static configuration", "static configuration")
    known = ", ".join(sorted(points))
    for name in _defaults(static):
        if name not in points:
            report.error("defaultEntryPoints", "no such entry point", value=name, remedy=f"use one of {known}")
    for route, name in wanted_internal(static).items():
        if name not in points:
            message = "no such entry point: it is answered nowhere"
            report.error(f"{route}.entryPoint", message, value=name, remedy=f"use one of {known}")
    return (*found, *report.problems())


def _defaults(static: Static) -> tuple[str, ...]:
    return (static.entry_points and static.default_entry_points) or ("http",)


def _closed(points: Mapping[str, EntryPoint]) -> dict[str, str]:
    reasons = {name: _closing_reason(point) for name, point in sorted(points.items())}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _closing_reason(point: EntryPoint) -> str | None:
    """Why no frontend may be served here, if so."""
    restriction = _restriction(point)
    if restriction is not None:
        return f"{restriction} is not supported yet"
    if point.tls is not None:
        return "tls is not supported yet"
    trust = point.forwarded_headers
    if trust is None or trust.insecure:
        return None
    # compat(1.7): a section with neither makes every frontend of the entry point fail.
    if not trust.trusted_ips:
        return "forwardedHeaders has neither `trustedIPs` nor `insecure`"
    bad = parse_ranges(trust.trusted_ips)
    return f"forwardedHeaders.trustedIPs: {bad!r} is no address or CIDR range" if isinstance(bad, str) else None


def _restriction(point: EntryPoint) -> str | None:
    """An access rule of the entry point that cannot be enforced yet."""
    if point.auth is not None:
        return "auth"
    return "whiteList" if point.white_list is not None or point.whitelist_source_range else None


def _forwarded_headers(point: EntryPoint, *, strict: bool) -> plan.ForwardedHeaders:
    trust = point.forwarded_headers
    if trust is None:
        return plan.ForwardedHeaders(insecure=not strict)
    ranges = parse_ranges(trust.trusted_ips)
    return plan.ForwardedHeaders(insecure=trust.insecure, trusted_ips=() if isinstance(ranges, str) else ranges)


def _report(name: str, point: EntryPoint, report: Report, *, strict: bool) -> None:
    reason = _closing_reason(point)
    if reason is not None:
        report.error("", f"serves no frontends: {reason}")
    elif point.forwarded_headers is None and not strict and name != _TRAEFIK:
        remedy = "name your proxies in `forwardedHeaders.trustedIPs`, or run with `--security=strict`"
        report.warning("forwardedHeaders", "X-Forwarded headers are believed whoever sends them", remedy=remedy)
