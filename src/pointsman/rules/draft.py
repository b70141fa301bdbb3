"""What the parts of one frontend's rules add up to."""

from collections.abc import Sequence

from pointsman.model.plan import (
    AddPrefix,
    Matcher,
    Modifier,
    ReplacePath,
    ReplacePathRegex,
    StripPrefix,
    StripPrefixRegex,
)
from pointsman.rules.faults import RuleFault
from pointsman.rules.templates import Template, names_of


class Draft:
    """Collects matchers and, per kind, the last modifier; not shared, thrown away after one frontend."""

    def __init__(self, *, redirect_slash: bool) -> None:
        self.redirect_slash = redirect_slash
        self.matchers: list[Matcher] = []
        self.warnings: list[RuleFault] = []
        self.strip_regexes: Sequence[str] = ()
        self.strips: Sequence[str] = ()
        self.add_prefix = ""
        self.replace_regex: ReplacePathRegex | None = None
        self.replace_path = ""
        self._query_names: frozenset[str] = frozenset()

    def modifiers(self) -> tuple[Modifier, ...]:
        """In 1.7's order of execution, whatever the written order was."""
        chain: list[Modifier] = []
        if self.strip_regexes:
            chain.append(StripPrefixRegex(regexes=tuple(self.strip_regexes)))
        if self.strips:
            chain.append(StripPrefix(prefixes=tuple(self.strips)))
        if self.add_prefix:
            chain.append(AddPrefix(prefix=self.add_prefix))
        if self.replace_regex is not None:
            chain.append(self.replace_regex)
        if self.replace_path:
            chain.append(ReplacePath(path=self.replace_path))
        return tuple(chain)

    def claim_query(self, template: Template, position: int) -> RuleFault | None:
        """Registers the variables of a query template; a name may be used once."""
        fault = self.check_names(template, position)
        self._query_names |= names_of(template)
        return fault

    def check_names(self, template: Template, position: int) -> RuleFault | None:
        """A fault when a variable has the name of one in an earlier `Query`."""
        shared = sorted(self._query_names & names_of(template))
        if not shared:
            return None
        message = f"the variable `{shared[0]}` is already used by a `Query`"
        return RuleFault(message=message, position=position, remedy="give it another name")
