"""Expressions about answers (`NetworkErrorRatio() > 0.5 && …`) to conditions: circuit breakers, retries of buffers.

compat(1.7): Go's expression syntax with `&&`, `||`, comparisons and parentheses, without `!`; types are strict, and a
figure stands on the left of its comparison.
"""

from collections.abc import Callable, Mapping

from pointsman.model.plan import AllOf, AnyOf, Compare, Condition, RequestMethod
from pointsman.rules.faults import RuleFault
from pointsman.rules.figures import BREAKER, RETRY, Figure, Function, Quantity
from pointsman.rules.tokens import Fault, Kind, Token, tokens

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_DEEPEST = 32
"""Parentheses within each other; the plan's reader has a limit too."""

Operand = Condition | Figure | Token


def breaker_condition(text: str) -> Condition | RuleFault:
    """When a circuit breaker opens."""
    return _parse(text, BREAKER)


def retry_condition(text: str) -> Condition | RuleFault:
    """When a buffered request is sent again."""
    return _parse(text, RETRY)


def _parse(text: str, functions: Mapping[str, Function]) -> Condition | RuleFault:
    try:
        return _Parser(tokens(text), functions).whole()
    except Fault as fault:
        return RuleFault(message=fault.message, position=fault.position, remedy=fault.remedy, rule=text)


class _Parser:
    """Recursive descent over the tokens of one expression. Methods raise Fault."""

    def __init__(self, found: tuple[Token, ...], functions: Mapping[str, Function]) -> None:
        self._tokens = found
        self._functions = functions
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        """The expression, with nothing behind it."""
        condition = _condition(self._any_of(), self._tokens[0])
        if self._now.kind is not Kind.END:
            raise Fault(f"`{self._now.text}` is not expected here", self._now.position)
        return condition

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._now
        self._at += 1
        return token

    def _any_of(self) -> Operand:
        return self._joined("||", self._all_of, AnyOf)

    def _all_of(self) -> Operand:
        return self._joined("&&", self._comparison, AllOf)

    def _joined(self, operator: str, operand: Callable[[], Operand], make: type[AllOf] | type[AnyOf]) -> Operand:
        start = self._now
        first = operand()
        if self._now.text != operator or self._now.kind is not Kind.OPERATOR:
            return first
        conditions = [_condition(first, start)]
        while self._now.kind is Kind.OPERATOR and self._now.text == operator:
            self._take()
            start = self._now
            conditions.append(_condition(operand(), start))
        flat: list[Condition] = []
        for each in conditions:
            flat += each.conditions if isinstance(each, make) else (each,)
        return make(conditions=tuple(flat))

    def _comparison(self) -> Operand:
        left = self._operand()
        while self._now.kind is Kind.OPERATOR and self._now.text in _COMPARISONS:
            operator = self._take()
            left = _compared(left, operator, self._operand())
        return left

    def _operand(self) -> Operand:
        token = self._take()
        if token.text == "(" and token.kind is Kind.OPERATOR:
            self._depth += 1
            if self._depth > _DEEPEST:
                raise Fault(f"more than {_DEEPEST} parentheses are within each other", token.position)
            inner = self._any_of()
            self._expect(")")
            self._depth -= 1
            return inner
        if token.kind is Kind.NAME:
            return self._call(token)
        if token.kind in (Kind.INTEGER, Kind.FLOAT, Kind.STRING):
            return token
        if token.kind is Kind.END:
            raise Fault("the expression ends where something is still missing", token.position)
        raise Fault(f"`{token.text}` is not expected here", token.position)

    def _call(self, name: Token) -> Operand:
        function = self._functions.get(name.text)
        if function is None:
            known = ", ".join(f"`{each}`" for each in self._functions)
            raise Fault(f"there is no function `{name.text}`", name.position, f"use one of {known}")
        self._expect("(")
        arguments: list[Token] = []
        while self._now.kind in (Kind.INTEGER, Kind.FLOAT, Kind.STRING):
            arguments.append(self._take())
            if not self._takes_comma():
                break
        self._expect(")")
        return function.call(name, tuple(arguments))

    def _takes_comma(self) -> bool:
        comma = self._now.kind is Kind.OPERATOR and self._now.text == ","
        self._at += comma
        return comma

    def _expect(self, text: str) -> None:
        token = self._take()
        if token.kind is not Kind.OPERATOR or token.text != text:
            found = f"`{token.text}`" if token.text else "the end"
            raise Fault(f"`{text}` is expected instead of {found}", token.position)


def _condition(operand: Operand, start: Token) -> Condition:
    if isinstance(operand, Token):
        raise Fault(f"`{operand.text}` alone is no condition", operand.position, "compare a figure with it")
    if isinstance(operand, Figure):
        raise Fault("a figure alone is no condition", start.position, f"write `{start.text}(…) > {operand.example}`")
    return operand


def _compared(left: Operand, operator: Token, right: Operand) -> Condition:
    if not isinstance(left, Figure):
        raise Fault("a comparison has a figure on its left", operator.position, "turn it round")
    if not isinstance(right, Token):
        raise Fault("a comparison has a plain value on its right", operator.position)
    if right.kind is not left.literal:
        message = f"this figure compares with {left.literal.value}, not with `{right.text}`"
        raise Fault(message, right.position, f"write e.g. `{left.example}`")
    if isinstance(left, Quantity):
        return Compare(
            figure=left.name, arguments=left.arguments, operator=operator.text, value_millionths=right.millionths()
        )
    if operator.text not in ("==", "!="):
        raise Fault("a text is either equal or not", operator.position, "write `==` or `!=`")
    return RequestMethod(operator=operator.text, method=right.content())
