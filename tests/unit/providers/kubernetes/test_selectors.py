"""Label selectors."""

import pytest

from pointsman.providers.kubernetes.selectors import SelectorError, parse_selector

LABELS = {"app": "web", "tier": "front", "n": "5", "example.com/part": "x", "empty": ""}


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("", True),
        ("  ", True),
        ("app=web", True),
        ("app==web", True),
        ("app = web , tier!=back", True),
        ("app!=web", False),
        ("app=other", False),
        ("missing!=x", True),
        ("app in (web, other)", True),
        ("app in (other)", False),
        ("app notin (other,third)", True),
        ("app notin (web)", False),
        ("missing notin (web)", True),
        ("app", True),
        ("missing", False),
        ("!missing", True),
        ("! app", False),
        ("example.com/part=x,app", True),
        ("empty=", True),
        ("app=", False),
        ("n > 4, n<6", True),
        ("n>5", False),
        ("app>1", False),
        ("in in (a)", False),
    ],
)
def test_selects(text: str, selected: bool) -> None:
    assert parse_selector(text).matches(LABELS) is selected


@pytest.mark.parametrize(
    "text",
    ["%", "app=web,", ",", "a=b=c", "app in web", "app in (we b)", "app in (a", "=x", "a b", "-a", "n>x", "a==!b"],
)
def test_refuses(text: str) -> None:
    with pytest.raises(SelectorError, match="invalid label selector"):
        parse_selector(text)
