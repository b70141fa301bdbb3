"""Names of frontends and backends: host, path, entry points and priority; the namespace is no part of them."""

DEFAULT_BACKEND = "global-default-backend"
DEFAULT_FRONTEND = "global-default-frontend"


def base_name(host: str, path: str, service: str, prefix: str) -> str:
    """Frontend and backend name; the service's name stands in when there is neither host nor path."""
    return prefix + (host + path or service)


def name_prefix(entry_points: tuple[str, ...], priority: int) -> str:
    """What entry points and a priority put before the name, e.g. `10-http-https_`."""
    points = "-".join(entry_points) + "_" if entry_points else ""
    return f"{priority}-{points}" if priority > 0 else points


def typed_suffix(path_type: str) -> str:
    """Keeps paths of different types apart on one host and path."""
    return f" ({path_type})"
