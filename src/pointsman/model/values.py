"""Text to values, as Go and Traefik 1.7 read them. Every function raises ValueError with a sentence for the user."""

import re

_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_UNIT_NAMES = "ns|us|µs|μs|ms|s|m|h"
_DURATION_PART = re.compile(rf"(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?(?P<unit>{_UNIT_NAMES})")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_SIZE = re.compile(r"(?P<number>[0-9]+)\s*(?P<unit>[kmg]i?b?|b)?", re.IGNORECASE)
_SIZE_UNITS = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_MAX_DIGITS = 32
INT64_MAX = 2**63 - 1


def parse_duration(text: str) -> int:
    """A Go duration (`1m30s`, `1.5h`, `-2ms`, `0`) in nanoseconds, as time.ParseDuration reads it."""
    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    total, at = 0, 0
    while at < len(rest):
        part = _DURATION_PART.match(rest, at)
        if part is None or not (part["whole"] or part["fraction"]) or len(part[0]) > _MAX_DIGITS:
            break
        unit, fraction = _UNITS_NS[part["unit"]], part["fraction"] or "0"
        total += int(part["whole"] or "0") * unit + int(fraction) * unit // 10 ** len(fraction)
        at = part.end()
    if not rest or at < len(rest):
        raise ValueError("is not a duration; write a number with a unit, like `500ms`, `30s` or `1m30s`")
    if total > INT64_MAX:
        raise ValueError("is a longer duration than 292 years")
    return sign * total


def parse_duration_or_seconds(text: str) -> int:
    """As `parse_duration`, but a bare integer counts seconds, as everywhere in Traefik 1.7's configuration."""
    return seconds(parse_int(text)) if _INTEGER.fullmatch(text) else parse_duration(text)


def seconds(count: int) -> int:
    """Nanoseconds of a whole number of seconds."""
    if abs(count) * 1_000_000_000 > INT64_MAX:
        raise ValueError("is a longer duration than 292 years")
    return count * 1_000_000_000


def parse_bool(text: str) -> bool:
    """As Go's strconv.ParseBool: 1, t, T, TRUE, true, True and their opposites; nothing else."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("is neither `true` nor `false`")


def parse_int(text: str) -> int:
    """A decimal integer of 64 bits."""
    if not _INTEGER.fullmatch(text):
        raise ValueError("is not a whole number")
    if len(text) > _MAX_DIGITS or not -INT64_MAX - 1 <= int(text) <= INT64_MAX:
        raise ValueError("does not fit into 64 bits")
    return int(text)


def parse_float(text: str) -> float:
    """A finite decimal number."""
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", text) or len(text) > 100:
        raise ValueError("is not a number")
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("is too large a number")
    return number


def parse_size(text: str) -> int:
    """Bytes: a whole number, alone or with k, M, G (powers of 1000) or Ki, Mi, Gi (powers of 1024)."""
    found = _SIZE.fullmatch(text)
    if found is None or len(text) > _MAX_DIGITS:
        raise ValueError("is not a size; write bytes, or a number with a unit, like `64KiB`")
    unit = (found["unit"] or "").lower()
    size = int(found["number"]) * _SIZE_UNITS[unit if unit == "b" else unit.removesuffix("b")]
    if size > INT64_MAX:
        raise ValueError("does not fit into 64 bits")
    return size


def split_list(text: str) -> tuple[str, ...]:
    """The elements of a list given as one text: split at `,` and `;`, trimmed, empty ones left out."""
    return tuple(part.strip() for part in re.split("[,;]", text) if part.strip())


def show_duration(nanoseconds: int) -> str:
    """The shortest Go spelling of a duration: `1m30s`, `500ms`, `0s`."""
    if nanoseconds < 0:
        return "-" + show_duration(-nanoseconds)
    if 0 < nanoseconds < 1_000_000_000:
        unit = next(name for name in ("ms", "us", "ns") if nanoseconds % _UNITS_NS[name] == 0)
        return f"{nanoseconds // _UNITS_NS[unit]}{unit}"
    minutes, rest = divmod(nanoseconds, _UNITS_NS["m"])
    hours, minutes = divmod(minutes, 60)
    whole, fraction = divmod(rest, 1_000_000_000)
    shown = (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
    if rest or not shown:
        shown += f"{whole}" + (f".{fraction:09d}".rstrip("0") if fraction else "") + "s"
    return shown
