"""The file provider: reads, publishes, follows."""

import asyncio
import logging
from contextlib import aclosing
from pathlib import Path

from pointsman.model.dynamic import Change, Dynamic
from pointsman.model.problem import Problem
from pointsman.model.static import FileProvider as Section
from pointsman.providers.file.ruleset import RuleSet, Sources
from pointsman.providers.file.watching import ticks
from pointsman.providers.protocol import Publish, diff

_LOG = logging.getLogger("pointsman")
_DOUBT_S = 0.1
"""How long a file that looks half-written has to be complete."""
_SHRUNK_TO = 0.1


class FileProvider:
    """Frontends and backends from `[file]`: a directory, a file, or the main configuration file."""

    name = "file"

    def __init__(self, section: Section, config_file: str) -> None:
        self._watch = section.watch
        self._sources = sources(section, config_file)

    async def run(self, publish: Publish) -> None:
        """Publishes what the files say, and again what changes in them; returns at once without `watch`."""
        if self._sources is None:
            publish(Change(problems={"file": (_NOWHERE,)}))
            return
        rules = RuleSet(self._sources)
        known = await _load(rules, Dynamic())
        publish(diff(Dynamic(), known))
        if not self._watch:
            return
        async with aclosing(ticks(self._sources.path, directory=self._sources.directory)) as again:
            async for _ in again:
                new = await _load(rules, known)
                change = diff(known, new)
                if change:
                    _tell(known, new)
                    publish(change)
                    known = new


def sources(section: Section, config_file: str) -> Sources | None:
    """What `[file]` says is to be read; None when it names nothing and there is no main file."""
    if section.directory:
        return Sources(path=Path(section.directory), directory=True)
    if section.filename:
        return Sources(path=Path(section.filename))
    return Sources(path=Path(config_file), part_of_static=True) if config_file else None


def read_once(section: Section, config_file: str) -> Dynamic:
    """What the files say now, for a check without a running proxy."""
    found = sources(section, config_file)
    return RuleSet(found).load() if found is not None else Dynamic(problems=(_NOWHERE,))


_NOWHERE = Problem(
    object="provider file",
    key="file",
    message="names neither a file nor a directory, and there is no configuration file to read rules from",
    remedy="set `file.filename` or `file.directory`",
)


async def _load(rules: RuleSet, known: Dynamic) -> Dynamic:
    """Reads once more, a little later, when a file looks as if it were being written just now."""
    before = await asyncio.to_thread(rules.load)
    if before is known or not rules.in_doubt():
        return before
    await asyncio.sleep(_DOUBT_S)
    return await asyncio.to_thread(rules.load)


def _tell(old: Dynamic, new: Dynamic) -> None:
    if len(new.frontends) < len(old.frontends) * _SHRUNK_TO:
        _LOG.warning("The rule files define %d frontends, before it was %d", len(new.frontends), len(old.frontends))
