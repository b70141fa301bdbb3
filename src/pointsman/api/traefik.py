"""The documents of Traefik 1.7's API: providers with their backends and frontends. Secrets are never part of one.

Keys and what is left out when empty: as 1.7's JSON; the keys that are always there are named here.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from pointsman.compiler.server_urls import parse_server_url
from pointsman.model.dynamic import (
    Backend,
    BasicAuth,
    ClientTls,
    DigestAuth,
    Frontend,
    PassTlsClientCert,
    RateLimit,
    RouteRule,
    Server,
    TlsCertificateInfos,
    TlsCertificateNames,
)

Document = dict[str, Any]

_HIDDEN: dict[type, frozenset[str]] = {
    BasicAuth: frozenset({"users"}),
    DigestAuth: frozenset({"users"}),
    ClientTls: frozenset({"key"}),
    RouteRule: frozenset({"literal"}),
    Frontend: frozenset({"computed_priority", "tie", "origin", "labels", "refuse", "basic_auth", "entry_points"}),
}
_ALWAYS: dict[type, frozenset[str]] = {
    Server: frozenset({"weight"}),
    Frontend: frozenset({"priority"}),
    PassTlsClientCert: frozenset({"pem"}),
    TlsCertificateInfos: frozenset({"not_after", "not_before", "sans"}),
    TlsCertificateNames: frozenset(TlsCertificateNames.__struct_fields__),
}
_NAMED: dict[tuple[type, str], str] = {
    (Backend, "response_forwarding"): "forwardingResponse",
    (RateLimit, "rate_set"): "rateset",
}


def _shown(value: object) -> Any:
    if isinstance(value, msgspec.Struct):
        kind = type(value)
        hidden, always = _HIDDEN.get(kind, frozenset()), _ALWAYS.get(kind, frozenset())
        document = {}
        for field, key in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
            content = getattr(value, field)
            if field not in hidden and (field in always or not _empty(content)):
                document[_NAMED.get((kind, field), key)] = _shown(content)
        return document
    if isinstance(value, Mapping):
        return {str(key): _shown(item) for key, item in sorted(value.items())}
    if isinstance(value, tuple):
        return [_shown(item) for item in value]
    return value


def _empty(value: object) -> bool:
    """Go's `omitempty`: a struct behind a pointer counts as something even when all of it is empty."""
    return value is None or (not isinstance(value, msgspec.Struct) and not value)


def backend(shown: Backend, down: Mapping[str, str] | None = None) -> Document:
    """A backend. Ours: servers whose health is checked say how it is (`down`: those that fail, by `scheme://host`)."""
    document: Document = _shown(shown)
    if down is not None and shown.health_check is not None and shown.health_check.path:
        for server in document.get("servers", {}).values():
            server["health"] = "down" if _origin(server.get("url", "")) in down else "up"
    return document


def _origin(url: str) -> str:
    """As the plan writes a server's URL."""
    parsed = parse_server_url(url)
    return url if isinstance(parsed, str) else f"{parsed.scheme}://{parsed.host}"


def frontend(shown: Frontend, default_entry_points: Iterable[str]) -> Document:
    """A frontend, its entry points filled in; `basicAuth` is there but empty, as its users are secrets."""
    points = list(shown.entry_points) or list(default_entry_points)
    document: Document = {"entryPoints": points} if points else {}
    for key, value in _shown(shown).items():
        document[key] = value
        if key == "priority":
            document["basicAuth"] = None
    return document


def provider(
    frontends: Mapping[str, Frontend],
    backends: Mapping[str, Document],
    default_entry_points: Iterable[str],
) -> Document:
    """A provider: all its backends, as documents, and frontends."""
    points = tuple(default_entry_points)
    document: Document = {}
    if backends:
        document["backends"] = backends
    if frontends:
        document["frontends"] = {name: frontend(item, points) for name, item in sorted(frontends.items())}
    return document


def encode(document: object) -> bytes:
    """Compact JSON with HTML's characters escaped, as Go writes it."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace")
