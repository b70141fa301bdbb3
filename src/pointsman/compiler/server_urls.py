"""Server addresses: `scheme://host[:port]`; what follows only tells servers apart."""

import re

import msgspec

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)", re.ASCII)
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+(%[0-9A-Za-z.~_-]+)?\]|[A-Za-z0-9._~-]+)(:(?P<port>[0-9]*))?", re.ASCII)
_SCHEMES = {"http": ("http", 80), "https": ("https", 443), "h2c": ("h2c", 80)}
"""Names and default ports. Plan strings come from here: the encoder leaves defaults out by identity."""


class ServerUrl(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server is."""

    scheme: str
    """`http`, `https` or `h2c`."""
    host: str
    """`host[:port]` as written."""
    address: str
    """`host:port`, the scheme's port where none is written."""
    path: str = ""
    """As written; requests don't get it."""


def parse_server_url(text: str) -> ServerUrl | str:
    """The parts of a server's URL, or what is wrong with it. Query and user name are left out."""
    url = _URL.match(text)
    if url is None:
        return "this is no URL"
    known = _SCHEMES.get(url["scheme"].lower())
    if known is None:
        return f"servers with the scheme `{url['scheme']}` are not supported"
    scheme, default_port = known
    host = _HOST.fullmatch(url["authority"].rpartition("@")[2])
    if host is None:
        return "the URL has no usable host"
    port = host["port"] or ""
    if port and (len(port) > 5 or not 0 < int(port) <= 65_535):
        return "the port is out of range"
    name = host["name"]
    shown = f"{name}:{port}" if port else name
    address = f"{name}:{int(port) if port else default_port}"
    return ServerUrl(scheme=scheme, host=shown, address=address, path=url["path"])
