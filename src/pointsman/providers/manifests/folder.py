"""The objects of a folder: read again only where a file changed; a broken file keeps what was last read from it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from pointsman.model.problem import Problem, Severity
from pointsman.providers.kubernetes.objects import KubernetesObject
from pointsman.providers.manifests.documents import Located, TextError, parse
from pointsman.providers.manifests.files import FileError, Signature, manifest_paths, read, signature

ObjectKey = tuple[str, str, str]
"""Kind, namespace, name."""


class Placed(msgspec.Struct, frozen=True):
    """An object and where it was read, as `file:line`."""

    object: KubernetesObject
    origin: str


class Reading(msgspec.Struct, frozen=True):
    """Everything in the folder."""

    objects: Mapping[ObjectKey, Placed]
    problems: Mapping[str, tuple[Problem, ...]]
    """By file."""


class _File(msgspec.Struct, frozen=True):
    signature: Signature | None = None
    objects: Mapping[ObjectKey, Placed] = {}
    problems: tuple[Problem, ...] = ()


class Folder:
    """A folder of manifests. Blocking; used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[Path, _File] = {}
        self._last: Reading | None = None

    def read(self) -> Reading:
        """Looks at every file again and reads those that changed; the same Reading when none did.

        Never raises for what is on the disk.
        """
        try:
            paths = manifest_paths(self._path)
        except FileError as error:
            kept = "what was read before stays" if self._files else "there are no routes yet"
            problem = Problem(
                object=f"folder {self._path}",
                message=f"{error}: {kept}",
                remedy="create the folder and make it readable; it is looked for every second",
            )
            self._last = None
            return self._reading((problem,))
        files = {path: self._file(path) for path in paths}
        same = files.keys() == self._files.keys() and all(file is self._files[path] for path, file in files.items())
        if self._last is None or not same:
            self._files = files
            self._last = self._reading(())
        return self._last

    def _file(self, path: Path) -> _File:
        known = self._files.get(path, _File())
        try:
            now = signature(path)
            if now == known.signature:
                return known
            located = parse(read(path), path.suffix.lower() == ".json")
        except FileError as error:
            return _File(None, known.objects, (_broken(path, 0, str(error), bool(known.objects)),))
        except TextError as error:
            return _File(now, known.objects, (_broken(path, error.line, str(error), bool(known.objects)),))
        return _taken(path, now, located, known.objects)

    def _reading(self, problems: tuple[Problem, ...]) -> Reading:
        objects: dict[ObjectKey, Placed] = {}
        by_file: dict[str, tuple[Problem, ...]] = {str(self._path): problems} if problems else {}
        for path, file in self._files.items():
            twice = [_twice(path, key, objects[key]) for key in file.objects if key in objects]
            objects.update(file.objects)
            found = (*file.problems, *twice)
            if found:
                by_file[str(path)] = found
        return Reading(objects, by_file)


def _taken(path: Path, now: Signature, located: Iterable[Located], before: Mapping[ObjectKey, Placed]) -> _File:
    """The objects of a file that could be read; one that is wrong by itself keeps its former state."""
    objects: dict[ObjectKey, Placed] = {}
    problems: list[Problem] = []
    for one in located:
        origin = f"{path}:{one.line}"
        if one.object is not None:
            objects[one.key] = Placed(one.object, origin)
            continue
        kept = before.get(one.key)
        if kept is not None:
            objects[one.key] = kept
        outcome = "its last good state stays" if kept else "left out"
        name = f"{one.kind} {one.namespace}/{one.name}" if one.name else f"file {path}"
        problems.append(Problem(object=name, origin=origin, message=f"{one.fault}: {outcome}", remedy=one.remedy))
    return _File(now, objects, tuple(problems))


def _broken(path: Path, line: int, fault: str, kept: bool) -> Problem:
    outcome = "the objects last read from it stay" if kept else "nothing is read from it"
    return Problem(
        object=f"file {path}",
        origin=f"{path}:{line}" if line else str(path),
        message=f"{fault}: {outcome}",
        remedy="correct the file; it is read again by itself",
    )


def _twice(path: Path, key: ObjectKey, first: Placed) -> Problem:
    kind, namespace, name = key
    return Problem(
        object=f"{kind} {namespace}/{name}",
        origin=str(path),
        message=f"is also in {first.origin}: the one in {path.name} counts",
        remedy="keep one of them",
        severity=Severity.WARNING,
    )
