"""The text of `--help`, made from the options themselves."""

import textwrap
from collections.abc import Iterator, Mapping

from pointsman.config import unsupported
from pointsman.config.compact import OPTIONS
from pointsman.config.flags import SHORT
from pointsman.config.schema import Kind, One, Option
from pointsman.config.sections import Section, notes, placeholder, sections, shown_default
from pointsman.model.options import Mark

_COLUMN, _WIDE_COLUMN = 36, 46
_WIDE = 96
"""Lines this long have room for longer flags beside their documentation."""
_INTRODUCTION = (
    "Options may be written in any letter case, as flags (--section.key=value or --section.key value), in a TOML file"
    " ([section] key = value), or in the environment (POINTSMAN_SECTION__KEY=value). Flags win over the environment,"
    " the environment over the file. Durations are written like 500ms, 30s or 1m30s; a bare number is seconds."
)
_FILES = (
    "Without --configFile the first of /etc/traefik/traefik.toml, $HOME/.traefik/traefik.toml and ./traefik.toml"
    " is read, if there is one."
)


def render(width: int = 100, commands: Mapping[str, str] | None = None) -> str:
    """The whole help text, its lines at most `width` (60 to 120) characters long; `commands` says what each does."""
    width = min(max(width, 60), 120)
    lines = [
        "Usage: pointsman [COMMAND] [OPTIONS]",
        "",
        *textwrap.wrap("Reverse proxy and Kubernetes ingress controller that runs Traefik 1.7 configuration.", width),
        "",
    ]
    if commands:
        lines += [
            "Commands:",
            *(line for word in commands.items() for line in _row(f"  {word[0]}", word[1], width, 16)),
            "",
        ]
    lines += [*textwrap.wrap(_INTRODUCTION, width), "", *textwrap.wrap(_FILES, width)]
    for section in sections():
        if section.path[:1] == ("entryPoints",):
            lines += _entry_points(width) if len(section.path) == 2 else []
        elif Mark.DEPRECATED not in section.marks:
            lines += _section(section, width)
    lines += ["", *textwrap.wrap(_unsupported(), width), ""]
    return "\n".join(lines)


def _section(section: Section, width: int) -> Iterator[str]:
    """A section's heading and a row per option; deprecated options are on the reference page only."""
    name = ".".join(section.path)
    yield ""
    yield from textwrap.wrap(_titled(name, section.doc, notes(section.marks)), width, subsequent_indent="  ")
    if section.switched:
        yield from _row(f"      --{name}", "Switch this on, with its defaults", width)
    for option in section.options:
        if Mark.DEPRECATED not in option.marks:
            yield from _row(_flag(section, option), _doc(option), width)


def _titled(name: str, doc: str, notices: tuple[str, ...]) -> str:
    heading = f"{name}: {doc.rstrip('.').replace('`', '')}" if name else doc
    return heading + (f" ({', '.join(notices)})" if notices else "") + ":"


def _flag(section: Section, option: Option) -> str:
    short = next((f"-{letter}, " for letter, name in SHORT.items() if not section.path and name == option.name), "    ")
    bare = option.shape == One(Kind.BOOL) and option.default is not True
    value = "" if bare else f"={'true|false' if option.default is True else placeholder(option.shape)}"
    return f"  {short}--{'.'.join((*section.path, option.name))}{value}"


def _doc(option: Option) -> str:
    default = shown_default(option)
    extra = [*([f"default {default}"] if default else []), *notes(option.marks)]
    doc = option.doc.rstrip(".").replace("`", "")
    return doc + (f" [{', '.join(extra)}]" if extra else "")


def _entry_points(width: int) -> Iterator[str]:
    yield ""
    yield "entryPoints: Where we listen; http on :80 if none is given:"
    yield from _row("      --entryPoints='Name:http Address::80 OPTION:VALUE ...'", "Once for each", width)
    later = [name for name in OPTIONS if name.startswith(("TLS", "CA", "Auth.Forward.TLS"))]
    yield from _words("Options: ", [name for name in OPTIONS if name not in later], width)
    yield from _words("No effect yet: ", ["TLS", *later], width)


def _words(title: str, words: list[str], width: int) -> list[str]:
    text = title + ", ".join(words) + "."
    return textwrap.wrap(
        text, width, initial_indent=" " * 6, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False
    )


def _unsupported() -> str:
    names = ", ".join(unsupported.sections())
    return f"Sections of Traefik 1.7 that are read but have no effect yet: {names}."


def _row(left: str, doc: str, width: int, column: int = 0) -> list[str]:
    """An option and what it does, beside each other or below."""
    column = column or (_WIDE_COLUMN if width >= _WIDE else _COLUMN)
    wrapped = textwrap.wrap(doc, width - column, break_on_hyphens=False) or [""]
    if len(left) + 2 > column:
        return [left, *(" " * column + line for line in wrapped)]
    return [f"{left:<{column}}{wrapped[0]}".rstrip(), *(" " * column + line for line in wrapped[1:])]
