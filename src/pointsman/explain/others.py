"""Who else might have been meant: routers that miss, frontends and objects that are not in force."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

from pointsman.explain.documents import MOST, KeptAway, Known, Missed, Rejected
from pointsman.explain.words import condition, hostname, why_not
from pointsman.model.dynamic import Frontend
from pointsman.model.plan import Explanation, Question, Route
from pointsman.model.problem import Problem, Severity
from pointsman.providers.protocol import Meant

_PATH_RULE = re.compile(r"Path[A-Za-z]*:\s*([^;]+)")


def missed(known: Known, found: Explanation, question: Question) -> Iterator[Missed]:
    """Routers of the entry point that fail at a condition."""
    for miss in found.misses[:MOST]:
        route = known.routes.get(miss.route)
        if route is None or miss.matcher >= len(route.matchers):
            continue
        matcher = route.matchers[miss.matcher]
        yield _missed(route, condition(matcher), why_not(matcher, question))


def elsewhere(known: Known, question: Question, others: Mapping[str, Explanation]) -> Iterator[Missed]:
    """Routers that would have fitted on other entry points."""
    fits = dict.fromkeys(fit.route for found in others.values() for fit in found.matches)
    for route in itertools.islice((known.routes[key] for key in fits if key in known.routes), MOST):
        points = " or ".join(route.entry_points)
        yield _missed(route, f"entry point {points}", f"it came in by {question.entry_point}")


def _missed(route: Route, failing: str, because: str) -> Missed:
    return Missed(
        provider=route.provider,
        frontend=route.name,
        origin=route.origin,
        priority=route.priority,
        condition=failing,
        because=because,
    )


def not_served(question: Question, known: Known) -> tuple[tuple[Rejected, ...], tuple[KeptAway, ...]]:
    """Those that are not in force and are for this host, or for this path of any host; and those left to others."""
    host = hostname(question.host).lower()
    meant = list(known.meant(host, question.path))
    away = (_kept_away(provider, one) for provider, one in meant if one.kept_away)
    wanted = [(provider, one) for provider, one in meant if not one.kept_away]
    return tuple(itertools.islice(_rejected(question, known, wanted), MOST)), tuple(itertools.islice(away, MOST))


def _kept_away(provider: str, one: Meant) -> KeptAway:
    return KeptAway(provider=provider, object=one.object, origin=one.origin, because=one.kept_away, remedy=one.remedy)


def _rejected(question: Question, known: Known, wanted: list[tuple[str, Meant]]) -> Iterator[Rejected]:
    by_object: dict[str, list[Problem]] = {}
    for problem in known.problems():
        by_object.setdefault(problem.object, []).append(problem)
    host, seen = hostname(question.host).lower(), set[str]()
    for provider, name, frontend in known.frontends():
        if f"{provider}/{name}" in known.routes or not _is_for(frontend, host, question.path):
            continue
        seen.add(frontend.origin)
        problems = (*by_object.get(f"frontend {name}", ()), *by_object.get(frontend.origin, ()))
        yield Rejected(provider=provider, frontend=name, origin=frontend.origin, problems=_told(problems))
    origins = {route.origin for route in known.routes.values()}
    for provider, one in wanted:
        found = by_object.get(one.object, ())
        if one.object in origins:
            found = [problem for problem in found if problem.severity is Severity.ERROR]
        if found and one.object not in seen:
            seen.add(one.object)
            yield Rejected(provider=provider, frontend="", origin=one.object, problems=_told(found))
    for name, told in by_object.items():
        found = [problem for problem in told if _names(f"{problem.value} {problem.message}", host)]
        if found and name not in seen and not name.startswith("frontend "):
            yield Rejected(provider="", frontend="", origin=name, problems=_told(found))


def _told(problems: Iterable[Problem]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str, problems)))


def _is_for(frontend: Frontend, host: str, path: str) -> bool:
    """By its words: rules that are not understood may be the reason why it is not in force."""
    rules = [rule.rule for rule in frontend.routes.values()]
    if any("Host" in rule for rule in rules):
        return any(_names(rule, host) for rule in rules)
    paths = [one.strip() for rule in rules for found in _PATH_RULE.findall(rule) for one in found.split(",")]
    return any(path.startswith(one.partition("{")[0]) for one in paths)


def _names(text: str, host: str) -> bool:
    """Whether a text holds a host as a whole word."""
    return bool(host) and re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w.-])", text.lower()) is not None
