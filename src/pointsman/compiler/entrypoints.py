"""Which entry points there are, which of them serve frontends, and where redirects to them lead."""

from collections.abc import Mapping

from pointsman.compiler.addresses import parse_ranges
from pointsman.compiler.conditions import Conditions, Target
from pointsman.model.entry_points import EntryPoint
from pointsman.model.static import Static

_TRAEFIK = "traefik"
_HIGHEST_PORT = 65_535
_HEALTH_INTERVAL_MS = 30_000
_MS = 1_000_000


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
        default_entry_points=tuple(name for name in default_names(static) if name in points),
        closed=_closed(points),
        targets=targets(points),
        tls=frozenset(name for name, point in points.items() if point.tls is not None),
        redirect_slash=not static.keep_trailing_slash,
        allow_min_weight_zero=static.allow_min_weight_zero,
        health_interval_ms=_health_interval_ms(static),
        labelled=static.metrics is not None,
    )


def default_names(static: Static) -> tuple[str, ...]:
    """Entry points of frontends that name none, whether they exist or not."""
    return (static.entry_points and static.default_entry_points) or ("http",)


def targets(points: Mapping[str, EntryPoint]) -> dict[str, Target]:
    """Where redirects to entry points lead. compat(1.7): the port is that of the address, always written out."""
    found = {}
    for name, point in points.items():
        port = point.address.rpartition(":")[2]
        if port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT:
            found[name] = Target(scheme="http" if point.tls is None else "https", port=int(port))
    return found


def closing_reason(point: EntryPoint) -> str | None:
    """Why no frontend may be served here, if so."""
    if asks_over_tls(point):
        return "authentication servers with TLS are not supported yet"
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


def asks_over_tls(point: EntryPoint) -> bool:
    """Whether its access rule is one that cannot be enforced yet: another server decides, over TLS."""
    auth = point.auth
    if auth is None or auth.basic is not None or auth.digest is not None or auth.forward is None:
        return False
    return auth.forward.address.lower().startswith("https:")


def _closed(points: Mapping[str, EntryPoint]) -> dict[str, str]:
    reasons = {name: closing_reason(point) for name, point in sorted(points.items())}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _health_interval_ms(static: Static) -> int:
    interval = static.health_check.interval if static.health_check is not None else 0
    return -(-interval // _MS) if interval > 0 else _HEALTH_INTERVAL_MS
