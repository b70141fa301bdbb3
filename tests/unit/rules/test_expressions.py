"""Expressions of circuit breakers and retries: Go's grammar, 1.7's functions, strict types."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.plan import AllOf, AnyOf, Compare, Condition, IsNetworkError, RequestMethod
from pointsman.rules import RuleFault, breaker_condition, retry_condition

ERRORS = Compare(figure="network_error_ratio", operator=">", value_millionths=500_000)
SLOW = Compare(figure="latency_at_quantile_ms", arguments=(50_000,), operator=">=", value_millionths=50_000_000)
CODES = Compare(figure="response_code_ratio", arguments=(500, 600, 0, 600), operator="<", value_millionths=250_000)
E, L, C = "NetworkErrorRatio() > 0.5", "LatencyAtQuantileMS(50.0) >= 50", "ResponseCodeRatio(500, 600, 0, 600) < .25"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (E, ERRORS),
        (L, SLOW),
        (C, CODES),
        ("NetworkErrorRatio()>5e-1", ERRORS),
        (f"({E})", ERRORS),
        (f"{E} && {L}", AllOf(conditions=(ERRORS, SLOW))),
        (f"{E} || {L} || {C}", AnyOf(conditions=(ERRORS, SLOW, CODES))),
        (f"{E} || {L} && {C}", AnyOf(conditions=(ERRORS, AllOf(conditions=(SLOW, CODES))))),
        (f"({E} || {L}) && {C}", AllOf(conditions=(AnyOf(conditions=(ERRORS, SLOW)), CODES))),
        (f"{E} && ({L} && {C})", AllOf(conditions=(ERRORS, SLOW, CODES))),
        ("ResponseCodeRatio(500,600,0,600,) < 0.25", CODES),
        ("LatencyAtQuantileMS(99.9) != 007", msgspec.structs.replace(SLOW, arguments=(99_900,), operator="!=",
                                                                     value_millionths=7_000_000)),
    ],
)  # fmt: skip
def test_breakers(text: str, condition: Condition) -> None:
    assert breaker_condition(text) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("IsNetworkError()", IsNetworkError()),
        ("Attempts() <= 2", Compare(figure="attempts", operator="<=", value_millionths=2_000_000)),
        ("ResponseCode() == 503", Compare(figure="response_code", operator="==", value_millionths=503_000_000)),
        ('RequestMethod() == "GET"', RequestMethod(operator="==", method="GET")),
        ("RequestMethod() != `PUT`", RequestMethod(operator="!=", method="PUT")),
        (
            'IsNetworkError() && RequestMethod() == "G\\u0045T"',
            AllOf(conditions=(IsNetworkError(), RequestMethod(operator="==", method="GET"))),
        ),
    ],
)
def test_retries(text: str, condition: Condition) -> None:
    assert retry_condition(text) == condition


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "ends where"),
        ("NetworkErrorRatio() > 1", 22, "a number with a decimal point"),
        ("LatencyAtQuantileMS(50.0) > 1.5", 28, "a whole number"),
        ("LatencyAtQuantileMS(50) > 1", 20, "a number with a decimal point"),
        ("LatencyAtQuantileMS(100.5) > 1", 20, "between 0.0 and 100.0"),
        ("LatencyAtQuantileMS() > 1", 0, "takes 1 arguments, not 0"),
        ("ResponseCodeRatio(1, 2, 3) > 0.5", 0, "takes 4 arguments, not 3"),
        ("ResponseCodeRatio(1, 2, 3, 4.0) > 0.5", 27, "a whole number"),
        ("NetworkErrorRatio(1) > 0.5", 0, "takes no arguments"),
        ("0.5 < NetworkErrorRatio()", 4, "figure on its left"),
        ("NetworkErrorRatio() > NetworkErrorRatio()", 20, "plain value on its right"),
        ("NetworkErrorRatio()", 0, "alone is no condition"),
        ("0.5", 0, "alone is no condition"),
        (f"{E} && 1", 29, "alone is no condition"),
        (f"{E} > 0.5", 26, "figure on its left"),
        (f"!({E})", 0, "`!` is not known"),
        (f"{E} & {L}", 26, "`&` is not known"),
        (f"({E}", 26, "`)` is expected instead of the end"),
        (f"{E})", 25, "is not expected here"),
        (f"{E} {L}", 26, "is not expected here"),
        ("NetworkErrorRatio > 0.5", 18, "`(` is expected"),
        ("networkErrorRatio() > 0.5", 0, "no function"),
        ("Attempts() > 1", 0, "no function"),
        ("NetworkErrorRatio() > -0.5", 22, "`-` is not known"),
        ("NetworkErrorRatio() > 1e99", 22, "too large"),
        ("NetworkErrorRatio() > 0.5 x", 26, "not expected"),
        ("(" * 40 + E + ")" * 40, 32, "parentheses"),
        ("(" * 5000, 0, "longer than"),
    ],
)  # fmt: skip
def test_mistakes_of_breakers(text: str, position: int, message: str) -> None:
    fault = breaker_condition(text)
    assert isinstance(fault, RuleFault)
    assert message in fault.message
    assert fault.position == position
    assert fault.rule == text


@pytest.mark.parametrize(
    "text",
    [
        'RequestMethod() > "GET"',
        "RequestMethod() == GET",
        "RequestMethod() == 'GET'",
        "IsNetworkError() == 1",
        'ResponseCode() == "503"',
        'RequestMethod() == "\\x"',
        E,
    ],
)
def test_mistakes_of_retries(text: str) -> None:
    assert isinstance(retry_condition(text), RuleFault)


COMPARES = st.sampled_from([(E, ERRORS), (L, SLOW), (C, CODES)])
TREES = st.recursive(
    COMPARES,
    lambda below: st.tuples(st.sampled_from(["&&", "||"]), below, below).map(
        lambda three: (f"({three[1][0]}) {three[0]}({three[2][0]})", _joined(*three))
    ),
    max_leaves=8,
)


def _joined(operator: str, left: tuple[str, Condition], right: tuple[str, Condition]) -> Condition:
    make = AllOf if operator == "&&" else AnyOf
    flat: list[Condition] = []
    for _, each in (left, right):
        flat += each.conditions if isinstance(each, make) else (each,)
    return make(conditions=tuple(flat))


@given(TREES)
def test_any_tree_comes_back(tree: tuple[str, Condition]) -> None:
    assert breaker_condition(tree[0]) == tree[1]


@given(st.text(max_size=40) | st.lists(st.sampled_from([E, "(", ")", "&&", "||", "1", "0.5", ",", ">"])).map(" ".join))
def test_whatever_is_written_it_is_a_condition_or_a_fault_within_the_text(text: str) -> None:
    for parse in (breaker_condition, retry_condition):
        found = parse(text)
        if isinstance(found, RuleFault):
            assert 0 <= found.position <= len(text)
        else:
            assert msgspec.json.decode(msgspec.json.encode(found), type=Condition) == found
