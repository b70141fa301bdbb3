"""Templates: literal text with `{name}` or `{name:regexp}` in it, to regular expressions in RE2 syntax."""

import msgspec

from pointsman.model.plan import Pattern
from pointsman.rules.faults import RuleFault

PATH_VARIABLE = "[^/]+"
HOST_VARIABLE = "[^.]+"
QUERY_VARIABLE = ".*"
SUBDOMAIN = "[A-Za-z0-9-_]+"
"""The regexp by which a Kubernetes wildcard host is written; the router knows it as one label."""

_META = frozenset("\\.+*?()|[]{}^$")


class Variable(msgspec.Struct, frozen=True):
    """A `{name}` or `{name:regexp}`."""

    name: str
    regexp: str | None


Template = tuple[str | Variable, ...]
"""Literal texts and variables in order."""


def parse_template(text: str, position: int = 0) -> Template | RuleFault:
    """Cuts at balanced braces; faults name `position`, the start of the part they are in."""
    pieces: list[str | Variable] = []
    depth = start = end = 0
    for index, char in enumerate(text):
        if char == "{":
            depth += 1
            if depth == 1:
                start = index
        elif char == "}":
            depth -= 1
            if depth < 0:
                break
            if depth == 0:
                variable = _variable(text[start + 1 : index], position)
                if isinstance(variable, RuleFault):
                    return variable
                pieces += [text[end:start], variable]
                end = index + 1
    if depth:
        return RuleFault(message=f"the braces in `{text}` are not balanced", position=position)
    return tuple(piece for piece in (*pieces, text[end:]) if piece != "")


def _variable(inner: str, position: int) -> Variable | RuleFault:
    name, colon, regexp = inner.partition(":")
    if not name or (colon and not regexp):
        message = f"`{{{inner}}}` has no {'regexp' if name else 'name'}"
        return RuleFault(message=message, position=position, remedy="write `{name}` or `{name:regexp}`")
    if colon and not groups_balanced(regexp):
        return RuleFault(message=f"the parentheses in `{{{inner}}}` are not balanced", position=position)
    return Variable(name, regexp if colon else None)


def groups_balanced(regexp: str) -> bool:
    """Whether every `(` outside classes and escapes has its `)`: without it a variable could end its own group."""
    depth = 0
    index = 0
    while index < len(regexp):
        char = regexp[index]
        if char == "\\":
            index += 1
        elif char == "[":
            index = _class_end(regexp, index)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                return False
        index += 1
    return depth == 0 and index == len(regexp)


def _class_end(regexp: str, index: int) -> int:
    """Index of the `]` that closes the class opened at `index`; past the end when there is none."""
    index += 1
    if regexp[index : index + 1] == "^":
        index += 1
    if regexp[index : index + 1] == "]":
        index += 1
    while index < len(regexp) and regexp[index] != "]":
        index += 2 if regexp[index] == "\\" else 1
    return index if index < len(regexp) else len(regexp) + 1


def quote(text: str) -> str:
    """The text as a regular expression that matches just it."""
    return "".join("\\" + char if char in _META else char for char in text)


def regex_of(template: Template, default: str) -> str:
    """The template as a regular expression without anchors; `default` stands in for a variable without its own."""
    return "".join(quote(p) if isinstance(p, str) else f"(?:{p.regexp or default})" for p in template)


def names_of(template: Template) -> frozenset[str]:
    """Names of the template's variables."""
    return frozenset(piece.name for piece in template if isinstance(piece, Variable))


def is_literal(template: Template) -> bool:
    """Whether there is no variable in it."""
    return all(isinstance(piece, str) for piece in template)


def literal_prefix(template: Template) -> str:
    """The text before the first variable."""
    return template[0] if template and isinstance(template[0], str) else ""


def host_pattern(text: str, position: int) -> Pattern | RuleFault:
    """A host template as a pattern over the whole host, in any letter case."""
    template = parse_template(text, position)
    if isinstance(template, RuleFault):
        return template
    return Pattern(source=text, regex=f"(?i)^{regex_of(template, HOST_VARIABLE)}$", wildcard=_wildcard_suffix(template))


def _wildcard_suffix(template: Template) -> str | None:
    match template:
        case (Variable(regexp=re), str(suffix)) if re == SUBDOMAIN and suffix.startswith("."):
            return suffix.lower()
    return None
