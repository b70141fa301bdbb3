"""Where the keys and values of a TOML document stand. The text must be valid TOML: tomllib has read it before."""

import re

import msgspec

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\n\r]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_ATOM = re.compile(r"[^,\]}#\n]*")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(["\\bfnrt]))')
_LETTERS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}

Path = tuple[str | int, ...]


class Position(msgspec.Struct, frozen=True):
    """Line and column, from 1."""

    line: int
    column: int


class Places(msgspec.Struct, frozen=True):
    """Positions by path; list items have their index, from 0. Tables without a header of their own: their first key."""

    keys: dict[Path, Position]
    values: dict[Path, Position]


def places(text: str) -> Places:
    """The positions of every key and value."""
    scanner = _Scanner(text)
    scanner.document()
    return Places(scanner.keys, scanner.values)


class _Scanner:
    """One pass over one document."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.line = 0
        self.keys: dict[Path, Position] = {}
        self.values: dict[Path, Position] = {}
        self.counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            table = self._header() if self.text[self.at] == "[" else self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`; the path of the table that follows."""
        opened, listed = self._here(), self.text.startswith("[[", self.at)
        self.at += 2 if listed else 1
        names = self._key()
        self.at += 2 if listed else 1
        path: Path = ()
        for name, position in names[:-1]:
            path = (*path, name)
            self.keys.setdefault(path, position)
            self.values.setdefault(path, opened)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        name, position = names[-1]
        path = (*path, name)
        self.keys.setdefault(path, position)
        if listed:
            self.values.setdefault(path, opened)
            self.counts[path] = self.counts.get(path, 0) + 1
            path = (*path, self.counts[path] - 1)
        self.values[path] = opened
        return path

    def _pair(self, table: Path) -> Path:
        """`a.b = value`; returns the table it is in."""
        path = table
        for name, position in self._key():
            path = (*path, name)
            self.keys.setdefault(path, position)
            self.values.setdefault(path, position)
        self.at += 1
        self._skip(_SPACE)
        self._value(path)
        return table

    def _key(self) -> list[tuple[str, Position]]:
        """The parts of a dotted key; stands behind it and its blanks."""
        names: list[tuple[str, Position]] = []
        while True:
            self._skip(_SPACE)
            position = self._here()
            bare = _BARE.match(self.text, self.at)
            if bare:
                self.at = bare.end()
                names.append((bare[0], position))
            else:
                start = self.at
                self._string()
                names.append((_unquoted(self.text[start : self.at]), position))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _value(self, path: Path) -> None:
        self.values[path] = self._here()
        match self.text[self.at]:
            case "[":
                self._list(path)
            case "{":
                self._inline(path)
            case '"' | "'":
                self._string()
            case _:
                self._skip(_ATOM)

    def _list(self, path: Path) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while self.text[self.at] != "]":
            self._value((*path, index))
            index += 1
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self._skip(_BLANK)
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        self._skip(_BLANK)
        while self.text[self.at] != "}":
            self._pair(path)
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self._skip(_BLANK)
        self.at += 1

    def _string(self) -> None:
        found = next(match for match in (form.match(self.text, self.at) for form in _STRINGS) if match)
        self.at = found.end()

    def _skip(self, form: re.Pattern[str]) -> None:
        found = form.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _here(self) -> Position:
        """The position of `at`, which never goes back."""
        while self.line + 1 < len(self.starts) and self.starts[self.line + 1] <= self.at:
            self.line += 1
        return Position(self.line + 1, self.at - self.starts[self.line] + 1)


def _unquoted(quoted: str) -> str:
    """The name in a quoted key."""
    body = quoted[1:-1]
    if quoted[0] == "'":
        return body
    return _ESCAPE.sub(lambda m: _LETTERS[m[3]] if m[3] else chr(int(m[1] or m[2], 16)), body)
