"""What 1.7 makes of the options once all are known: older spellings, implicit entry points, defaults that depend."""

import msgspec

from pointsman.model.dynamic import WhiteList
from pointsman.model.entry_points import ClientCa, EntryPoint
from pointsman.model.static import AccessLog, Api, Metrics, Ping, Static, TraefikLog

INTERNAL = "traefik"
"""Entry point that internal services have by default."""
LOG_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL", "PANIC")

_INTERNAL_ADDRESS = ":8080"


def settle(static: Static) -> Static:
    """The static configuration in force: deprecated options moved to their successors, implicit entry points added."""
    static = _web(_moved(static))
    points = {name: _entry_point(point) for name, point in static.entry_points.items()}
    defaults = static.default_entry_points or ("http",)
    if not points:
        points, defaults = {"http": EntryPoint(address=":80")}, ("http",)
    if INTERNAL in internal_entry_points(static).values():
        address = static.web.address if static.web else _INTERNAL_ADDRESS
        points.setdefault(INTERNAL, EntryPoint(address=address))
    level = static.log_level if is_log_level(static.log_level) or not static.log_level else "ERROR"
    return msgspec.structs.replace(static, entry_points=points, default_entry_points=defaults, log_level=level)


def is_log_level(word: str) -> bool:
    """Whether a word is a level, in any letter case; `warning` is one, too."""
    return word.upper() in (*LOG_LEVELS, "WARNING")


def internal_entry_points(static: Static) -> dict[str, str]:
    """The entry point of every internal service that is on, by the service's option."""
    prometheus = static.metrics.prometheus if static.metrics else None
    services = {"api": static.api, "ping": static.ping, "rest": static.rest, "metrics.prometheus": prometheus}
    return {name: service.entry_point for name, service in services.items() if service is not None}


def _moved(static: Static) -> Static:
    """Older top-level options in the sections that replaced them."""
    life, responding = static.life_cycle, static.responding_timeouts
    if static.grace_time_out > 0:
        life = msgspec.structs.replace(life, grace_time_out=static.grace_time_out)
    if static.idle_timeout > 0:
        responding = msgspec.structs.replace(responding, idle_timeout=static.idle_timeout)
    log, access = static.traefik_log, static.access_log
    if static.traefik_logs_file and not (log and log.file_path):
        log = msgspec.structs.replace(log or TraefikLog(), file_path=static.traefik_logs_file)
    if static.access_logs_file:
        access = AccessLog(file_path=static.access_logs_file)
    return msgspec.structs.replace(
        static, life_cycle=life, responding_timeouts=responding, traefik_log=log, access_log=access
    )


def _web(static: Static) -> Static:
    """`[web]` as api, ping and metrics, unless one of those is configured; then it is off."""
    web = static.web
    if web is None:
        return static
    if static.api or static.metrics or static.ping or static.rest:
        return msgspec.structs.replace(static, web=None)
    return msgspec.structs.replace(
        static,
        api=Api(statistics=web.statistics),
        ping=Ping(),
        metrics=web.metrics or Metrics(),
    )


def _entry_point(point: EntryPoint) -> EntryPoint:
    """Older spellings of an entry point's options in the sections that replaced them."""
    if point.whitelist_source_range and point.white_list is None:
        point = msgspec.structs.replace(point, white_list=WhiteList(source_range=point.whitelist_source_range))
    if point.tls and point.tls.client_ca_files:
        authorities = ClientCa(files=point.tls.client_ca_files)
        point = msgspec.structs.replace(point, tls=msgspec.structs.replace(point.tls, client_ca=authorities))
    return point
