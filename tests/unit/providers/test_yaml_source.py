"""YAML within limits."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pointsman.providers.yaml_source import MAX_DEPTH, YamlError, documents, single, typed


def read(text: str) -> list[object]:
    return [document.value for document in documents(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80", 80),
        ("'80'", "80"),
        ("!!str 80", "80"),
        ("0x10", 16),
        ("0o17", 15),
        ("017", 15),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("Yes", True),
        ("off", False),
        ("~", None),
        ("null", None),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("1:30", "1:30"),
        ("08", 8.0),
        ("1.2.3.4", "1.2.3.4"),
        ("-", "-"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars(text: str, value: object) -> None:
    assert typed(text, True) == value if text == "-" else read(text) == [value]


def test_documents_and_their_lines() -> None:
    found = list(documents("# comment\na: 1\n---\n\nb: [1, {c: 2}]\n---\n---\nd\n"))
    assert [(document.line, document.value) for document in found] == [
        (2, {"a": 1}),
        (5, {"b": [1, {"c": 2}]}),
        (7, None),
        (8, "d"),
    ]


def test_anchors_and_merge_keys() -> None:
    assert read("a: &x {k: 1}\nb: *x\nc: {<<: *x, k: 2, l: 3}\nd: {k: 4, <<: *x}") == [
        {"a": {"k": 1}, "b": {"k": 1}, "c": {"k": 2, "l": 3}, "d": {"k": 4}}
    ]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{','.join(['*' + chr(97 + level)] * 9)}]\n" for level in range(9)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "aliases counted"),
        ("[" * 10_000, "nested deeper"),
        ("- " * 10_000 + "x", "nested deeper"),
        ("{a: " * 10_000, "nested deeper"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' is given twice"),
        ("!!python/object/apply:os.system [id]", "tag"),
        ("!custom x", "tag"),
        ("a: !!python/name:os.system ''", "tag"),
        ("&a [*a]", "unknown or recursive alias"),
        ("*nobody", "alias"),
        ("{[a]: b}", "a key must be text"),
        ("a: [1\nb: 2", "line"),
        ("a: \x07", "control characters"),
        ("a: b: c", "line 1"),
    ],
)
def test_refused(text: str, said: str) -> None:
    with pytest.raises(YamlError) as caught:
        read(text)
    assert said in str(caught.value)


def test_depth_up_to_the_limit() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def test_annotations_are_text() -> None:
    assert single("a: 1\nb: true\nc: ~\nd: [x, 2]\na: 3") == {"a": "3", "b": "true", "c": None, "d": ["x", "2"]}
    assert single("") is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(codec="ascii"), max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc<", min_size=1), inner, max_size=3),
        max_leaves=8,
    )
)
def test_reads_what_pyyaml_writes(value: object) -> None:
    assert read(yaml.safe_dump(value)) == [value]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except YamlError:
        return
