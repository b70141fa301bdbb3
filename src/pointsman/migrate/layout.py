"""Edits a document's text without losing its comments, order, quotes and indentation."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pointsman.migrate.model import Unsupported

_WIDTH = 1 << 20
"""Wider than any line, so that none is folded."""


def edited(body: str, edit: Callable[[Any], None]) -> str:
    """The text after `edit` has changed its tree. Raises Unsupported when the text can't be written back."""
    if body.lstrip().startswith("{"):
        made = _json(body, edit)
        if made is not None:
            return made
    writer = YAML(typ="rt", pure=True)
    writer.preserve_quotes = True
    writer.width = _WIDTH
    mapping, dash = _indentation(body)
    writer.indent(mapping=mapping, sequence=dash + 2, offset=dash)
    stream = io.StringIO()
    try:
        tree = writer.load(body)
        edit(tree)
        writer.dump(tree, stream)
    except (YAMLError, ValueError, TypeError, KeyError, NotImplementedError) as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise Unsupported(f"its text can't be rewritten: {reason}", "write it in plain YAML") from None
    return stream.getvalue().removesuffix("...\n")


def _json(body: str, edit: Callable[[Any], None]) -> str | None:
    """JSON keeps its indentation; None when the text only looks like JSON."""
    try:
        tree = json.loads(body)
    except ValueError:
        return None
    edit(tree)
    found = re.match(r"\s*\{\r?\n([ \t]*)", body)
    return json.dumps(tree, indent=found[1] if found else None, ensure_ascii=False) + "\n"


def _indentation(body: str) -> tuple[int, int]:
    """How far maps are indented in maps, and how far a list's dashes are; the most frequent of each."""
    maps, dashes = Counter[int](), Counter[int]()
    waiting = [yaml.compose(body, Loader=yaml.CSafeLoader)]
    seen = set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or node is None or getattr(node, "flow_style", True):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
            continue
        for _, value in node.value:
            step = value.start_mark.column - node.start_mark.column
            if isinstance(value, yaml.MappingNode) and not value.flow_style:
                maps[step] += 1
            elif isinstance(value, yaml.SequenceNode) and not value.flow_style:
                dashes[step] += 1
            waiting.append(value)
    likely = [step for step, _ in maps.most_common() if step > 0], [step for step, _ in dashes.most_common()]
    return (likely[0] or [2])[0], (likely[1] or [0])[0]
