"""Value syntaxes of annotations: lists, maps, YAML, and the escapes that Traefik 1.7's TOML step undid."""

import re
from collections.abc import Callable
from typing import NamedTuple

from pointsman.model.values import parse_duration_or_seconds, parse_int
from pointsman.providers.yaml_source import Value, YamlError, single

_ESCAPE = re.compile(r'\\(?:[btnfr"\\]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})')
_BODY = re.compile(rf'(?:[^"\\\r\n\0]|{_ESCAPE.pattern})*')
_SIMPLE = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def toml_body(text: str) -> str | None:
    """What the text means inside TOML's double quotes, or None when it can't stand there."""
    if _BODY.fullmatch(text) is None:
        return None
    if "\\" not in text:
        return text
    try:
        return _ESCAPE.sub(_unescape_one, text)
    except ValueError:
        return None


def _unescape_one(match: re.Match[str]) -> str:
    body = match[0][1:]
    if len(body) == 1:
        return _SIMPLE[body]
    code = int(body[1:], 16)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("a surrogate is not a character")
    return chr(code)


def unescape(text: str) -> str:
    """compat(1.7): annotations passed through TOML, so `\\\\.` means `\\.`; what TOML refuses is taken as it is."""
    meaning = toml_body(text)
    return text if meaning is None else meaning


def parse_list(text: str) -> tuple[str, ...]:
    """Comma-separated, trimmed, empty items dropped."""
    return tuple(unescape(item) for part in text.split(",") if (item := part.strip()))


class HeaderMap(NamedTuple):
    """Entries of a `Name:value||Name:value` text, and the entries without a colon."""

    entries: dict[str, str]
    refused: tuple[str, ...]


def parse_map(text: str) -> HeaderMap:
    """Entries separated by `||`; name and value by the first colon, trimmed; names canonicalised."""
    entries: dict[str, str] = {}
    refused: list[str] = []
    for part in text.split("||"):
        name, colon, value = part.partition(":")
        if colon:
            entries[canonical_header(name.strip())] = unescape(value.strip())
        else:
            refused.append(part.strip())
    return HeaderMap(entries, tuple(refused))


def canonical_header(name: str) -> str:
    """`content-type` to `Content-Type`; a text that isn't a header name stays as it is."""
    if _HEADER_NAME.fullmatch(name) is None:
        return name
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


class Fields:
    """Typed reading of a YAML mapping; a value of another type raises YamlError with the key's path."""

    def __init__(self, entries: dict[str, Value], path: str = "") -> None:
        self._entries = entries
        self._path = path
        self._known: set[str] = set()

    @classmethod
    def parse(cls, text: str) -> "Fields":
        """An annotation's YAML; empty text gives no fields. Raises YamlError."""
        return cls._of(single(text), "")

    @classmethod
    def _of(cls, value: Value, path: str) -> "Fields":
        if value is None:
            return cls({}, path)
        if not isinstance(value, dict):
            raise YamlError(f"{path or 'the text'} must be a mapping")
        return cls(value, path)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def text(self, key: str) -> str:
        """A scalar as written; empty when missing or null."""
        value = self._get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise YamlError(f"{self._name(key)} must be a single value")
        return unescape(value)

    def integer(self, key: str) -> int:
        """A number; 0 when missing or null."""
        return self._parsed(key, parse_int)

    def duration(self, key: str) -> int:
        """`3s`, or a bare number of seconds, in nanoseconds; 0 when missing or null."""
        return self._parsed(key, parse_duration_or_seconds)

    def _parsed(self, key: str, parse: Callable[[str], int]) -> int:
        text = self.text(key)
        try:
            return parse(text) if text else 0
        except ValueError as error:
            raise YamlError(f"{self._name(key)} {error}") from None

    def flag(self, key: str) -> bool:
        """A YAML boolean; false when missing or null."""
        text = self.text(key)
        if text.lower() not in _YAML_FLAGS:
            raise YamlError(f"{self._name(key)} must be true or false, not {text!r}")
        return _YAML_FLAGS[text.lower()]

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of scalars; empty when missing or null."""
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise YamlError(f"{self._name(key)} must be a list of single values")
        return tuple(unescape(item) for item in value)

    def fields(self, key: str) -> "Fields":
        """A nested mapping; no fields when missing or null."""
        return Fields._of(self._get(key), self._name(key))

    def each(self) -> dict[str, "Fields"]:
        """All entries as mappings, by key."""
        return {unescape(key): self.fields(key) for key in self._entries}

    def scalars(self) -> dict[str, str]:
        """All entries as scalars, by key; null is empty."""
        return {key: self.text(key) for key in self._entries}

    def unread(self) -> tuple[str, ...]:
        """Keys that no method asked for."""
        return tuple(self._name(key) for key in self._entries if key not in self._known)

    def _get(self, key: str) -> Value:
        self._known.add(key)
        return self._entries.get(key)

    def _name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


_YAML_FLAGS = {"": False}
_YAML_FLAGS.update(dict.fromkeys(("y", "yes", "on", "true"), True))
_YAML_FLAGS.update(dict.fromkeys(("n", "no", "off", "false"), False))
