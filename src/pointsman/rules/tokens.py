"""Text of an expression to tokens, as Go's scanner reads it: numbers, strings, names, operators."""

import enum
import json
import re
from decimal import Decimal, InvalidOperation

import msgspec

_LONGEST = 4096
_TOKEN = re.compile(
    r"""(?P<float>[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
      | (?P<integer>[0-9]+)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>&&|\|\||[=!<>]=|[<>(),])""",
    re.VERBOSE,
)
_MILLION = 1_000_000
_INT64_MAX = 2**63 - 1


class Kind(enum.Enum):
    """What a token is, in the words of a message."""

    INTEGER = "a whole number"
    FLOAT = "a number with a decimal point"
    STRING = "a text in quotes"
    NAME = "a name"
    OPERATOR = "an operator"
    END = "the end"


class Fault(Exception):
    """A mistake at a position; never leaves this package."""

    def __init__(self, message: str, position: int, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.position, self.remedy = message, position, remedy


class Token(msgspec.Struct, frozen=True):
    """One word, and the characters before it."""

    kind: Kind
    text: str
    position: int

    def number(self) -> Decimal:
        """The value of a number. Raises Fault."""
        try:
            number = Decimal(self.text)
        except InvalidOperation:
            number = Decimal(_INT64_MAX)
        if number >= _INT64_MAX // _MILLION:
            raise Fault(f"{self.text[:40]} is too large a number", self.position)
        return number

    def millionths(self) -> int:
        """The value of a number, in millionths. Raises Fault."""
        return int((self.number() * _MILLION).to_integral_value())

    def content(self) -> str:
        """The text of a string. Raises Fault."""
        if self.text[0] == "`":
            return self.text[1:-1]
        try:
            return str(json.loads(self.text))
        except ValueError:
            raise Fault("this text has an escape that is not known", self.position) from None


def tokens(text: str) -> tuple[Token, ...]:
    """All tokens with an END at last. Raises Fault."""
    if len(text) > _LONGEST:
        raise Fault(f"the expression is longer than {_LONGEST} characters", 0)
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise Fault(f"`{text[at]}` is not known in an expression", at, _remedy(text, at))
        found.append(Token(Kind[str(match.lastgroup).upper()], match[0], at))
        at = match.end()
    return (*found, Token(Kind.END, "", len(text)))


def _remedy(text: str, at: int) -> str:
    return {"!": "there is no `!`: turn the comparison round", "&": "write `&&`", "|": "write `||`"}.get(text[at], "")
