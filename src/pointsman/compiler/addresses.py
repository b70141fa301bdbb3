"""Addresses and CIDR ranges."""

import ipaddress
from collections.abc import Iterable


def parse_ranges(texts: Iterable[str]) -> tuple[str, ...] | str:
    """Canonical addresses and CIDR ranges without repetitions, or the first text that is neither.

    Host bits in a range are allowed (`1.2.3.4/24`); netmasks, zones and surrounding space are not.
    """
    ranges: dict[str, None] = {}
    for text in texts:
        canonical = _canonical(text)
        if canonical is None:
            return text
        ranges[canonical] = None
    return tuple(ranges)


def _canonical(text: str) -> str | None:
    address, slash, bits = text.partition("/")
    if "%" in address or (slash and not (bits.isascii() and bits.isdigit())):
        return None
    try:
        return str(ipaddress.ip_network(text, strict=False) if slash else ipaddress.ip_address(text))
    except ValueError:
        return None
