"""The functions of expressions: what arguments each takes and what it gives."""

from collections.abc import Callable, Mapping

import msgspec

from pointsman.model.plan import Condition, IsNetworkError
from pointsman.rules.tokens import Fault, Kind, Token


class Quantity(msgspec.Struct, frozen=True):
    """A number that is measured."""

    name: str
    """`figure` of the plan's `Compare`."""
    arguments: tuple[int, ...]
    literal: Kind
    """What it compares with."""

    @property
    def example(self) -> str:
        """A value for messages."""
        return "0.5" if self.literal is Kind.FLOAT else "100"


class Text(msgspec.Struct, frozen=True):
    """The request's method."""

    literal: Kind = Kind.STRING
    example: str = '"GET"'


Figure = Quantity | Text


class Function(msgspec.Struct, frozen=True):
    """Kinds of the arguments, and what they make. `make` may raise Fault."""

    parameters: tuple[Kind, ...]
    make: Callable[[tuple[Token, ...]], Condition | Figure]

    def call(self, name: Token, arguments: tuple[Token, ...]) -> Condition | Figure:
        """The figure or condition that a call stands for. Raises Fault."""
        if len(arguments) != len(self.parameters):
            wanted = len(self.parameters) or "no"
            raise Fault(f"`{name.text}` takes {wanted} arguments, not {len(arguments)}", name.position)
        for argument, kind in zip(arguments, self.parameters, strict=True):
            if argument.kind is not kind:
                raise Fault(f"`{name.text}` takes {kind.value} here", argument.position)
        return self.make(arguments)


def _ratio(arguments: tuple[Token, ...]) -> Quantity:
    return Quantity("response_code_ratio", tuple(int(each.number()) for each in arguments), Kind.FLOAT)


def _latency(arguments: tuple[Token, ...]) -> Quantity:
    (quantile,) = arguments
    if not 0 <= quantile.number() <= 100:
        raise Fault("the quantile is not between 0.0 and 100.0", quantile.position)
    return Quantity("latency_at_quantile_ms", (int(quantile.number() * 1000),), Kind.INTEGER)


BREAKER: Mapping[str, Function] = {
    "NetworkErrorRatio": Function((), lambda _: Quantity("network_error_ratio", (), Kind.FLOAT)),
    "ResponseCodeRatio": Function((Kind.INTEGER,) * 4, _ratio),
    "LatencyAtQuantileMS": Function((Kind.FLOAT,), _latency),
}
"""Of circuit breakers."""

RETRY: Mapping[str, Function] = {
    "IsNetworkError": Function((), lambda _: IsNetworkError()),
    "Attempts": Function((), lambda _: Quantity("attempts", (), Kind.INTEGER)),
    "ResponseCode": Function((), lambda _: Quantity("response_code", (), Kind.INTEGER)),
    "RequestMethod": Function((), lambda _: Text()),
}
"""Of retries."""
