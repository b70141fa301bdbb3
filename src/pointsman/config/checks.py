"""What is wrong with static options that are well-typed one by one: names that lead nowhere, empty sections."""

import ipaddress
import re
from collections.abc import Callable, Iterator

import msgspec

from pointsman.config.settle import LOG_LEVELS, internal_entry_points, is_log_level
from pointsman.model.entry_points import EntryPoint
from pointsman.model.problem import Problem, Severity
from pointsman.model.static import AccessLog, AccessLogFields, FieldHeaders, Static
from pointsman.model.statuses import status_ranges

_HOST = re.compile(r"\[[0-9A-Fa-f:.]+(%[\w.-]+)?\]|[A-Za-z0-9._-]*")


class Finding(msgspec.Struct, frozen=True):
    """A Problem, and whether it forbids to start."""

    problem: Problem
    fatal: bool = False


Where = Callable[[str], str]
"""Origin of a dotted option, empty if it was not given."""


def check(given: Static, static: Static, where: Where) -> Iterator[Finding]:
    """Everything wrong with a static configuration, as it was `given` and as it is settled."""
    yield from _addresses(static, where)
    for name, point in static.entry_points.items():
        yield from _entry_point(static, name, point, where)
    yield from _names(static, where)
    yield from _log(given, where)
    yield from _access_log(static, where)
    yield from _file(static, where)
    yield from _kubernetes(static, where)
    if static.threads < 0:
        message = "must be the number of threads, or 0 for as many as cores are usable"
        yield Finding(_problem("threads", where, message, value=str(static.threads)), fatal=True)


def _addresses(static: Static, where: Where) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, point in static.entry_points.items():
        key = f"entryPoints.{name}.address"
        host, _, port = point.address.rpartition(":")
        if not point.address:
            yield Finding(_problem(key, where, "is missing", 'write an address such as `":80"`'), fatal=True)
        elif not _is_address(point.address):
            remedy = "write `:80`, `127.0.0.1:80`, `name:80` or `[::1]:80`"
            problem = _problem(key, where, "is not an address to listen on", remedy, value=point.address)
            yield Finding(problem, fatal=True)
        elif point.address in taken and int(port) != 0:
            message = f"is the address of entry point {taken[point.address]} too"
            yield Finding(_problem(key, where, message, value=point.address), fatal=True)
        taken.setdefault(f"{host}:{port}", name)


def _is_address(address: str) -> bool:
    host, colon, port = address.rpartition(":")
    if not colon or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65_535 or not _HOST.fullmatch(host):
        return False
    return not host.startswith("[") or _is_range(host[1:-1].partition("%")[0])


def _entry_point(static: Static, name: str, point: EntryPoint, where: Where) -> Iterator[Finding]:
    key = f"entryPoints.{name}"
    forwarded, proxied, redirect = point.forwarded_headers, point.proxy_protocol, point.redirect
    if forwarded and not forwarded.insecure and not forwarded.trusted_ips:
        message = "trusts nobody, and no frontend works on this entry point"
        remedy = "set `trustedIPs` or `insecure`, or leave the section out"
        yield Finding(_problem(f"{key}.forwardedHeaders", where, message, remedy))
    if proxied and not proxied.insecure and not proxied.trusted_ips:
        message = "trusts nobody"
        remedy = "set `trustedIPs` or `insecure`, or leave the section out"
        yield Finding(_problem(f"{key}.proxyProtocol", where, message, remedy), fatal=True)
    ranges = {
        "forwardedHeaders.trustedIPs": forwarded.trusted_ips if forwarded else (),
        "proxyProtocol.trustedIPs": proxied.trusted_ips if proxied else (),
        "whiteList.sourceRange": point.white_list.source_range if point.white_list else (),
    }
    for below, given in ranges.items():
        for text in given:
            if not _is_range(text):
                # compat(1.7): a bad range in forwardedHeaders costs the entry point's frontends, the others the start.
                problem = _problem(f"{key}.{below}", where, "is neither an address nor a CIDR range", value=text)
                yield Finding(problem, fatal=not below.startswith("forwardedHeaders"))
    if redirect and redirect.entry_point:
        target = static.entry_points.get(redirect.entry_point)
        if target is None:
            message = f"is not an entry point; there are {_listed(static.entry_points)}"
            problem = _problem(f"{key}.redirect.entryPoint", where, message, value=redirect.entry_point)
            yield Finding(problem, fatal=True)
        elif redirect.entry_point == name:
            message = "is the entry point itself, and every request would be redirected for ever"
            yield Finding(_problem(f"{key}.redirect.entryPoint", where, message, value=name), fatal=True)


def _names(static: Static, where: Where) -> Iterator[Finding]:
    for name in static.default_entry_points:
        if name not in static.entry_points:
            message = f"is not an entry point; there are {_listed(static.entry_points)}"
            remedy = "" if where("defaultEntryPoints") else "set `defaultEntryPoints`"
            yield Finding(_problem("defaultEntryPoints", where, message, remedy, value=name))
    for service, name in internal_entry_points(static).items():
        if name not in static.entry_points:
            message = f"is not an entry point, and `{service}` is served nowhere"
            yield Finding(_problem(f"{service}.entryPoint", where, message, value=name))


def _log(given: Static, where: Where) -> Iterator[Finding]:
    if given.log_level and not is_log_level(given.log_level):
        message = "is not a log level, and ERROR is used"
        remedy = "write one of " + ", ".join(LOG_LEVELS)
        yield Finding(_problem("logLevel", where, message, remedy, value=given.log_level))


def _access_log(static: Static, where: Where) -> Iterator[Finding]:
    log = static.access_log
    if log is None:
        return
    if log.format not in ("common", "json"):
        message, remedy = "is no format of the access log, and `common` is used", "write `common` or `json`"
        yield Finding(_problem("accessLog.format", where, message, remedy, value=log.format))
    for code in log.filters.status_codes if log.filters else ():
        if status_ranges((code,)) is None:
            message = "is neither a status nor a range, and the filter by status is off"
            remedy = "write `404` or `500-599`"
            yield Finding(_problem("accessLog.filters.statusCodes", where, message, remedy, value=code))
    yield from _modes(log, where)


def _modes(log: AccessLog, where: Where) -> Iterator[Finding]:
    fields = log.fields or AccessLogFields()
    headers = fields.headers or FieldHeaders()
    of_fields: tuple[str, ...] = ("keep", "drop")
    of_headers = (*of_fields, "redact")
    given = [("fields.defaultMode", fields.default_mode, of_fields)]
    given += [(f"fields.names.{name}", mode, of_fields) for name, mode in fields.names.items()]
    given += [("fields.headers.defaultMode", headers.default_mode, of_headers)]
    given += [(f"fields.headers.names.{name}", mode, of_headers) for name, mode in headers.names.items()]
    for key, mode, known in given:
        if mode not in known:
            remedy = "write one of " + ", ".join(f"`{word}`" for word in known)
            yield Finding(_problem(f"accessLog.{key}", where, "is no mode, and has no effect", remedy, value=mode))


def _file(static: Static, where: Where) -> Iterator[Finding]:
    provider = static.file
    if provider and not (provider.filename or provider.directory or static.config_file):
        message = "names no file, and there is no main file to read frontends from"
        yield Finding(_problem("file", where, message, "set `file.filename` or `file.directory`"))
    for key in ("frontends", "backends", "tls"):
        if where(key) and provider is None:
            yield Finding(_problem(key, where, "has no effect without the section `[file]`", "add `[file]`"))
        elif where(key) and provider and (provider.filename or provider.directory):
            message = "has no effect, because `[file]` names another place"
            yield Finding(_problem(key, where, message, "move it there"))


def _kubernetes(static: Static, where: Where) -> Iterator[Finding]:
    endpoint = static.kubernetes.ingress_endpoint if static.kubernetes else None
    if endpoint is not None and not (endpoint.ip or endpoint.hostname or endpoint.published_service):
        message = "names nothing, and no status is written"
        remedy = "set `ip`, `hostname` or `publishedService`"
        yield Finding(_problem("kubernetes.ingressEndpoint", where, message, remedy))


def _is_range(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _listed(names: dict[str, EntryPoint]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _problem(key: str, where: Where, message: str, remedy: str = "", *, value: str = "") -> Problem:
    return Problem(
        object=key, origin=where(key), value=value[:200], message=message, remedy=remedy, severity=Severity.ERROR
    )
