"""Path arguments to patterns."""

from pointsman.model.plan import Pattern
from pointsman.rules.faults import RuleFault
from pointsman.rules.templates import (
    PATH_VARIABLE,
    Template,
    is_literal,
    literal_prefix,
    parse_template,
    regex_of,
)


def whole_path(text: str, position: int, *, redirect_slash: bool) -> tuple[Pattern, Template] | RuleFault:
    """A `Path` argument: compared with, or a regex over, the whole path.

    With `redirect_slash` the regex also accepts the other spelling of the last slash, which the router then redirects.
    """
    template = _rooted(text, position)
    if isinstance(template, RuleFault):
        return template
    slash = text.endswith("/")
    if is_literal(template):
        return Pattern(source=text, literal=text, slash=slash), template
    prefix = literal_prefix(template)
    if not redirect_slash:
        return Pattern(
            source=text, regex=f"^{regex_of(template, PATH_VARIABLE)}$", prefix=prefix, slash=slash
        ), template
    bare = parse_template(text.removesuffix("/"), position)
    if isinstance(bare, RuleFault):
        return bare
    return Pattern(source=text, regex=f"^{regex_of(bare, PATH_VARIABLE)}/?$", prefix=prefix, slash=slash), template


def path_prefix(text: str, position: int) -> tuple[Pattern, Template] | RuleFault:
    """A `PathPrefix` argument: a plain string, or, with a `{` in it, a regex anchored at the start.

    compat(1.7): a plain one without leading slash is no mistake; it matches no path.
    """
    if "{" not in text:
        return Pattern(source=text, literal=text), (text,)
    template = _rooted(text, position)
    if isinstance(template, RuleFault):
        return template
    regex = f"^{regex_of(template, PATH_VARIABLE)}"
    return Pattern(source=text, regex=regex, prefix=literal_prefix(template)), template


def strip_regex(text: str, position: int) -> str | RuleFault:
    """The regex, anchored at the start, of what a regex strip part cuts."""
    template = _rooted(text, position)
    return template if isinstance(template, RuleFault) else f"^{regex_of(template, PATH_VARIABLE)}"


def _rooted(text: str, position: int) -> Template | RuleFault:
    if not text.startswith("/"):
        message = f"the path `{text}` does not start with `/`"
        return RuleFault(message=message, position=position, remedy=f"write `/{text}`")
    return parse_template(text, position)
