"""`pointsman bug`: the text of a bug report, with the configuration but without anything that tells who wrote it."""

import json
import sys
from collections.abc import Mapping, Sequence

import msgspec

from pointsman.cli import start, version
from pointsman.config.load import load
from pointsman.config.schema import Kind, One, Option, options
from pointsman.model.options import Mark

_HIDDEN = "xxxx"
_SHOWN = frozenset({"logLevel", "format", "defaultMode", "security", "minVersion", "protocol"})
"""Options whose texts come from a short list; every other text may name a host, a file, a user or a secret."""


def bug(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Prints the report for the configuration that these flags, the environment and the file give."""
    loaded = load(arguments, environ)
    if loaded.fatal:
        start.tell(loaded.fatal)
        return 1
    print("## What happened, and what should have happened\n\n\n## Version\n\n```")
    sys.stdout.flush()
    version.show()
    print("```\n\n## Configuration\n\nTexts are replaced by `xxxx`.\n\n```json")
    print(json.dumps(anonymous(loaded.static), indent=2))
    print("```")
    return 0


def anonymous(struct: msgspec.Struct) -> dict[str, object]:
    """The options that differ from their defaults, texts and secrets hidden; names of tables stay."""
    found = {}
    for option in options(type(struct)):
        value = getattr(struct, option.attribute)
        if value != option.default:
            found[option.name] = _shown(value, option)
    return found


def _shown(value: object, option: Option) -> object:
    if isinstance(value, msgspec.Struct):
        return anonymous(value)
    if isinstance(value, dict):
        return {key: _shown(item, option) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_shown(item, option) for item in value]
    if isinstance(value, str) and not _is_public(option):
        return _HIDDEN
    return value


def _is_public(option: Option) -> bool:
    listed = isinstance(option.shape, One) and (bool(option.shape.choices) or option.shape.kind is not Kind.STRING)
    return (listed or option.name in _SHOWN) and Mark.SECRET not in option.marks
