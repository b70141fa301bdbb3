"""Canonical spelling of HTTP field names."""

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def is_token(name: str) -> bool:
    """Whether this is a field name or method of RFC 9110 section 5.6.2."""
    return bool(name) and all(char in _TOKEN for char in name)


def canonical_header(name: str) -> str:
    """`x-my-HEADER` as `X-My-Header`; a name that is no token stays as it is (compat(1.7): Go's canonical MIME key)."""
    if not is_token(name):
        return name
    return "-".join(word[:1].upper() + word[1:].lower() for word in name.split("-"))
