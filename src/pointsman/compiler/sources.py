"""What requests are counted by: `client.ip`, `request.host`, `request.header.NAME`."""

from pointsman.rules import canonical_header
from pointsman.rules.header_names import is_token

REMEDY = "write `client.ip`, `request.host` or `request.header.NAME`"
_HEADER = "request.header."


def source(extractor: str) -> str | None:
    """The extractor in canonical form, or None when there is no such one."""
    if extractor in ("client.ip", "request.host"):
        return extractor
    name = extractor.removeprefix(_HEADER)
    if name == extractor or not is_token(name):
        return None
    return _HEADER + canonical_header(name)
