"""One request's way, as a document: who answers and why, who lost, who missed, what was never in force."""

import itertools
from collections.abc import Callable, Iterable, Mapping

import msgspec

from pointsman.explain.words import condition, step, why_not
from pointsman.model.dynamic import Frontend
from pointsman.model.plan import Explanation, Forward, Host, Pool, Question, Refuse, Route
from pointsman.model.problem import Problem

MOST = 20
"""Routes and rejected frontends named, of each sort."""


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of the document's parts."""


class Asked(Part, frozen=True, kw_only=True):
    """The request."""

    entry_point: str
    method: str
    host: str
    path: str
    query: str


class Target(Part, frozen=True, kw_only=True):
    """One server, and its share of the requests in percent."""

    url: str
    weight: int
    share: float


class Winner(Part, frozen=True, kw_only=True):
    """The router that answers."""

    provider: str
    frontend: str
    origin: str
    priority: int
    conditions: tuple[str, ...]
    modifiers: tuple[str, ...]
    middlewares: tuple[str, ...]
    forwards: str
    """Path and query that the server is asked for; empty when nothing is forwarded."""
    backend: str
    """Empty: the router answers itself."""
    servers: tuple[Target, ...]


class Lost(Part, frozen=True, kw_only=True):
    """A router that fits too, but comes later."""

    provider: str
    frontend: str
    origin: str
    priority: int
    because: str


class Missed(Part, frozen=True, kw_only=True):
    """A router that does not fit."""

    provider: str
    frontend: str
    origin: str
    priority: int
    condition: str
    """The first that fails."""
    because: str


class Rejected(Part, frozen=True, kw_only=True):
    """A frontend that is not in force at all and might have been meant."""

    provider: str
    frontend: str
    origin: str
    problems: tuple[str, ...]


class Decision(Part, frozen=True, kw_only=True):
    """Where a request goes, and why."""

    request: Asked
    status: int
    """What we answer ourselves; 0: what a server answers."""
    answer: str
    """In a sentence."""
    winner: Winner | None
    lost: tuple[Lost, ...]
    missed: tuple[Missed, ...]
    """The nearest first."""
    other_hosts: int
    """Routers for other hosts."""
    rejected: tuple[Rejected, ...]
    problems: tuple[str, ...]
    """Of the router that answers and its backend."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration that the question is about. Keys are `provider/name`."""

    routes: Mapping[str, Route]
    pools: Mapping[str, Pool]
    frontends: Callable[[], Iterable[tuple[str, str, Frontend]]]
    """Provider, name and frontend, those that are not in force too."""
    problems: Callable[[], Iterable[Problem]]


def decide(question: Question, found: Explanation, known: Known) -> Decision:
    """Puts what the proxy's table says into words."""
    fits = [(fit, route) for fit in found.matches if (route := known.routes.get(fit.route))]
    problems = list(known.problems())
    winner, status, answer = None, 404, _nothing(question, found)
    if fits:
        fit, route = fits[0]
        pool = known.pools.get(route.action.pool) if isinstance(route.action, Forward) else None
        status, answer = _end(route, pool, found.forwards, slash=fit.redirect_slash)
        winner = _winner(route, pool, found.forwards or "")
    return Decision(
        request=Asked(
            entry_point=question.entry_point,
            method=question.method,
            host=question.host,
            path=question.path,
            query=question.query,
        ),
        status=status,
        answer=answer,
        winner=winner,
        lost=tuple(_lost(route, fits[0][1]) for _, route in fits[1 : MOST + 1]),
        missed=(*_missed(known, found, question), *(_elsewhere(known, question) if not fits else ())),
        other_hosts=found.other_hosts,
        rejected=tuple(_rejected(question, known, problems)) if status in (404, 503) else (),
        problems=_problems_of(fits[0][1], problems) if fits else (),
    )


def _nothing(question: Question, found: Explanation) -> str:
    if not found.misses and not found.other_hosts:
        return f"404: no router is in force on entry point {question.entry_point}"
    if not found.misses:
        return f"404: no router is for the host {question.host or '(none)'}"
    return "404: no router fits"


def _end(route: Route, pool: Pool | None, forwards: str | None, *, slash: bool) -> tuple[int, str]:
    if slash:
        return 301, f"301: {route.name} wants the path with, or without, its trailing slash"
    action = route.action
    if isinstance(action, Refuse):
        return action.status, f"{action.status}: {route.name} refuses: {action.reason}"
    if forwards is None:
        return 404, f"404: {route.name} fits, but the prefix it is to strip is not there"
    if pool is None or not pool.servers:
        return 503, f"503: {route.name} fits, but its backend {action.pool.partition('/')[2]} has no server"
    if not any(server.weight for server in pool.servers):
        return 500, f"500: no server of the backend {pool.name} has a weight"
    count = len(pool.servers)
    return (
        0,
        f"{route.name} sends it to one of {count} servers" if count > 1 else f"{route.name} sends it to its server",
    )


def _winner(route: Route, pool: Pool | None, forwards: str) -> Winner:
    goes_on = isinstance(route.action, Forward)
    return Winner(
        provider=route.provider,
        frontend=route.name,
        origin=route.origin,
        priority=route.priority,
        conditions=tuple(map(condition, route.matchers)),
        modifiers=tuple(map(step, route.modifiers)),
        middlewares=tuple(map(step, route.middlewares)) + ((step(route.rate_limit),) if route.rate_limit else ()),
        forwards=forwards if goes_on else "",
        backend=route.action.pool.partition("/")[2] if isinstance(route.action, Forward) else "",
        servers=_targets(pool) if pool is not None else (),
    )


def _targets(pool: Pool) -> tuple[Target, ...]:
    total = sum(server.weight for server in pool.servers) or 1
    return tuple(
        Target(url=server.url, weight=server.weight, share=round(100 * server.weight / total, 2))
        for server in pool.servers
    )


def _lost(route: Route, winner: Route) -> Lost:
    if route.priority != winner.priority:
        because = f"priority {route.priority} is below {winner.priority}"
    elif route.tie != winner.tie:
        because = "of equal priority, but less specific"
    else:
        because = "of equal priority, but later by name"
    return Lost(
        provider=route.provider, frontend=route.name, origin=route.origin, priority=route.priority, because=because
    )


def _missed(known: Known, found: Explanation, question: Question) -> Iterable[Missed]:
    for miss in found.misses[:MOST]:
        route = known.routes.get(miss.route)
        if route is None or miss.matcher >= len(route.matchers):
            continue
        matcher = route.matchers[miss.matcher]
        yield Missed(
            provider=route.provider,
            frontend=route.name,
            origin=route.origin,
            priority=route.priority,
            condition=condition(matcher),
            because=why_not(matcher, question),
        )


def _elsewhere(known: Known, question: Question) -> Iterable[Missed]:
    """Routers for this very host on other entry points alone."""
    host = _name(question.host)
    named = (
        route
        for route in known.routes.values()
        if question.entry_point not in route.entry_points
        and any(isinstance(one, Host) and host in one.hosts for one in route.matchers)
    )
    for route in itertools.islice(named, MOST):
        yield Missed(
            provider=route.provider,
            frontend=route.name,
            origin=route.origin,
            priority=route.priority,
            condition=f"entry point {', '.join(route.entry_points)}",
            because=f"it came in by {question.entry_point}",
        )


def _rejected(question: Question, known: Known, problems: list[Problem]) -> Iterable[Rejected]:
    """Frontends that name the host and are not in force; and objects that made none, by their Problems."""
    host = _name(question.host)
    seen: set[str] = set()
    for provider, name, frontend in known.frontends():
        if len(seen) >= MOST or not host:
            return
        if f"{provider}/{name}" in known.routes or not any(host in rule.rule for rule in frontend.routes.values()):
            continue
        told = [str(problem) for problem in problems if problem.object == f"frontend {name}"]
        seen.add(frontend.origin or name)
        yield Rejected(provider=provider, frontend=name, origin=frontend.origin, problems=tuple(told))
    for problem in problems:
        if len(seen) >= MOST or not host:
            return
        if host in f"{problem.value} {problem.message}" and problem.object not in seen:
            seen.add(problem.object)
            yield Rejected(provider=problem.origin, frontend="", origin=problem.object, problems=(str(problem),))


def _name(host: str) -> str:
    """A Host field without its port, in lower case."""
    name, closing, _ = host.lower().partition("]")
    return name + closing if closing else name.partition(":")[0]


def _problems_of(route: Route, problems: list[Problem]) -> tuple[str, ...]:
    backend = route.action.pool.partition("/")[2] if isinstance(route.action, Forward) else None
    objects = {f"frontend {route.name}", f"backend {backend}", route.origin} - {""}
    return tuple(str(problem) for problem in problems if problem.object in objects)
