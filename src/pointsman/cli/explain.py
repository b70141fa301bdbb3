"""`pointsman explain`: which router answers a request, and why. By a configuration, or by a running instance."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from pointsman.cli import offline
from pointsman.cli.asking import AskError, ask
from pointsman.cli.explain_live import Asked, ask_live
from pointsman.cli.explain_view import show_all
from pointsman.compiler import conditions_of
from pointsman.explain import Decision, decide, other_entry_points, requests
from pointsman.model.plan import Question
from pointsman.model.problem import Problem, Severity

_TOLD = 3
"""Lines that are no requests, told one by one."""
_WHOLE = ("file ", "folder ", "provider ", "entry point ", "static configuration")
"""Beginnings of the objects whose Problems concern every request."""
_EPILOG = """\
Every other flag is part of the configuration that is asked about, as for `run`: --configFile=…, --file.filename=…,
--kubernetes.manifests=…. Exit code: 0 a server or a router answers, 1 it is an error (4xx, 5xx), 2 wrong usage."""


def explain(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """0 when a request is answered well, 1 when with an error of ours, 2 when it cannot be asked."""
    parser = _parser()
    given, rest = parser.parse_known_args(list(words))
    try:
        answers = _live(given, rest) if given.live else _offline(given, rest, environ)
    except (requests.RequestError, AskError) as error:
        print(f"pointsman explain: {error}", file=sys.stderr)
        return 2
    if given.json:
        made = answers if given.log else answers[0]
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n")
    else:
        show_all(answers)
    return int(any(decision.status >= 400 for decision in answers))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pointsman explain",
        description="Says which router answers a request and why, who lost, and what a 404 missed.",
        usage="pointsman explain [options] [configuration flags] URL",
        epilog=_EPILOG,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-X", "--method", default="GET", help="method (default GET)")
    parser.add_argument(
        "-H", "--header", action="append", default=[], metavar="'NAME: VALUE'", help="a header; Host, too"
    )
    parser.add_argument("--entry-point", default="", metavar="NAME", help="where it comes in (default: by port)")
    parser.add_argument("--log", metavar="FILE", help="explain the lines of a JSON access log; - is standard input")
    parser.add_argument("--live", metavar="URL", help="ask a running instance at its API, e.g. http://127.0.0.1:8080")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _offline(given: argparse.Namespace, rest: Sequence[str], environ: Mapping[str, str]) -> list[Decision]:
    found = offline.read(("explain", *rest), environ)
    if found.fatal:
        told = "\n".join(str(problem) for problem in found.problems if problem.severity is Severity.ERROR)
        raise AskError(f"the configuration cannot be read:\n{told}")
    if found.loaded.static.kubernetes is not None and not found.loaded.static.kubernetes.manifests:
        remedy = "ask a running instance with --live URL, or give a folder of manifests with --kubernetes.manifests=…"
        print(f"pointsman explain: the cluster is not asked, only files are read; {remedy}", file=sys.stderr)
    _tell_faults(found.problems)
    return decisions(found, _questions(given, found), environ)


def decisions(found: offline.Offline, questions: Sequence[Question], environ: Mapping[str, str]) -> list[Decision]:
    """Asks the proxy's router; where nothing fits, on the other entry points, too. Raises AskError."""
    answers = ask(found.plan, questions, environ)
    others = [other_entry_points(*pair, found.entry_points) for pair in zip(questions, answers, strict=True)]
    told = iter(ask(found.plan, [question for each in others for question in each.values()], environ))
    known = found.known()
    return [
        decide(question, answer, known, {name: next(told) for name in each})
        for question, answer, each in zip(questions, answers, others, strict=True)
    ]


def _tell_faults(problems: Iterable[Problem]) -> None:
    """What takes more than one object away."""
    for problem in problems:
        if problem.severity is Severity.ERROR and problem.object.startswith(_WHOLE):
            print(f"pointsman explain: {problem}", file=sys.stderr)


def _questions(given: argparse.Namespace, found: offline.Offline) -> list[Question]:
    points, default = found.entry_points, conditions_of(found.loaded.static).default_entry_points[0]
    if given.entry_point:
        requests.check_entry_point(given.entry_point, points)
    if given.log:
        return _logged(given, given.entry_point or default)
    words = found.loaded.arguments
    if len(words) != 1:
        raise requests.RequestError("give one URL, like http://host/path; see pointsman explain --help")
    question = requests.from_url(words[0], method=given.method, headers=given.header, entry_point=given.entry_point)
    if question.entry_point:
        return [question]
    by_port = requests.entry_point_of(words[0], question.host, points, default)
    return [msgspec.structs.replace(question, entry_point=by_port)]


def _logged(given: argparse.Namespace, entry_point: str) -> list[Question]:
    try:
        text = sys.stdin.read() if given.log == "-" else Path(given.log).read_text(errors="replace")
    except OSError as error:
        raise requests.RequestError(f"{given.log}: {error.strerror}") from error
    found = list(requests.from_logs(text.splitlines(), entry_point))
    wrong = [f"{given.log}:{number}: {one}" for number, one in found if isinstance(one, requests.RequestError)]
    asked = [one for _, one in found if isinstance(one, Question)]
    if not asked:
        raise requests.RequestError(wrong[0] if wrong else f"{given.log}: holds no line")
    for line in wrong[:_TOLD]:
        print(f"pointsman explain: {line}; passed over", file=sys.stderr)
    if len(wrong) > _TOLD:
        print(f"pointsman explain: … and {len(wrong) - _TOLD} more lines passed over", file=sys.stderr)
    return asked


def _live(given: argparse.Namespace, words: Sequence[str]) -> list[Decision]:
    if given.log and not words:
        return ask_live(given.live, [Asked.of(question) for question in _logged(given, given.entry_point)])
    if given.log or len(words) != 1 or words[0].startswith("-"):
        raise requests.RequestError("with --live, give one URL or --log FILE, and no configuration")
    made = requests.from_url(words[0], method=given.method, headers=given.header, entry_point=given.entry_point)
    secure = words[0].startswith("https:")
    return ask_live(given.live, [Asked.of(made, secure=secure)])
