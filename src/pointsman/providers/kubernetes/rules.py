"""Rule texts of a path and a host, as Traefik 1.7 writes them, and the literal ones of pathType Exact and Prefix."""

import re

import msgspec

from pointsman.model.dynamic import RouteRule

EXACT = "Exact"
PREFIX = "Prefix"
RULE_TYPES = ("PathPrefix", "Path", "PathStrip", "PathPrefixStrip", "ReplacePath")
MODIFIERS = ("AddPrefix", "ReplacePath", "ReplacePathRegex")
CATCH_ALL = RouteRule(rule="PathPrefix:/")

_ONE_LABEL = "{subdomain:[A-Za-z0-9-_]+}"
_RULE_SYNTAX = re.compile("[,;]")
_META = re.compile(r"[\\.+*?()|\[\]{}^$]")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9._-]*")

Routes = tuple[tuple[str, RouteRule], ...]
"""Named rules of one path, all of which must match."""


class RuleError(Exception):
    """A rule that can't be built: the annotation's name (or `path`, `host`), what is wrong, the remedy."""

    def __init__(self, name: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.remedy = remedy


class Modifiers(msgspec.Struct, frozen=True, kw_only=True):
    """The annotations that shape a path rule."""

    rule_type: str = "PathPrefix"
    rewrite_target: str = ""
    request_modifier: str = ""


class Part(msgspec.Struct, frozen=True, gc=False):
    """A modifier of the path: name and argument, and the blank that 1.7 writes between them."""

    name: str
    argument: str
    blank: str = ""

    @property
    def text(self) -> str:
        """As in a rule of several parts."""
        return f"{self.name}:{self.blank}{self.argument}"

    @property
    def literal(self) -> RouteRule:
        """As a rule of its own whose argument is never split."""
        return RouteRule(rule=f"{self.name}:{self.argument}", literal=True)


def path_routes(path: str, modifiers: Modifiers) -> Routes:
    """Rules of an untyped path: `,` `;` `{` in it are rule syntax, in annotations they are not. Raises RuleError."""
    if not path:
        return ()
    text = f"{_rule_type(modifiers)}:{path}"
    apart: list[tuple[str, RouteRule]] = []
    for values, part in _parts(path, modifiers):
        if _RULE_SYNTAX.search(values):
            apart.append((f"{path} ({part.name})", part.literal))
        else:
            text += ";" + part.text
    return ((path, RouteRule(rule=text)), *apart)


def typed_routes(path: str, path_type: str, modifiers: Modifiers) -> Routes:
    """Rules of a path of type Exact or Prefix; nothing in it is syntax. Raises RuleError."""
    if not path.startswith("/"):
        raise RuleError("path", f"a path of type {path_type} must start with /", "write it from the root")
    rule_type = _rule_type(modifiers)
    plain = path.rstrip("/") or "/"
    strip = "Strip" if rule_type.endswith("Strip") else ""
    matcher = f"PathExact{strip}:{path}" if path_type == EXACT else f"PathSegments{strip}:{path}"
    routes = [(path, RouteRule(rule=matcher, literal=True))]
    if rule_type == "ReplacePath":
        routes.append((f"{path} (ReplacePath)", RouteRule(rule=f"ReplacePath:{path}", literal=True)))
    escaped = _META.sub(r"\\\g<0>", plain)
    routes += [(f"{path} ({part.name})", part.literal) for _, part in _parts(escaped, modifiers)]
    return tuple(routes)


def host_route(host: str) -> tuple[str, RouteRule] | None:
    """Rule of a host: the first `*` stands for one label. None: any host."""
    if not host:
        return None
    if "*" in host:
        return host, RouteRule(rule=f"HostRegexp:{host.replace('*', _ONE_LABEL, 1)}")
    return host, RouteRule(rule=f"Host:{host}")


def typed_host_route(host: str) -> tuple[str, RouteRule] | None:
    """The same beside a typed path, where nothing in a host is syntax. Raises RuleError."""
    if not host:
        return None
    if _PLAIN_HOST.fullmatch(host.replace("*", "", 1)) is None:
        raise RuleError("host", "is not a host name", "use letters, digits, dots and hyphens, and one * at the start")
    return host_route(host)


class Rank(msgspec.Struct, frozen=True):
    """Priority and order among equals of a typed path."""

    priority: int
    tie: int


def typed_rank(host: str, path: str, path_type: str) -> Rank:
    """An exact host beats a wildcard, a wildcard beats none; then the longer path; then Exact before Prefix."""
    plain = path.rstrip("/") or "/"
    exact = 1 if path_type == EXACT else 0
    if not host:
        return Rank(len("PathPrefix:/"), len(plain.encode()) + exact)
    by_host = len("Host:") + len(host.encode())
    if "*" in host:
        return Rank(len("PathPrefix:/") + by_host - 1, len(plain.encode()) + exact)
    return Rank(len("PathPrefix:") + len(plain.encode()) + by_host + exact, 0)


def _rule_type(modifiers: Modifiers) -> str:
    if modifiers.rule_type not in RULE_TYPES:
        raise RuleError("rule-type", "is not a rule type", f"use one of {', '.join(RULE_TYPES[:4])}")
    return modifiers.rule_type


def _parts(path: str, modifiers: Modifiers) -> list[tuple[str, Part]]:
    """Modifiers after the matcher, each with the annotation's text that is in it."""
    parts: list[tuple[str, Part]] = []
    target = modifiers.rewrite_target
    if target:
        if modifiers.rule_type == "ReplacePath":
            raise RuleError("rewrite-target", "can't be combined with rule-type ReplacePath", "remove one of them")
        pattern = "^(.*)" if path == "/" else f"^{path}(.*)"
        parts.append((target, Part("ReplacePathRegex", f"{pattern} {target.rstrip('/')}$1", " ")))
    if modifiers.request_modifier:
        modifier = _request_modifier(modifiers)
        parts.append((modifier.argument, modifier))
    return parts


def _request_modifier(modifiers: Modifiers) -> Part:
    trimmed = modifiers.request_modifier.rstrip(" :")
    remedy = "write AddPrefix: /x, ReplacePath: /x or ReplacePathRegex: regex replacement"
    pieces = trimmed.split(":")
    if len(pieces) < 2 or not pieces[1].strip():
        raise RuleError("request-modifier", "has no value", remedy)
    name = pieces[0].strip()
    if name not in MODIFIERS:
        raise RuleError("request-modifier", "is not a modifier", remedy)
    if modifiers.rule_type == "ReplacePath":
        raise RuleError("request-modifier", "can't be combined with rule-type ReplacePath", "remove one of them")
    return Part(name, pieces[1].strip())
