"""A file's text: document by document, each left byte for byte unless a rule changes it."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from pointsman.migrate import items, layout, objects
from pointsman.migrate.model import Fault, Node, ObjectReport, Options, Outcome, Result, Unsupported
from pointsman.providers.yaml_source import YamlError, documents

_SEPARATOR = re.compile(r"(?:---|\.\.\.)(?=\s|$)")
_END = re.compile(r"\.\.\.(?=\s|$)")
_ON_ITS_LINE = re.compile(r"---[ \t]+")
"""A separator with content after it."""
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
    except YamlError as error:
        if "{{" in text:
            raise Fault(_TEMPLATE, error.line, _RENDER) from None
        raise Fault(error.message, error.line) from None
    try:
        parts = sum(len(_values(chunk.text)) for chunk in _chunks(text))
    except YamlError:
        parts = -1
    if whole != parts:
        raise Fault("has directives (%YAML, %TAG)", remedy="remove them")


def _chunks(text: str) -> Iterator[_Chunk]:
    """Splits where YAML allows no content: before lines that begin with three dashes, after those with three dots."""
    lines = re.split(r"(?<=\n)", text)
    start = 0
    for number, line in enumerate(lines):
        found = _SEPARATOR.match(line)
        end = number + (found is not None and found[0] == "...")
        if found and end > start:
            yield _Chunk(start + 1, "".join(lines[start:end]))
            start = end
    yield _Chunk(start + 1, "".join(lines[start:]))


def _values(text: str) -> list[Any]:
    return [document.value for document in documents(text) if text.strip()]


def _document(chunk: _Chunk, options: Options) -> tuple[str, list[ObjectReport]]:
    trial = _values(chunk.text)
    things = [thing for value in trial for thing in items.things(value)]
    lines = items.lines(chunk.text, chunk.line, len(things))
    reports = [_tried(thing, line, options) for thing, line in zip(things, lines, strict=True)]
    wanted = [report.outcome is Outcome.CHANGED for report in reports]
    if not any(wanted):
        return chunk.text, reports

    def edit(value: Any) -> None:
        for thing, change in zip(items.things(value), wanted, strict=True):
            if change:
                objects.rewrite(thing, options)

    try:
        made = _rewritten(chunk.text, edit, wanted)
        return made, _with_lost(reports, _comments(chunk.text) - _comments(made))
    except Unsupported as error:
        return chunk.text, [
            _unsupported(one, error) if change else one for one, change in zip(reports, wanted, strict=True)
        ]


def _comments(text: str) -> Counter[str]:
    """Comments with a line of their own."""
    return Counter(line.strip() for line in text.splitlines() if line.lstrip().startswith("#"))


def _with_lost(reports: list[ObjectReport], lost: Counter[str]) -> list[ObjectReport]:
    """Tells with the first changed object which comments of its document the writer could not place."""
    if not lost:
        return reports
    first = next(number for number, one in enumerate(reports) if one.outcome is Outcome.CHANGED)
    notes = tuple(f"comment lost: {comment}" for comment in lost)
    reports[first] = msgspec.structs.replace(reports[first], notes=reports[first].notes + notes)
    return reports


def _rewritten(text: str, edit: Callable[[Any], None], wanted: list[bool]) -> str:
    """The document's new text, which must say exactly what the rules make of its values."""
    head, body, tail = _peeled(text)
    expected = _values(text)
    edit(expected[0])
    pairs = zip(items.things(expected[0]), items.things(_values(text)[0]), wanted, strict=True)
    if any(new != old for new, old, change in pairs if not change):
        raise Unsupported("shares parts (*alias) with an object that stays as it is", "write out its anchors")
    ending = "\r\n" if "\r\n" in body else "\n"
    made = layout.edited(body.replace("\r\n", "\n"), edit)
    if not body.endswith("\n") and not tail:
        made = made.removesuffix("\n")
    made = head + made.replace("\n", ending) + tail
    if not _means(made, expected):
        remedy = "write it plainly: without anchors, merge keys (<<) and ? keys"
        raise Unsupported("can't be rewritten without changing more than the rules say", remedy)
    return made


def _means(text: str, expected: list[Any]) -> bool:
    try:
        return _values(text) == expected
    except YamlError:
        return False


def _peeled(text: str) -> tuple[str, str, str]:
    """Separator, blank lines and comments before the first line of content; the content; the same after it."""
    lines = re.split(r"(?<=\n)", text)
    first, last = 0, len(lines)
    while first < last and _is_outside(lines[first], first == 0):
        first += 1
    while last > first and _is_outside(lines[last - 1], False):
        last -= 1
    separator = _ON_ITS_LINE.match(lines[0]) if not first else None
    if separator:
        lines[0] = lines[0][separator.end() :]
    head = separator[0] if separator else "".join(lines[:first])
    return head, "".join(lines[first:last]), "".join(lines[last:])


def _is_outside(line: str, is_first: bool) -> bool:
    separator = _SEPARATOR.match(line) if is_first else None
    rest = line[separator.end() :].strip() if separator else line.strip() and line.rstrip()
    return not rest or rest.startswith("#") or _END.match(line) is not None


def _tried(thing: Node, line: int, options: Options) -> ObjectReport:
    """What the rules say of an object; `thing` is a copy for trying it on."""
    name = items.name(thing)
    if objects.old_list(thing["kind"], thing.get("apiVersion")) and thing["kind"].endswith("List"):
        error = Unsupported("is a list of one kind", "write kind: List, apiVersion: v1, and each item's own kind")
        return _unsupported(ObjectReport(line=line, object=name, outcome=Outcome.SAME), error)
    base = ObjectReport(line=line, object=name, outcome=Outcome.SAME)
    if objects.concerns(thing) and "{{" in json.dumps(thing, default=str):
        return _unsupported(base, Unsupported(_TEMPLATE, _RENDER))
    try:
        notes = objects.rewrite(thing, options)
    except Unsupported as error:
        return _unsupported(base, error)
    outcome = Outcome.CHANGED if notes else Outcome.SAME
    return ObjectReport(line=line, object=name, outcome=outcome, notes=tuple(notes))


def _unsupported(report: ObjectReport, error: Unsupported) -> ObjectReport:
    return ObjectReport(
        line=report.line,
        object=report.object,
        outcome=Outcome.NOT_SUPPORTED,
        notes=(error.message,),
        remedy=error.remedy,
    )
