"""JSON of a PUT to Dynamic: strict about types, letter case of keys as in 1.7's reader (any)."""

import msgspec

from pointsman.config.decode import decode
from pointsman.config.tree import Entry, Leaf, Node, Origin, Sequence, Table
from pointsman.model.dynamic import Dynamic
from pointsman.model.problem import Problem, Severity
from pointsman.model.values import parse_duration

_ORIGIN = Origin("PUT /api/providers/rest")
_PERIOD = ("frontends", "*", "ratelimit", "rateset", "*", "period")
_FORWARDING = ("backends", "*", "forwardingresponse")
_SECTIONS = frozenset({"frontends", "backends", "tls"})
_TOLD = 10


class Refused(Exception):
    """Why a body is no configuration; a text for its sender, without secrets."""


def decode_configuration(body: bytes) -> Dynamic | None:
    """The whole configuration of a body; None when it has no section at all, which changes nothing. Raises Refused.

    compat(1.7): numbers are nanoseconds where a duration is meant, texts need a unit; `null` is as good as absent.
    Unknown keys are no mistake, but a Problem each.
    """
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"this is not JSON: {error}") from error
    if document is None:
        return None
    if not isinstance(document, dict):
        raise Refused("this is no configuration: an object with `frontends` and `backends` is expected")
    if not any(key.casefold() in _SECTIONS and value is not None for key, value in document.items()):
        return None
    dynamic, problems = decode(_table(document, ()), Dynamic)
    wrong = [problem for problem in problems if problem.severity is Severity.ERROR]
    if wrong:
        raise Refused("; ".join(map(_told, wrong[:_TOLD])))
    return msgspec.structs.replace(dynamic, problems=tuple(problems))


def _told(problem: Problem) -> str:
    return str(msgspec.structs.replace(problem, origin=""))


def _table(given: dict[str, object], path: tuple[str, ...]) -> Table:
    entries = []
    for key, value in given.items():
        here = (*path, key.casefold())
        if value is not None:
            name = "responseForwarding" if _is_at(here, _FORWARDING) else key
            entries.append(Entry(name, _node(value, here), _ORIGIN))
    return Table(tuple(entries), _ORIGIN)


def _node(value: object, path: tuple[str, ...]) -> Node:
    if isinstance(value, dict):
        return _table(value, path)
    if isinstance(value, list):
        return Sequence(tuple(_node(item, path) for item in value if item is not None), _ORIGIN)
    if _is_at(path, _PERIOD):
        return _period(value)
    assert isinstance(value, str | int | float | bool)
    return Leaf(value, _ORIGIN)


def _period(value: object) -> Leaf:
    """As text, so that the decoder of all configurations takes a number for nanoseconds, not seconds."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Leaf(f"{value}ns", _ORIGIN)
    if isinstance(value, str):
        try:
            parse_duration(value)
        except ValueError as error:
            raise Refused(f"ratelimit.rateset.period ({value[:200]!r}): {error}") from error
    assert isinstance(value, str | float | bool)
    return Leaf(value, _ORIGIN)


def _is_at(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(path) == len(wanted) and all(want in ("*", here) for here, want in zip(path, wanted, strict=True))
