"""Custom headers to edits."""

from collections.abc import Mapping

from pointsman.compiler.report import Report
from pointsman.model.plan import HeaderEdit
from pointsman.rules import canonical_header
from pointsman.rules.header_names import is_token

_OURS = frozenset(
    {
        "Connection",
        "Content-Length",
        "Host",
        "Keep-Alive",
        "Proxy-Connection",
        "Te",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    }
)
"""They belong to one connection or frame the message: the proxy writes them. compat(1.7): `Host` has no effect."""


def header_edits(key: str, headers: Mapping[str, str], report: Report) -> tuple[HeaderEdit, ...]:
    """Edits by canonical name, in the order of names; what cannot be sent is left out with a Problem."""
    edits = {}
    for name, value in sorted(headers.items()):
        canonical = canonical_header(name)
        if not is_token(name):
            report.error(key, "this is no header name: the header is left out", value=name)
        elif canonical in _OURS:
            report.warning(key, "the proxy sets this header itself: the entry has no effect", value=name)
        elif not is_field_value(value):
            report.error(f"{key}.{name}", "the value has characters that no header may have: the header is left out")
        else:
            edits[canonical] = HeaderEdit(name=canonical, value=value.strip(" \t"))
    return tuple(edits.values())


def is_field_value(value: str) -> bool:
    """Whether a header may have this value: RFC 9110 section 5.5, other bytes as UTF-8."""
    return all(char == "\t" or (char >= " " and char != "\x7f") for char in value) and _encodes(value)


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
