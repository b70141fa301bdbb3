"""Command line to Tree, as Traefik reads it: `--a.b=value`, `--a.b value`, `--switch`, `-l INFO`, any letter case."""

import difflib
from collections.abc import Sequence

import msgspec

from pointsman.config.given import Named, by_name, node
from pointsman.config.tree import Origin, Table, insert
from pointsman.model.problem import Problem

SHORT = {"c": "configFile", "d": "debug", "l": "logLevel", "g": "graceTimeOut"}
"""One-letter names."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A command line, taken apart."""

    tree: Table
    arguments: tuple[str, ...]
    """What is not a flag: the command, and what it works on."""
    help: bool
    problems: tuple[Problem, ...]
    """Every one is fatal unless it is a warning."""


class _Reader:
    """One pass over the words."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.words = list(argv)[::-1]
        self.given: dict[str, list[str]] = {}
        self.arguments: list[str] = []
        self.help = False
        self.problems: list[Problem] = []

    def read(self) -> None:
        while self.words:
            word = self.words.pop()
            if word == "--":
                self.arguments += self.words[::-1]
                return
            if word.startswith("--"):
                self._long(word[2:])
            elif word.startswith("-") and word != "-":
                self._short(word[1:])
            else:
                self.arguments.append(word)

    def _long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        named = by_name().get(name.casefold())
        if named is not None:
            self._take(named, f"--{name}", value if equals else None)
        elif name.casefold() == "help":
            self.help = True
        else:
            self._unknown(name)

    def _short(self, letters: str) -> None:
        """Letters of switches, the last of them with a value: `-d`, `-l INFO`, `-lINFO`, `-l=INFO`."""
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter == "h":
                self.help = True
                continue
            name = SHORT.get(letter)
            if name is None:
                self._problem(f"-{letter}", "is not a flag", f"did you mean `--{letter}{letters}`?" if letters else "")
                return
            named = by_name()[name.casefold()]
            if named.bare and not letters.startswith("="):
                self._take(named, f"-{letter}", None)
            else:
                self._take(named, f"-{letter}", letters.removeprefix("=") if letters else None)
                return

    def _take(self, named: Named, flag: str, value: str | None) -> None:
        if value is None and not named.bare:
            if not self.words:
                self._problem(flag, "needs a value", f"write `{flag}=VALUE`")
                return
            value = self.words.pop()
        self.given.setdefault(".".join(named.path), []).append(value or "")

    def _unknown(self, name: str) -> None:
        names = {folded: ".".join(named.path) for folded, named in by_name().items()}
        near = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
        if not near:
            ends = {folded.rpartition(".")[2]: folded for folded in names}
            near = [ends[end] for end in difflib.get_close_matches(name.casefold(), ends, n=1, cutoff=0.8)]
        self._problem(f"--{name}", "is not a flag", f"did you mean `--{names[near[0]]}`?" if near else "")

    def _problem(self, flag: str, message: str, remedy: str = "") -> None:
        self.problems.append(Problem(object=flag[:200], message=message, remedy=remedy))


def parse(argv: Sequence[str]) -> Words:
    """The words after the program's name."""
    reader = _Reader(argv)
    reader.read()
    tree = Table((), Origin("command line"))
    problems = reader.problems
    for name, texts in reader.given.items():
        named = by_name()[name.casefold()]
        below, found = node(named, texts, Origin(f"--{name}"))
        tree = insert(tree, named.path, below)
        problems += found
    return Words(tree=tree, arguments=tuple(reader.arguments), help=reader.help, problems=tuple(problems))
