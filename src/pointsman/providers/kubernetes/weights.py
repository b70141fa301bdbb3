"""`service-weights`: percentages by service to weights by server, in integers of 0.001 %."""

import decimal
from collections.abc import Callable, Mapping
from typing import NamedTuple

from pointsman.providers.kubernetes.objects import IngressPath
from pointsman.providers.kubernetes.values import Fields
from pointsman.providers.yaml_source import YamlError

WHOLE = 100_000
"""100 %."""

_SCALE = decimal.Decimal(WHOLE)
_PRECISE = decimal.Context(prec=400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
_INT64 = 1 << 63


class WeightError(Exception):
    """Weights that can't be used; the whole Ingress is skipped."""

    def __init__(self, message: str, remedy: str = "give percentages that add up to 100, or leave one service out"):
        super().__init__(message)
        self.remedy = remedy


class Share(NamedTuple):
    """Whom a weight is for, within one rule."""

    path: str
    path_type: str
    service: str


def parse_percentage(text: str) -> int:
    """`12.5%` or `12.5` to 12500. Raises WeightError."""
    body = text.removesuffix("%")
    if body != body.strip() or "_" in body:
        raise WeightError(f"{text!r} is not a percentage")
    try:
        number = float(body)
        units = int(_PRECISE.multiply(decimal.Decimal(repr(number)), _SCALE))
    except (ValueError, OverflowError, decimal.InvalidOperation):
        raise WeightError(f"{text!r} is not a percentage") from None
    if not -_INT64 <= units < _INT64:
        raise WeightError(f"{text!r} is out of range")
    return _divide(units, 100)


def parse_weights(text: str) -> dict[str, int]:
    """The annotation's map, service to units. Raises WeightError."""
    try:
        scalars = Fields.parse(text).scalars()
    except YamlError as error:
        raise WeightError(f"not a map of service to percentage: {error}") from None
    return {service: parse_percentage(value) for service, value in scalars.items()}


def allocate(
    paths: tuple[IngressPath, ...], weights: Mapping[str, int], instances: Callable[[str], int]
) -> dict[Share, int]:
    """Weight of each server, by path and service of one rule.

    `instances` gives a service's number of servers and may raise WeightError. Services that the map leaves out share
    what is left, by their number of servers. Raises WeightError when the sum isn't 100 %.
    """
    rest: dict[tuple[str, str], int] = {}
    omitted: dict[tuple[str, str], list[str]] = {}
    shares: dict[Share, int] = {}
    for path in paths:
        place, service = (path.path, path.path_type), path.backend.service
        rest.setdefault(place, WHOLE)
        count = instances(service)
        if service not in weights:
            omitted.setdefault(place, []).append(service)
            continue
        shares[Share(*place, service)] = _divide(weights[service], count)
        rest[place] -= weights[service]
        if rest[place] < 0:
            raise WeightError(f"the weights of path {path.path or '/'!r} exceed 100 %")
    for place, left in rest.items():
        services = omitted.get(place, [])
        if not services and left > 0:
            raise WeightError(f"the weights of path {place[0] or '/'!r} add up to less than 100 %")
        each = _divide(left, sum(instances(service) for service in services))
        shares.update({Share(*place, service): each for service in services})
    return shares


def _divide(number: int, by: int) -> int:
    """Truncating division; 0 when divided by 0."""
    if by == 0:
        return 0
    quotient = abs(number) // by
    return quotient if number >= 0 else -quotient
