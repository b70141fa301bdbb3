"""A file's text: document by document, each left byte for byte unless a rule changes it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pointsman.migrate import layout, objects
from pointsman.migrate.model import Fault, Node, ObjectReport, Options, Outcome, Result, Unsupported, mapping
from pointsman.providers.yaml_source import YamlError, documents

_SEPARATOR = re.compile(r"(?:---|\.\.\.)(?=\s|$)")
_TEMPLATE = "is a template ({{ … }}), not a manifest"
_RENDER = "render it first (helm template CHART) and migrate the result"


class _Chunk(NamedTuple):
    """Lines of one document; `text` begins with its separator line, where it has one."""

    line: int
    text: str


def migrate(text: str, options: Options) -> Result:
    """Rewrites every object of a text (YAML or JSON, any number of documents). Raises Fault."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    _check(text)
    parts, reports = [mark], list[ObjectReport]()
    for chunk in _chunks(text):
        part, found = _document(chunk, options)
        parts.append(part)
        reports += found
    return Result(text="".join(parts), objects=tuple(reports))


def _check(text: str) -> None:
    """Refuses what isn't YAML, and what the limits on depth and aliases forbid."""
    try:
        whole = sum(1 for _ in documents(text))
        if whole != sum(len(_values(chunk.text)) for chunk in _chunks(text)):
            raise Fault("has directives (%YAML, %TAG)", remedy="remove them")
    except YamlError as error:
        if "{{" in text:
            raise Fault(_TEMPLATE, error.line, _RENDER) from None
        raise Fault(error.message, error.line) from None


def _chunks(text: str) -> Iterator[_Chunk]:
    """Splits where YAML allows no content: at lines that begin with three dashes or dots."""
    lines = text.splitlines(keepends=True) if "\r" not in text else re.split(r"(?<=\n)", text)
    start = 0
    for number, line in enumerate(lines):
        if number > start and _SEPARATOR.match(line):
            yield _Chunk(start + 1, "".join(lines[start:number]))
            start = number
    yield _Chunk(start + 1, "".join(lines[start:]))


def _values(text: str) -> list[Any]:
    return [document.value for document in documents(text) if text.strip()]


def _document(chunk: _Chunk, options: Options) -> tuple[str, list[ObjectReport]]:
    trial = _values(chunk.text)
    reports = [_tried(thing, chunk, options) for value in trial for thing in _things(value)]
    wanted = [report.outcome is Outcome.CHANGED for report in reports]
    if not any(wanted):
        return chunk.text, reports

    def edit(value: Any) -> None:
        for thing, change in zip(_things(value), wanted, strict=True):
            if change:
                objects.rewrite(thing, options)

    try:
        return _rewritten(chunk.text, edit, wanted), reports
    except Unsupported as error:
        return chunk.text, [
            _unsupported(one, error) if change else one for one, change in zip(reports, wanted, strict=True)
        ]


def _rewritten(text: str, edit: Callable[[Any], None], wanted: list[bool]) -> str:
    """The document's new text, which must say exactly what the rules make of its values."""
    head, body, tail = _peeled(text)
    expected = _values(text)
    edit(expected[0])
    pairs = zip(_things(expected[0]), _things(_values(text)[0]), wanted, strict=True)
    if any(new != old for new, old, change in pairs if not change):
        raise Unsupported("shares parts (*alias) with an object that stays as it is", "write out its anchors")
    ending = "\r\n" if "\r\n" in body else "\n"
    made = layout.edited(body.replace("\r\n", "\n"), edit)
    if not body.endswith("\n") and not tail:
        made = made.removesuffix("\n")
    made = head + made.replace("\n", ending) + tail
    if _values(made) != expected:
        remedy = "write out its anchors and merge keys (<<)"
        raise Unsupported("can't be rewritten without changing more than the rules say", remedy)
    return made


def _peeled(text: str) -> tuple[str, str, str]:
    """Separator, blank lines and comments before the first line of content; the content; the same after it."""
    lines = re.split(r"(?<=\n)", text)
    first, last = 0, len(lines)
    while first < last and _is_outside(lines[first], first == 0):
        first += 1
    while last > first and _is_outside(lines[last - 1], False):
        last -= 1
    return "".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:])


def _is_outside(line: str, is_first: bool) -> bool:
    separator = _SEPARATOR.match(line) if is_first else None
    rest = line[separator.end() :].strip() if separator else line.strip() and line.rstrip()
    return not rest or rest.startswith("#")


def _things(value: Any) -> Iterator[Node]:
    """The objects of one document: itself, or the items of a `kind: List`."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return
    items = value.get("items")
    if value["kind"] == "List" and isinstance(items, list):
        for item in items:
            yield from _things(item)
        return
    yield value


def _tried(thing: Node, chunk: _Chunk, options: Options) -> ObjectReport:
    """What the rules say of an object; `thing` is a copy for trying it on."""
    name = _name(thing)
    if objects.old_list(thing["kind"], thing.get("apiVersion")) and thing["kind"].endswith("List"):
        error = Unsupported("is a list of one kind", "write kind: List, apiVersion: v1, and each item's own kind")
        return _unsupported(ObjectReport(line=chunk.line, object=name, outcome=Outcome.SAME), error)
    base = ObjectReport(line=chunk.line, object=name, outcome=Outcome.SAME)
    if objects.concerns(thing) and "{{" in json.dumps(thing, default=str):
        return _unsupported(base, Unsupported(_TEMPLATE, _RENDER))
    try:
        notes = objects.rewrite(thing, options)
    except Unsupported as error:
        return _unsupported(base, error)
    outcome = Outcome.CHANGED if notes else Outcome.SAME
    return ObjectReport(line=chunk.line, object=name, outcome=outcome, notes=tuple(notes))


def _unsupported(report: ObjectReport, error: Unsupported) -> ObjectReport:
    return ObjectReport(
        line=report.line,
        object=report.object,
        outcome=Outcome.NOT_SUPPORTED,
        notes=(error.message,),
        remedy=error.remedy,
    )


def _name(thing: Node) -> str:
    meta = mapping(thing, "metadata") or {}
    namespace, name = meta.get("namespace"), meta.get("name") or meta.get("generateName") or "(no name)"
    return f"{thing['kind']} {namespace}/{name}" if namespace else f"{thing['kind']} {name}"
