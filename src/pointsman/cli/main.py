"""Entry point of the `pointsman` command: finds the command's word and calls it."""

import difflib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence

COMMANDS = {
    "run": "serve (what happens without a command, too)",
    "demo": "serve the walk-through's routes on this machine, without a cluster; --check tries them all",
    "check": "say what is wrong with a configuration and its files; --diff OLD, --replay LOG, --json, --plan",
    "explain": "say which router answers a request and why; --log, --live, --json",
    "migrate": "rewrite manifests of Traefik 1.7's time for today's Kubernetes APIs; --check, --json, -o OUT",
    "healthcheck": "ask a running instance's /ping; for container health checks",
    "bug": "print a bug report with the configuration, names and secrets left out",
    "version": "print the version",
    "help": "print this text",
}
_LATER = ("storeconfig",)


def main() -> int:
    """Runs the command line; returns the exit code."""
    _hold_standard_streams()
    try:
        return dispatch(sys.argv[1:], os.environ)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _hold_standard_streams() -> None:
    """Opens those that we were started without: a socket that got such a number would be sent our log."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # The lowest free number is this one.


def dispatch(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """As in Traefik 1.7, flags without a command mean: run. Modules are imported when their command is wanted."""
    first, rest = (words[0], words[1:]) if words and not words[0].startswith("-") else ("run", words)
    if first == "help" or (first in {"run", "check", "healthcheck", "bug"} and {"--help", "-h"} & set(rest)):
        return _help()
    match first:
        case "run":
            from pointsman.cli.run import run

            return run(rest, environ)
        case "demo":
            from pointsman.cli.demo import demo

            return demo(list(rest), environ)
        case "check":
            from pointsman.cli.check import check

            return check(rest, environ)
        case "explain":
            from pointsman.cli.explain import explain

            return explain(rest, environ)
        case "migrate":
            from pointsman.cli.migrate import migrate

            return migrate(rest)
        case "healthcheck":
            from pointsman.cli.healthcheck import healthcheck

            return healthcheck(rest, environ)
        case "bug":
            from pointsman.cli.bug import bug

            return bug(rest, environ)
        case "version":
            from pointsman.cli.version import show

            return show()
    return _unknown(first)


def _help() -> int:
    from pointsman.config.help import render

    print(render(min(shutil.get_terminal_size((100, 24)).columns, 120), COMMANDS))
    return 0


def _unknown(word: str) -> int:
    if word in _LATER:
        print(f"pointsman: the command `{word}` of Traefik 1.7 is not part of this version", file=sys.stderr)
        return 1
    near = difflib.get_close_matches(word, COMMANDS, 1)
    hint = f"; did you mean `{near[0]}`?" if near else f"; commands are {', '.join(COMMANDS)}"
    print(f"pointsman: there is no command `{word}`{hint}", file=sys.stderr)
    return 1
