"""Backends to pools."""

import msgspec

from pointsman.compiler import tls_later
from pointsman.compiler.conditions import Conditions
from pointsman.compiler.pool_options import Broken, compile_pool_options
from pointsman.compiler.report import Report
from pointsman.compiler.server_urls import ServerUrl, parse_server_url
from pointsman.model.dynamic import Backend
from pointsman.model.dynamic import Server as DynamicServer
from pointsman.model.plan import Pool, Server
from pointsman.model.problem import Problem

_WEIGHT_MAX = 2**32 - 1
_METHODS = {"": "wrr", "wrr": "wrr", "drr": "drr"}
"""The values are the very strings that the encoder leaves out as defaults: it compares identities."""


class CompiledBackend(msgspec.Struct, frozen=True, kw_only=True):
    """A pool, or none when the backend is broken as a whole; and what is wrong."""

    pool: Pool | None
    problems: tuple[Problem, ...] = ()


def compile_backend(provider: str, name: str, backend: Backend, conditions: Conditions) -> CompiledBackend:
    """One backend to its pool.

    compat(1.7): one unusable server address, negative weight or option takes the whole backend, and its frontends, out.
    """
    report = Report(f"backend {name}", provider)
    servers: dict[tuple[str, str], Server] = {}
    weights: dict[tuple[str, str], dict[str, int]] = {}
    broken = False
    for key, server in sorted(backend.servers.items()):
        url = parse_server_url(server.url)
        weight = _weight(key, server, conditions, report)
        if isinstance(url, str):
            remedy = "write it as `http://host:port` (or https, h2c)"
            report.error(f"servers.{key}.url", f"{url}: the backend is out of use", value=server.url, remedy=remedy)
        if isinstance(url, str) or weight is None:
            broken = True
            continue
        weights.setdefault((url.scheme, url.host), {})[url.path] = weight
        _put(servers, key, url, min(sum(weights[url.scheme, url.host].values()), _WEIGHT_MAX))
    method = _method(backend, report)
    options = compile_pool_options(name, backend, conditions, report)
    if broken or isinstance(options, Broken):
        return CompiledBackend(pool=None, problems=report.problems())
    tls_later.report_servers(servers.values(), report)
    if options is not None:
        tls_later.report_health_check(options.health_check, report)
    pool = Pool(
        provider=provider,
        name=name,
        method=method,
        options=options,
        servers=tuple(servers.values()),
    )
    return CompiledBackend(pool=pool, problems=report.problems())


def _put(servers: dict[tuple[str, str], Server], name: str, url: ServerUrl, weight: int) -> None:
    """compat(1.7): equal URLs are one server; the last weight counts. Those that differ in their path get the same
    requests: here they are one server with the sum of their weights."""
    known = servers.get((url.scheme, url.host))
    servers[url.scheme, url.host] = Server(
        name=known.name if known else name,
        url=f"{url.scheme}://{url.host}",
        scheme=url.scheme,
        address=url.address,
        host=url.host,
        weight=weight,
    )


def _weight(name: str, server: DynamicServer, conditions: Conditions, report: Report) -> int | None:
    if 0 <= server.weight <= _WEIGHT_MAX:
        return server.weight or (0 if conditions.allow_min_weight_zero else 1)
    remedy = f"give a weight from 0 to {_WEIGHT_MAX}"
    message = "the weight is out of range: the backend is out of use"
    report.error(f"servers.{name}.weight", message, value=str(server.weight), remedy=remedy)
    return None


def _method(backend: Backend, report: Report) -> str:
    if backend.load_balancer is None:
        return "wrr"
    method = _METHODS.get(backend.load_balancer.method.lower())
    if method is None:
        message = "no such load balancing method: wrr is used"
        value = backend.load_balancer.method
        report.warning("loadBalancer.method", message, value=value, remedy="write `wrr` or `drr`")
    return method or "wrr"
