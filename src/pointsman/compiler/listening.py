"""Entry points for the proxy: what happens to every request that arrives at one, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from pointsman.compiler.addresses import parse_ranges
from pointsman.compiler.auth import NEEDS_TLS, compile_auth
from pointsman.compiler.conditions import ReadLines, Target, no_files
from pointsman.compiler.entrypoints import (
    asks_over_tls,
    closing_reason,
    default_names,
    entry_points,
    targets,
    wanted_internal,
)
from pointsman.compiler.middlewares import compile_allow_list
from pointsman.compiler.redirects import compile_redirect
from pointsman.compiler.report import Report
from pointsman.compiler.subject import Skip
from pointsman.compiler.tracing import tracing_problems
from pointsman.model import plan
from pointsman.model.entry_points import EntryPoint
from pointsman.model.problem import Problem, Severity
from pointsman.model.static import Static

_ORIGIN = "static configuration"
_TRAEFIK = "traefik"


class _Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """One entry point; `fatal` when 1.7 would not start."""

    point: plan.EntryPoint
    problems: tuple[Problem, ...]
    fatal: bool


def compile_entry_points(static: Static, read_lines: ReadLines) -> dict[str, plan.EntryPoint]:
    """All entry points, without sockets, sorted by name. Not to be used when there are `start_errors`."""
    return {name: compiled.point for name, compiled in _all(static, read_lines)}


def start_errors(static: Static, read_lines: ReadLines = no_files) -> tuple[Problem, ...]:
    """What forbids to start: an access rule or redirect of an entry point that cannot be kept."""
    found = (problem for _, each in _all(static, read_lines) if each.fatal for problem in each.problems)
    return tuple(problem for problem in found if problem.severity is Severity.ERROR)


def static_problems(static: Static, read_lines: ReadLines = no_files) -> tuple[Problem, ...]:
    """What else is wrong with, or unsafe about, the entry points, and what to know of tracing."""
    found = [problem for _, each in _all(static, read_lines) if not each.fatal for problem in each.problems]
    report = Report("static configuration", _ORIGIN)
    points = entry_points(static)
    known = ", ".join(sorted(points))
    for name in default_names(static):
        if name not in points:
            report.error("defaultEntryPoints", "no such entry point", value=name, remedy=f"use one of {known}")
    for route, name in wanted_internal(static).items():
        if name not in points:
            message = "no such entry point: it is answered nowhere"
            report.error(f"{route}.entryPoint", message, value=name, remedy=f"use one of {known}")
    return (*found, *report.problems(), *tracing_problems(static.tracing))


def _all(static: Static, read_lines: ReadLines) -> Iterator[tuple[str, _Compiled]]:
    points = entry_points(static)
    goals = targets(points)
    wanted = wanted_internal(static)
    for name, point in sorted(points.items()):
        internal = tuple(_answered(static, [route for route, at in wanted.items() if at == name]))
        if asks_over_tls(point):
            # Nobody can be asked, and only /ping is open in 1.7 too.
            internal = tuple(route for route in internal if route == "ping")
        report = Report(f"entry point {name}", _ORIGIN)
        compiled, fatal = _one(point, goals, read_lines, report)
        compiled = msgspec.structs.replace(
            compiled, internal=internal, forwarded_headers=_forwarded_headers(name, point, static, report)
        )
        yield name, _Compiled(point=compiled, problems=report.problems(), fatal=fatal)


def _answered(static: Static, services: Iterable[str]) -> Iterator[str]:
    """compat(1.7): with the API comes the dashboard, unless it is switched off; then frontends have its paths."""
    for service in services:
        yield service
        if service == "api" and (static.api is None or static.api.dashboard):
            yield "dashboard"


def _one(
    point: EntryPoint, goals: Mapping[str, Target], read_lines: ReadLines, report: Report
) -> tuple[plan.EntryPoint, bool]:
    """compat(1.7): on the way to the frontends redirect, then authentication, then white list; before internal routes
    the white list, then authentication."""
    redirect = compile_redirect(point.redirect, goals, report) if point.redirect is not None else None
    auth = compile_auth(point.auth, read_lines, report) if point.auth is not None else None
    allowed = compile_allow_list(point.white_list, point.whitelist_source_range, report)
    proxied = _proxy_protocol(point, report)
    broken = [each for each in (redirect, auth, allowed, proxied) if isinstance(each, plan.Refuse | Skip)]
    fatal = any(each != plan.Refuse(reason=NEEDS_TLS) for each in broken)
    return plan.EntryPoint(
        address=point.address,
        tls=point.tls is not None,
        proxy_protocol=proxied if isinstance(proxied, plan.ProxyProtocol) else None,
        middlewares=tuple(_kept(redirect, auth, allowed)),
        guards=tuple(_kept(allowed, auth)),
        compress=point.compress,
    ), fatal


def _kept(*built: plan.Middleware | plan.Refuse | Skip | None) -> Iterator[plan.Middleware]:
    return (each for each in built if each is not None and not isinstance(each, plan.Refuse | Skip))


def _proxy_protocol(point: EntryPoint, report: Report) -> plan.ProxyProtocol | Skip | None:
    given = point.proxy_protocol
    if given is None:
        return None
    ranges = parse_ranges(given.trusted_ips)
    if isinstance(ranges, str):
        remedy = "write e.g. `10.0.0.0/8` or `192.0.2.7`"
        report.error("proxyProtocol.trustedIPs", "this is no address or CIDR range", value=ranges, remedy=remedy)
        return Skip()
    if not ranges and not given.insecure:
        report.error("proxyProtocol", "trusts nobody", remedy="set `trustedIPs` or `insecure`, or leave it out")
        return Skip()
    return plan.ProxyProtocol(insecure=given.insecure, trusted_ips=ranges)


def _forwarded_headers(name: str, point: EntryPoint, static: Static, report: Report) -> plan.ForwardedHeaders:
    strict = static.security == "strict"
    trust, reason = point.forwarded_headers, closing_reason(point)
    if reason is not None:
        report.error("", f"serves no frontends: {reason}")
    elif trust is None and not strict and name != _TRAEFIK:
        remedy = "name your proxies in `forwardedHeaders.trustedIPs`, or run with `--security=strict`"
        report.warning("forwardedHeaders", "X-Forwarded headers are believed whoever sends them", remedy=remedy)
    if trust is None:
        return plan.ForwardedHeaders(insecure=not strict)
    ranges = parse_ranges(trust.trusted_ips)
    return plan.ForwardedHeaders(insecure=trust.insecure, trusted_ips=() if isinstance(ranges, str) else ranges)
