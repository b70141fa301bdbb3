"""Edits a document's text without losing its comments, order, quotes and indentation."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
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
    writer.brace_single_entry_mapping_in_flow_sequence = True
    writer.width = _WIDTH
    mapping, dash, gap = _indentation(body)
    writer.indent(mapping=mapping, sequence=dash + gap, offset=dash)
    stream = io.StringIO()
    try:
        tree = writer.load(body)
        _keep_anchors(tree)
        edit(tree)
        writer.dump(tree, stream)
    except (YAMLError, ValueError, TypeError, KeyError, NotImplementedError) as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise Unsupported(f"its text can't be rewritten: {reason}", "write it in plain YAML") from None
    return stream.getvalue().removesuffix("...\n")


def _keep_anchors(tree: Any) -> None:
    """The writer drops those that no alias names."""
    waiting, seen = [tree], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        anchor = getattr(node, "anchor", None)
        if anchor is not None and anchor.value is not None:
            anchor.always_dump = True
        if isinstance(node, CommentedMap | CommentedSeq):
            waiting += node.values() if isinstance(node, CommentedMap) else node


def _json(body: str, edit: Callable[[Any], None]) -> str | None:
    """JSON keeps its indentation; None when the text only looks like JSON."""
    try:
        tree = json.loads(body)
    except ValueError:
        return None
    edit(tree)
    found = re.match(r"\s*\{\r?\n([ \t]*)", body)
    return json.dumps(tree, indent=found[1] if found else None, ensure_ascii=False) + "\n"


def _indentation(body: str) -> tuple[int, int, int]:
    """How far maps are indented in maps, a list's dashes in maps, and items from their dash; the most frequent."""
    maps, dashes, gaps = Counter[int](), Counter[int](), Counter[int]()
    waiting = [yaml.compose(body, Loader=yaml.CSafeLoader)]
    seen = set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or node is None or getattr(node, "flow_style", True):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            gaps.update(item.start_mark.column - node.start_mark.column for item in node.value)
            waiting += node.value
            continue
        for _, value in node.value:
            step = value.start_mark.column - node.start_mark.column
            if isinstance(value, yaml.MappingNode) and not value.flow_style:
                maps[step] += 1
            elif isinstance(value, yaml.SequenceNode) and not value.flow_style:
                dashes[step] += 1
            waiting.append(value)
    return _likely(maps, 1, 2), _likely(dashes, 0, 0), _likely(gaps, 2, 2)


def _likely(counted: Counter[int], least: int, otherwise: int) -> int:
    return next((step for step, _ in counted.most_common() if step >= least), otherwise)
