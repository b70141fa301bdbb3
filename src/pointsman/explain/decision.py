"""One request's way, as a document: who answers and why, who lost, who missed, what was never in force."""

from collections.abc import Iterable, Mapping

import msgspec

from pointsman.explain import ends, others
from pointsman.explain.documents import MOST, Asked, Decision, Known, Lost, Target, Winner
from pointsman.explain.words import condition, step
from pointsman.model.plan import EntryPoint, Explanation, Pool, Question, Route
from pointsman.model.problem import Problem

_NONE: Mapping[str, Explanation] = {}


def decide(
    question: Question, found: Explanation, known: Known, elsewhere: Mapping[str, Explanation] = _NONE
) -> Decision:
    """Puts what the proxy's table says into words; `elsewhere` is what it says of the same request on the other entry
    points, and is wanted where nothing fits on its own."""
    point = known.entry_points.get(question.entry_point, EntryPoint(address=""))
    if end := ends.before_routers(question, point):
        return _only(question, end)
    fits = [(fit, route) for fit in found.matches if (route := known.routes.get(fit.route))]
    if fits:
        made = _routed(question, found, known, [route for _, route in fits])
    else:
        made = _only(question, (404, _nothing(question, found, known)))
    rejected, kept_away = others.not_served(question, known) if made.status in (404, 503) else ((), ())
    return msgspec.structs.replace(
        made,
        first=tuple(map(step, point.middlewares)),
        missed=(
            *(others.elsewhere(known, question, elsewhere) if not fits else ()),
            *others.missed(known, found, question),
        ),
        other_hosts=found.other_hosts,
        rejected=rejected,
        kept_away=kept_away,
    )


def other_entry_points(question: Question, found: Explanation, names: Iterable[str]) -> dict[str, Question]:
    """The questions that remain where nothing fits: the same request on each other entry point."""
    if found.matches:
        return {}
    return {name: msgspec.structs.replace(question, entry_point=name) for name in names if name != question.entry_point}


def _only(question: Question, end: ends.End) -> Decision:
    asked = Asked(
        entry_point=question.entry_point,
        method=question.method,
        host=question.host,
        path=question.path,
        query=question.query,
    )
    return Decision(
        request=asked,
        status=end[0],
        answer=end[1],
        first=(),
        winner=None,
        lost=(),
        missed=(),
        other_hosts=0,
        rejected=(),
        kept_away=(),
        problems=(),
    )


def _nothing(question: Question, found: Explanation, known: Known) -> str:
    if found.misses:
        return "404: no router fits"
    if found.other_hosts:
        return f"404: no router is for the host {question.host or '(none)'}"
    if not known.routes:
        return "404: no router is in force at all"
    return f"404: no router is in force on entry point {question.entry_point}"


def _routed(question: Question, found: Explanation, known: Known, fits: list[Route]) -> Decision:
    """With the routers that fit, the one that answers first."""
    route, pool = fits[0], known.pools.get(f"{fits[0].provider}/{ends.backend(fits[0])}")
    if found.matches[0].redirect_slash:
        path = question.path.removesuffix("/") if question.path.endswith("/") else f"{question.path}/"
        end = 301, f"301: {route.name} redirects it to {path}: only the trailing slash differs"
    else:
        end = ends.by_router(route, pool, question, found.forwards)
    return msgspec.structs.replace(
        _only(question, end),
        winner=_winner(route, pool, found.forwards if end[0] in (0, 500, 503) else None),
        lost=tuple(_lost(one, route) for one in fits[1 : MOST + 1]),
        problems=_problems_of(route, known.problems()),
    )


def _winner(route: Route, pool: Pool | None, forwards: str | None) -> Winner:
    """`forwards`: path and query for the server; None: it is asked for nothing."""
    return Winner(
        provider=route.provider,
        frontend=route.name,
        origin=route.origin,
        priority=route.priority,
        conditions=tuple(map(condition, route.matchers)),
        modifiers=tuple(map(step, route.modifiers)),
        middlewares=tuple(map(step, route.middlewares)) + ((step(route.rate_limit),) if route.rate_limit else ()),
        forwards=forwards or "",
        backend=ends.backend(route) if forwards is not None else "",
        servers=_targets(pool) if pool is not None and forwards is not None else (),
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


def _problems_of(route: Route, problems: Iterable[Problem]) -> tuple[str, ...]:
    objects = {f"frontend {route.name}", f"backend {ends.backend(route)}", route.origin} - {""}
    return tuple(str(problem) for problem in problems if problem.object in objects)
