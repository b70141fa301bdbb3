"""The reference page docs/configuration.md, made from the options: `python -m pointsman.config.reference`."""

import sys
from collections.abc import Iterator

from pointsman.config import unsupported
from pointsman.config.compact import OPTIONS
from pointsman.config.flags import SHORT
from pointsman.config.schema import ListOf, MapOf, One, Option
from pointsman.config.sections import Section, notes, sections, shown_default

_INTRODUCTION = """\
# Configuration reference

The static configuration: what is fixed while Pointsman runs. Option names and meanings are those of Traefik 1.7; where
Pointsman differs on purpose, [compatibility](compatibility.md) says so.

This page is generated from the sources: `python -m pointsman.config.reference > docs/configuration.md`.

## How options are given

An option is the same in three places, in any letter case. Flags win over the environment, the environment over the
file, option by option; a list or a map is replaced as a whole. The flag of a list may be given several times.

| place | `api.entryPoint` | a switch | a list |
| --- | --- | --- | --- |
| flag | `--api.entryPoint=traefik`, `--api.entryPoint traefik` | `--api`, `--debug` | `--kubernetes.namespaces=a,b` |
| environment | `POINTSMAN_API__ENTRYPOINT=traefik` | `POINTSMAN_API=true` | `POINTSMAN_KUBERNETES__NAMESPACES=a,b` |
| TOML file | `[api]` `entryPoint = "traefik"` | `[api]`, `debug = true` | `namespaces = ["a", "b"]` |

- The file is the one that `--configFile` names; a directory stands for its `traefik.toml`, and variables (`$HOME`) are
  filled in. Without `--configFile` it is the first that exists of `/etc/traefik/traefik.toml`,
  `$HOME/.traefik/traefik.toml` and `./traefik.toml`; none is fine.
- A section that is off by default is switched on by its name alone, and by any of its options. `--api=false` switches
  off what the file switched on.
- Durations: `500ms`, `30s`, `1m30s`, or a number of seconds. Sizes: bytes, or `64KiB`.
- An unknown flag, a value of the wrong type and a file that is missing or not TOML forbid the start. An unknown key
  in the file is a warning; with `--security=strict` it forbids the start too.
- Environment variables that name no option are ignored.
"""


def page() -> str:
    """The whole page as Markdown."""
    lines = [_INTRODUCTION]
    for section in sections():
        lines += _section(section)
        if section.path == ("entryPoints", "NAME"):
            lines += _compact()
    lines += _unsupported()
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    name = ".".join(section.path)
    said = "".join(f" *({note})*" for note in notes(section.marks))
    yield f"## `[{name}]`" if name else "## Global options"
    yield ""
    if name:
        yield f"{section.doc}{said}{' Off until it is named.' if section.switched else ''}"
        yield ""
    if section.options:
        yield "| option | type | default | |"
        yield "| --- | --- | --- | --- |"
        for option in section.options:
            yield _line(option, section)
        yield ""


def _line(option: Option, section: Section) -> str:
    short = next((f", `-{letter}`" for letter, name in SHORT.items() if not section.path and name == option.name), "")
    default = shown_default(option)
    said = "".join(f" *({note})*" for note in notes(option.marks - section.marks))
    cells = (f"`{option.name}`{short}", _type(option), f"`{default}`" if default else "", f"{option.doc}{said}")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(option: Option) -> str:
    match option.shape:
        case One(choices=choices) if choices:
            return " or ".join(f"`{choice}`" for choice in choices)
        case One(kind=kind):
            return kind.value.removeprefix("a ").replace("`true` or `false`", "boolean")
        case ListOf():
            return "list"
        case MapOf():
            return "map"
        case _:
            return ""


def _compact() -> Iterator[str]:
    yield "As a flag, an entry point is one text, the flag once for each; together they replace those of the file:"
    yield "`--entryPoints='Name:https Address::443 TLS:cert.pem,key.pem ForwardedHeaders.TrustedIPs:10.0.0.0/8'`."
    yield "Booleans are `true`, `on` or `enable`. `TLS` alone is TLS without a certificate, `TLS:a,b;c,d` with two."
    yield ""
    yield "| in the flag | in the file |"
    yield "| --- | --- |"
    for name, path in OPTIONS.items():
        yield f"| `{name}` | `{path.rstrip('?')}` |"
    yield ""


def _unsupported() -> Iterator[str]:
    yield "## Options of Traefik 1.7 without effect"
    yield ""
    yield "They are read, and reported by name at the start. So is every option above that has *no effect yet*."
    yield ""
    for name in (*unsupported.sections(), *unsupported.single_keys()):
        yield f"- `{name}`"


if __name__ == "__main__":
    sys.stdout.write(page())
