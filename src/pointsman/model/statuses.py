"""Status codes and ranges of them, as options write them: `200`, `500-599`."""

import re

_RANGE = re.compile(r"\s*([0-9]{3})\s*(?:-\s*([0-9]{3})\s*)?")


def status_ranges(codes: tuple[str, ...]) -> tuple[tuple[int, int], ...] | None:
    """First and last of each range; None when one is malformed. compat(1.7): then the filter is off."""
    ranges: list[tuple[int, int]] = []
    for code in codes:
        found = _RANGE.fullmatch(code)
        if found is None:
            return None
        ranges.append((int(found[1]), int(found[2] or found[1])))
    return tuple(ranges)
