"""Static configuration to the settings of a proxy process."""

from pointsman.compiler.conditions import ReadLines, no_files
from pointsman.compiler.entrypoints import wanted_internal
from pointsman.compiler.listening import compile_entry_points
from pointsman.compiler.observability import compile_access_log, compile_metrics
from pointsman.compiler.tracing import compile_tracing
from pointsman.model.plan import Limits, Retry, Settings, Timeouts, UpstreamTls
from pointsman.model.static import Static

_MS = 1_000_000
_CLUSTER_ACCEPT_GRACE_MS = 5_000
"""Endpoint removal lags behind SIGTERM in a cluster."""
_GO_IDLE_PER_HOST = 2
_RECENT_ERRORS = 50
"""Kept for the dashboard when fewer are asked for."""
_MOST_RECENT_ERRORS = 1_000
_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL", "PANIC")
_LEVEL_ALIASES = {"WARNING": "WARN"}


def compile_settings(
    static: Static,
    *,
    threads: int,
    hostname: str,
    in_cluster: bool,
    read_lines: ReadLines = no_files,
    labels: tuple[str, ...] = (),
) -> Settings:
    """What a proxy process is started with, except for sockets and paths, which the caller opens and adds.

    `threads`: usable cores; `in_cluster`: whether we run in a Kubernetes pod; `read_lines`: reads users files;
    `labels`: names of those that providers give frontends.
    """
    return Settings(
        threads=static.threads if static.threads > 0 else max(1, threads),
        hostname=hostname,
        state_dir=static.state_dir,
        entry_points=compile_entry_points(static, read_lines),
        timeouts=_timeouts(static, in_cluster=in_cluster),
        limits=_limits(static),
        retry=Retry(attempts=max(0, static.retry.attempts)) if static.retry is not None else None,
        upstream_tls=UpstreamTls(insecure_skip_verify=static.insecure_skip_verify, root_cas=static.root_cas),
        strict=static.security == "strict",
        log_level=log_level(static),
        log_format=static.traefik_log.format if static.traefik_log is not None else "common",
        recent_errors=_recent_errors(static),
        access_log=compile_access_log(static.access_log),
        metrics=compile_metrics(static.metrics, labels),
        tracing=compile_tracing(static.tracing),
    )


def log_level(static: Static) -> str:
    """In capitals. compat(1.7): `debug` means DEBUG unless a level is given; an unknown word means PANIC."""
    word = static.log_level.upper() or ("DEBUG" if static.debug else "ERROR")
    word = _LEVEL_ALIASES.get(word, word)
    return word if word in _LEVELS else "PANIC"


def _recent_errors(static: Static) -> int:
    if "api" not in wanted_internal(static):
        return 0
    statistics = static.api.statistics if static.api is not None else None
    asked = statistics.recent_errors if statistics is not None else 0
    return min(max(asked, _RECENT_ERRORS), _MOST_RECENT_ERRORS)


def _timeouts(static: Static, *, in_cluster: bool) -> Timeouts:
    responding, forwarding, life = static.responding_timeouts, static.forwarding_timeouts, static.life_cycle
    accept_ns = life.request_accept_grace_timeout
    default_accept_ms = _CLUSTER_ACCEPT_GRACE_MS if in_cluster else 0
    return Timeouts(
        head_ms=_ms(responding.head_timeout),
        read_ms=_ms(responding.read_timeout),
        write_ms=_ms(responding.write_timeout),
        idle_ms=_ms(static.idle_timeout if static.idle_timeout > 0 else responding.idle_timeout),
        connect_ms=_ms(forwarding.dial_timeout),
        response_header_ms=_ms(forwarding.response_header_timeout),
        request_accept_grace_ms=default_accept_ms if accept_ns is None else _ms(accept_ns),
        grace_ms=_ms(static.grace_time_out if static.grace_time_out > 0 else life.grace_time_out),
    )


def _limits(static: Static) -> Limits:
    limits = static.limits
    return Limits(
        request_line_bytes=limits.request_line_bytes,
        head_bytes=limits.head_bytes,
        fields=limits.fields,
        idle_per_server=static.max_idle_conns_per_host if static.max_idle_conns_per_host > 0 else _GO_IDLE_PER_HOST,
        connections=max(0, limits.connections),
    )


def _ms(nanoseconds: int) -> int:
    """Milliseconds, rounded up so that a short limit does not become none."""
    return max(0, -(-nanoseconds // _MS))
