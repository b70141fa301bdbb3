"""Arguments that come in pairs: query parameters and header fields."""

from collections.abc import Iterator, Sequence

from pointsman.model.plan import HeaderPair, QueryPair
from pointsman.rules.faults import RuleFault
from pointsman.rules.header_names import canonical_header
from pointsman.rules.templates import QUERY_VARIABLE, Template, parse_template, regex_of


def query_pairs(arguments: Sequence[str], position: int) -> list[tuple[QueryPair, Template]] | RuleFault:
    """`k=v` arguments as pairs, each with the template of its value.

    compat(1.7): the arguments are cut at every `=` and paired anew, so `foo,bar` means `foo=bar`.
    """
    words = [word for argument in arguments for word in argument.split("=")]
    if len(words) % 2:
        return _odd("Query", position, "write each argument as `key=value`")
    pairs = []
    for key, value in _paired(words):
        template = parse_template(value, position)
        if isinstance(template, RuleFault):
            return template
        regex = f"^{regex_of(template, QUERY_VARIABLE)}$" if value else None
        pairs.append((QueryPair(key=key, regex=regex), template))
    return pairs


def header_pairs(arguments: Sequence[str], position: int, *, regexp: bool) -> tuple[HeaderPair, ...] | RuleFault:
    """`name,value,…` arguments as pairs; an empty value asks only for the header's presence."""
    if len(arguments) % 2:
        return _odd("HeadersRegexp" if regexp else "Headers", position, "write `name,value`")
    pairs = []
    for raw, value in _paired(arguments):
        name = canonical_header(raw)
        if regexp or not value:
            pairs.append(HeaderPair(name=name, regex=value))
        else:
            pairs.append(HeaderPair(name=name, value=value))
    return tuple(pairs)


def _paired(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(words[::2], words[1::2], strict=True)


def _odd(name: str, position: int, remedy: str) -> RuleFault:
    return RuleFault(message=f"`{name}` has an odd number of names and values", position=position, remedy=remedy)
