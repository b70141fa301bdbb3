"""Positions of keys and values in TOML."""

import contextlib
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.config.toml import TomlError, parse
from pointsman.config.toml_positions import places
from pointsman.config.tree import Leaf, Node, Sequence, Table

DOCUMENT = '''\
# a comment with [brackets] and "quotes
title = "x"   # behind

[entryPoints]   # header
  [entryPoints.http]
  address = ":80"
    [entryPoints."a.b".redirect]
    regex = """one
two # no comment"""
list = [1, [2,
  3], # here
  { inner.key = 'x', other = [] },
]
[[tls]]
  entryPoints = ["https"]
  [tls.certificate]
  certFile = \'\'\'it's\'\'\'
[[tls]]
dotted . "key" = 1
'''


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("title",), 2, 1),
        (("entryPoints",), 4, 2),
        (("entryPoints", "http"), 5, 16),
        (("entryPoints", "http", "address"), 6, 3),
        (("entryPoints", "a.b", "redirect"), 7, 24),
        (("entryPoints", "a.b", "redirect", "regex"), 8, 5),
        (("entryPoints", "a.b", "redirect", "list"), 10, 1),
        (("entryPoints", "a.b", "redirect", "list", 2, "inner"), 12, 5),
        (("entryPoints", "a.b", "redirect", "list", 2, "inner", "key"), 12, 11),
        (("tls", 0, "certificate", "certFile"), 17, 3),
        (("tls", 1, "dotted"), 19, 1),
        (("tls", 1, "dotted", "key"), 19, 10),
    ],
)
def test_keys(path: tuple[str | int, ...], line: int, column: int) -> None:
    found = places(DOCUMENT).keys[path]
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("title",), 2, 9),
        (("entryPoints",), 4, 1),
        (("entryPoints", "a.b", "redirect", "regex"), 8, 13),
        (("entryPoints", "a.b", "redirect", "list", 1, 1), 11, 3),
        (("entryPoints", "a.b", "redirect", "list", 2), 12, 3),
        (("tls", 0), 14, 1),
        (("tls", 1), 18, 1),
        (("tls", 0, "certificate", "certFile"), 17, 14),
    ],
)
def test_values(path: tuple[str | int, ...], line: int, column: int) -> None:
    found = places(DOCUMENT).values[path]
    assert (found.line, found.column) == (line, column)


# --- any document: made from a value, written in a random style, and every leaf found again at its position ---------

_NAMES = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=5),
)
_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(_NAMES, below, max_size=3)),
    max_leaves=8,
)


def _quoted(text: str) -> str:
    body = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 or c in "\x85\u2028\u2029" else c
        for c in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{body}"'


def _key(draw: st.DrawFn, name: str) -> str:
    if re.fullmatch("[A-Za-z0-9_-]+", name) and draw(st.booleans()):
        return name
    if "'" not in name and draw(st.booleans()):
        return f"'{name}'"
    return _quoted(name)


def _inline(draw: st.DrawFn, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        plain = "'" not in value and value.isprintable()
        forms = [_quoted(value), f'"""\n{_quoted(value)[1:-1]}"""']
        return draw(st.sampled_from([*forms, *([f"'{value}'", f"'''{value}'''"] if plain else [])]))
    if isinstance(value, list):
        blank = draw(st.sampled_from(["", " ", "\n  ", " # not ] this,\n"]))
        return f"[{blank}" + f",{blank}".join(_inline(draw, item) for item in value) + f"{blank}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(draw, k)} = {_inline(draw, v)}" for k, v in value.items()) + "}"
    return repr(value)


def _tables(draw: st.DrawFn, value: dict[str, object], path: tuple[str, ...]) -> list[str]:
    plain = {k: v for k, v in value.items() if not isinstance(v, dict) or draw(st.booleans())}
    lines = [
        f"{_key(draw, k)}{draw(st.sampled_from(['=', ' = ', '  =  ']))}{_inline(draw, v)}" for k, v in plain.items()
    ]
    for name, below in value.items():
        if name not in plain:
            assert isinstance(below, dict)
            here = (*path, name)
            lines.append("[" + draw(st.sampled_from([".", " . "])).join(_key(draw, part) for part in here) + "]")
            lines += _tables(draw, below, here)
        if draw(st.booleans()):
            lines.append(draw(st.sampled_from(["", "# comment = [1", "   "])))
    return lines


@st.composite
def documents(draw: st.DrawFn) -> str:
    value = draw(st.dictionaries(_NAMES, _VALUES, max_size=4))
    listed = draw(st.lists(st.dictionaries(_NAMES, _VALUES, max_size=2), max_size=2)) if "Rows" not in value else []
    lines = _tables(draw, value, ())
    for row in listed:
        lines += ["[[Rows]]", *_tables(draw, row, ("Rows",))]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"]))


def _leaves(node: Node) -> list[Leaf]:
    match node:
        case Leaf():
            return [node]
        case Table():
            return [leaf for entry in node.entries for leaf in _leaves(entry.node)]
        case Sequence():
            return [leaf for item in node.items for leaf in _leaves(item)]
    return []


def _keys(node: Node) -> list[tuple[str, int, int]]:
    match node:
        case Table():
            own = [(entry.key, entry.origin.line, entry.origin.column) for entry in node.entries]
            return own + [found for entry in node.entries for found in _keys(entry.node)]
        case Sequence():
            return [found for item in node.items for found in _keys(item)]
    return []


@given(documents())
def test_every_position_points_at_what_it_names(text: str) -> None:
    tree = parse(text, "x.toml")
    lines = text.split("\n")
    for leaf in _leaves(tree):
        rest = "\n".join([lines[leaf.origin.line - 1][leaf.origin.column - 1 :], *lines[leaf.origin.line :]])
        assert _first_value(rest) == leaf.value
    for key, line, column in _keys(tree):
        rest = lines[line - 1][column - 1 :]
        assert _first_key(rest) == key


def _first_value(rest: str) -> object:
    """The TOML value that a text starts with: the longest beginning that is one, of the shortest lines."""
    ends = [found.start() for found in re.finditer(r"[,\]}\n#]|$", rest)]
    for end in ends:
        try:
            return tomllib.loads("v = " + rest[:end])["v"]
        except tomllib.TOMLDecodeError:
            continue
    raise AssertionError(rest)


def _first_key(rest: str) -> str:
    """The TOML key that a text starts with."""
    for end in (found.start() for found in re.finditer(r"[\s.=\]]|$", rest)):
        try:
            return next(iter(tomllib.loads(f"{rest[:end]} = 1")))
        except tomllib.TOMLDecodeError:
            continue
    raise AssertionError(rest)


@given(st.text(alphabet=st.sampled_from("ab.=[]{}\"'#\n,1 \\x\t\r-"), max_size=60))
def test_no_text_makes_the_parser_fail_otherwise(text: str) -> None:
    with contextlib.suppress(TomlError):
        parse(text, "x.toml")
