"""All rules of one frontend to matchers, modifiers and the default priority."""

from collections.abc import Mapping

import msgspec

from pointsman.model.dynamic import RouteRule
from pointsman.model.plan import Matcher, Modifier
from pointsman.rules.draft import Draft
from pointsman.rules.faults import RuleFault
from pointsman.rules.grammar import Part, parse, parse_literal
from pointsman.rules.parts import PARTS


class CompiledRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a frontend's rules mean."""

    matchers: tuple[Matcher, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    warnings: tuple[RuleFault, ...] = ()
    """Mistakes that leave the route in force."""


def compile_rules(routes: Mapping[str, RouteRule], *, redirect_slash: bool = True) -> CompiledRules | RuleFault:
    """All rules of a frontend, joined by AND in the order of their names; or the first fault.

    `redirect_slash`: a request that differs from a `Path` by only a last slash is redirected (`keepTrailingSlash` off).
    """
    draft = Draft(redirect_slash=redirect_slash)
    for _, route in sorted(routes.items()):
        fault = _add(draft, route)
        if fault is not None:
            return msgspec.structs.replace(fault, rule=route.rule)
    return CompiledRules(matchers=tuple(draft.matchers), modifiers=draft.modifiers(), warnings=tuple(draft.warnings))


def priority(routes: Mapping[str, RouteRule]) -> int:
    """1.7's default priority: the UTF-8 bytes of all rules, names, modifiers and spaces included."""
    return sum(len(route.rule.encode("utf-8", "surrogatepass")) for route in routes.values())


def _add(draft: Draft, route: RouteRule) -> RuleFault | None:
    parts = _parts(route)
    if isinstance(parts, RuleFault):
        return parts
    for part in parts:
        for add in PARTS[part.name]:
            fault = add(draft, part)
            if fault is not None:
                return fault
    return None


def _parts(route: RouteRule) -> tuple[Part, ...] | RuleFault:
    if not route.literal:
        return parse(route.rule)
    part = parse_literal(route.rule)
    return part if isinstance(part, RuleFault) else (part,)
