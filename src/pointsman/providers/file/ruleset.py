"""All rule files of the provider together: what each said last, merged."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from pointsman.model.dynamic import Backend, Dynamic, Frontend, TlsEntry
from pointsman.model.problem import Problem, Severity
from pointsman.providers.file.decoding import decode_rules
from pointsman.providers.file.reading import TOTAL_BYTES, Signature, Unreadable, read_text, rule_files, signature

_T = TypeVar("_T")

_SETTLED_S = 0.2
"""A file that changed less than this ago may change again within one tick of the file system's clock."""


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rules are: one file, or a directory."""

    path: Path
    directory: bool = False
    part_of_static: bool = False
    """The file is the main configuration file."""


class _State(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it was read last."""

    signature: Signature | None
    good: Dynamic
    """What it said when it was readable last."""
    problem: Problem | None = None
    """Why it is not readable now."""


class RuleSet:
    """Reads what changed and merges it with what did not; a broken file keeps its last good content."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._states: dict[Path, _State] = {}
        self._merged: Dynamic | None = None
        self._listing: Problem | None = None

    def load(self) -> Dynamic:
        """The configuration as it is now, with Problems for what could not be read. Touches the disk."""
        listing, states = self._listed()
        if self._merged is None or listing != self._listing or states != self._states:
            self._listing, self._states = listing, states
            self._merged = _merge(states, listing)
        return self._merged

    def in_doubt(self) -> bool:
        """Whether a file is empty or unreadable: it may be in the middle of being written."""
        empty = any(state.good == Dynamic() for state in self._states.values())
        return empty or any(state.problem is not None for state in self._states.values())

    def _listed(self) -> tuple[Problem | None, dict[Path, _State]]:
        path = self._sources.path
        if not self._sources.directory:
            return None, {path: self._state(path, signature(path))}
        try:
            found = {file: signature(file) for file in rule_files(path)}
            if sum(each.size for each in found.values() if each) > TOTAL_BYTES:
                raise Unreadable(f"holds more than {TOTAL_BYTES >> 20} MiB of rules")
        except Unreadable as error:
            message = f"{error}; what its files said before stays in force"
            return Problem(object=f"directory {path}", origin=str(path), message=message), self._states
        return None, {file: self._state(file, now) for file, now in found.items()}

    def _state(self, path: Path, now: Signature | None) -> _State:
        old = self._states.get(path)
        if old is not None and now is not None and old.signature == now:
            return old
        last = old.good if old is not None else Dynamic()
        state = _read(path, last, part_of_static=self._sources.part_of_static)
        settled = now is not None and time.time_ns() - max(now.modified_ns, now.changed_ns) > _SETTLED_S * 1e9
        return msgspec.structs.replace(state, signature=now if settled else None)


def _read(path: Path, last: Dynamic, *, part_of_static: bool) -> _State:
    try:
        result = decode_rules(read_text(path), str(path), last, part_of_static=part_of_static)
    except Unreadable as error:
        message = f"{error}; what it said before stays in force"
        result = Problem(object=f"file {path}", origin=str(path), message=message)
    if isinstance(result, Problem):
        return _State(signature=None, good=last, problem=result)
    return _State(signature=None, good=result)


def _merge(states: Mapping[Path, _State], listing: Problem | None) -> Dynamic:
    """All files in the order of their names. compat(1.7): of equal names the first stays."""
    frontends: dict[str, Frontend] = {}
    backends: dict[str, Backend] = {}
    tls: dict[str, TlsEntry] = {}
    problems = [listing] if listing is not None else []
    for path, state in states.items():
        problems += state.good.problems if state.problem is None else (state.problem, *state.good.problems)
        problems += _add(frontends, state.good.frontends, "frontend", path)
        problems += _add(backends, state.good.backends, "backend", path)
        tls |= {f"{path}#{name}": entry for name, entry in state.good.tls.items()}
    return Dynamic(frontends=frontends, backends=backends, tls=tls, problems=tuple(problems))


def _add(into: dict[str, _T], new: Mapping[str, _T], kind: str, path: Path) -> list[Problem]:
    twice = [name for name in new if name in into]
    into.update({name: value for name, value in new.items() if name not in into})
    return [
        Problem(
            object=f"{kind} {name}",
            origin=str(path),
            message="another file has one of this name: the first in the order of file names stays",
            remedy="give it another name",
            severity=Severity.WARNING,
        )
        for name in twice
    ]
