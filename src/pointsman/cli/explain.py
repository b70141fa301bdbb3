"""`pointsman explain`: which router answers a request, and why. By a configuration, or by a running instance."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx2
import msgspec

from pointsman.cli import offline
from pointsman.cli.asking import AskError, ask
from pointsman.cli.explain_view import show
from pointsman.compiler import conditions_of, entry_points
from pointsman.explain import Decision, decide, requests
from pointsman.model.plan import Question
from pointsman.model.problem import Severity
from pointsman.model.static import Static

_SECONDS = 10.0
_EPILOG = """\
Every other flag is part of the configuration that is asked about, as for `run`: --configFile=…, --file.filename=…,
--kubernetes.manifests=…. Exit code: 0 a server or a router answers, 1 it is an error (4xx, 5xx), 2 wrong usage."""


def explain(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """0 when a request is answered well, 1 when with an error of ours, 2 when it cannot be asked."""
    parser = _parser()
    given, rest = parser.parse_known_args(list(words))
    try:
        decisions = _live(given, rest) if given.live else _offline(given, rest, environ)
    except (requests.RequestError, AskError) as error:
        print(f"pointsman explain: {error}", file=sys.stderr)
        return 2
    if given.json:
        made = decisions if given.log else decisions[0]
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n")
    else:
        for decision in decisions:
            show(decision)
    return int(any(decision.status >= 400 for decision in decisions))


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
    known = offline.read(("explain", *rest), environ)
    if known.fatal:
        told = "\n".join(str(problem) for problem in known.problems if problem.severity is Severity.ERROR)
        raise AskError(f"the configuration cannot be read:\n{told}")
    questions = _questions(given, known.loaded.arguments, known.loaded.static)
    answers = ask(known.plan, questions, environ)
    return [decide(question, found, known.known()) for question, found in zip(questions, answers, strict=True)]


def _questions(given: argparse.Namespace, words: Sequence[str], static: Static) -> list[Question]:
    if given.log:
        return _logged(given, given.entry_point or conditions_of(static).default_entry_points[0])
    if len(words) != 1:
        raise requests.RequestError("give one URL, like http://host/path; see pointsman explain --help")
    question = requests.from_url(words[0], method=given.method, headers=given.header, entry_point=given.entry_point)
    if question.entry_point:
        return [question]
    return [msgspec.structs.replace(question, entry_point=_by_port(question.host, words[0], static))]


def _by_port(host: str, url: str, static: Static) -> str:
    """The entry point that listens on the URL's port; else the first default one."""
    port = host.rpartition(":")[2] if ":" in host.rpartition("]")[2] else ("443" if url.startswith("https:") else "80")
    for name, point in entry_points(static).items():
        if point.address.rpartition(":")[2] == port and name != "traefik":
            return name
    return conditions_of(static).default_entry_points[0]


def _logged(given: argparse.Namespace, entry_point: str) -> list[Question]:
    try:
        text = sys.stdin.read() if given.log == "-" else Path(given.log).read_text(errors="replace")
    except OSError as error:
        raise requests.RequestError(f"{given.log}: {error.strerror}") from error
    found = list(requests.from_logs(text.splitlines(), entry_point))
    for number, one in found:
        if isinstance(one, requests.RequestError):
            raise requests.RequestError(f"{given.log}:{number}: {one}")
    if not found:
        raise requests.RequestError(f"{given.log}: holds no line")
    return [one for _, one in found if isinstance(one, Question)]


def _live(given: argparse.Namespace, words: Sequence[str]) -> list[Decision]:
    if given.log:
        questions = _logged(given, given.entry_point)
    elif len(words) == 1 and not words[0].startswith("-"):
        made = requests.from_url(words[0], method=given.method, headers=given.header, entry_point=given.entry_point)
        questions = [made]
    else:
        raise requests.RequestError("with --live, give one URL and no configuration")
    return [_asked(given.live, question) for question in questions]


def _asked(server: str, question: Question) -> Decision:
    query: list[tuple[str, str | int | float | bool | None]]
    query = [("method", question.method), ("url", f"http://{question.host}{question.path}?{question.query}")]
    query += [("header", f"{name}: {value}") for name, value in question.headers]
    if question.entry_point:
        query.append(("entryPoint", question.entry_point))
    try:
        response = httpx2.get(f"{server.rstrip('/')}/api/v2/explain", params=query, timeout=_SECONDS, trust_env=False)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise AskError(f"{server}: {error or type(error).__name__}; is the API switched on (--api)?") from error
    if response.status_code != 200:
        raise AskError(f"{server} answered {response.status_code}: {response.text.strip()[:500]}")
    try:
        return msgspec.json.decode(response.content, type=Decision)
    except msgspec.MsgspecError as error:
        raise AskError(f"{server} is no Pointsman of this version: {error}") from error
