"""`pointsman migrate`: manifests of Traefik 1.7's time for today's Kubernetes APIs; a report of every object."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pointsman.cli.migrate_files import Place, PlaceError, places, read, show, write
from pointsman.migrate import Fault, ObjectReport, Options, Outcome
from pointsman.migrate import migrate as migrate_text

_EPILOG = "Exit code: 0 all fine, 1 something is not supported (and left as it was), 2 wrong usage or unreadable files."


class _FileReport(msgspec.Struct, frozen=True):
    """What became of one file."""

    path: str
    objects: tuple[ObjectReport, ...]
    fault: Fault | None = None


def migrate(arguments: Sequence[str]) -> int:
    """0 when all is fine, 1 when something is not supported, 2 when the command itself is wrong."""
    parser = _parser()
    given = parser.parse_args(list(arguments))
    printed = not (given.check or given.output or given.in_place)
    if (given.check, bool(given.output), given.in_place).count(True) > 1:
        parser.error("--check, -o and --in-place exclude each other")
    try:
        work = list(places(given.paths, given.output))
        if printed and len(work) != 1:
            parser.error("several files: give -o OUT, --in-place or --check")
        reports = [_one(place, given, printed) for place in work]
        _tell([report for report in reports if report is not None], given)
    except PlaceError as error:
        print(f"pointsman migrate: {error}", file=sys.stderr)
        return 2
    return int(any(report.fault or _count(report)[Outcome.NOT_SUPPORTED] for report in reports if report))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pointsman migrate", description=__doc__.partition(": ")[2], epilog=_EPILOG, allow_abbrev=False
    )
    parser.add_argument("paths", nargs="+", metavar="DIR|FILE", help="manifests, YAML or JSON; - is standard input")
    parser.add_argument("-o", "--output", metavar="OUT", help="write there: a file for one file, else the same tree")
    parser.add_argument("--in-place", action="store_true", help="overwrite the files that change")
    parser.add_argument("--check", action="store_true", help="write nothing, only report")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.add_argument("--report", metavar="FILE", help="write the report there (default: standard error)")
    parser.add_argument("--image", default=Options().image, help="in place of Traefik 1's images (%(default)s)")
    return parser


def _one(place: Place, given: argparse.Namespace, printed: bool) -> _FileReport | None:
    """Does one file; None for a file that isn't a manifest and is only copied along."""
    content = read(place)
    if not place.is_manifest:
        if place.target is not None:
            write(place.target, content, place.source)
        return None
    result, fault, objects = content, None, tuple[ObjectReport, ...]()
    try:
        done = migrate_text(content.decode(), Options(image=given.image))
        result, objects = done.text.encode(), done.objects
    except UnicodeDecodeError as error:
        fault = Fault("is not UTF-8", content.count(b"\n", 0, error.start) + 1, "convert it")
    except Fault as error:
        fault = error
    if printed:
        show(result)
    elif place.target is not None:
        write(place.target, result, place.source)
    elif given.in_place and result != content and place.source is not None:
        write(place.source, result, place.source)
    return _FileReport(place.shown, objects, fault)


def _tell(reports: list[_FileReport], given: argparse.Namespace) -> None:
    text = _json(reports) if given.json else _lines(reports)
    if given.report:
        write(Path(given.report), text.encode(), None)
    else:
        print(text, end="", file=sys.stdout if given.check else sys.stderr, flush=True)


def _lines(reports: list[_FileReport]) -> str:
    lines = [
        f"{report.path}:{one.line}: {one}\n" if one.line else f"{report.path}: {one}\n"
        for report in reports
        for one in report.objects
    ]
    for report in reports:
        if report.fault:
            place = f"{report.path}:{report.fault.line}" if report.fault.line else report.path
            remedy = f"; {report.fault.remedy}" if report.fault.remedy else ""
            lines.append(f"{place}: {Outcome.NOT_SUPPORTED}: {report.fault.message}{remedy}\n")
    total = _total(reports)
    return "".join(lines) + ", ".join(f"{total[outcome]} {outcome}" for outcome in Outcome) + "\n"


def _json(reports: list[_FileReport]) -> str:
    files = [
        {
            "path": report.path,
            "objects": [msgspec.to_builtins(one) for one in report.objects],
            "fault": report.fault
            and {"line": report.fault.line, "message": report.fault.message, "remedy": report.fault.remedy},
        }
        for report in reports
    ]
    total = _total(reports)
    summary = {outcome.value: total[outcome] for outcome in Outcome}
    return json.dumps({"summary": summary, "files": files}, indent=2, ensure_ascii=False) + "\n"


def _count(report: _FileReport) -> Counter[Outcome]:
    return Counter(one.outcome for one in report.objects)


def _total(reports: list[_FileReport]) -> Counter[Outcome]:
    total = sum((_count(report) for report in reports), Counter[Outcome]())
    total[Outcome.NOT_SUPPORTED] += sum(report.fault is not None for report in reports)
    return total
