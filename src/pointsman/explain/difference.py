"""What a change of configuration does: routes added, removed, changed; requests that go elsewhere."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from pointsman.explain.words import condition, step
from pointsman.model.plan import Explanation, Forward, Plan, Pool, Question, Refuse, Route


class RouteChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One route that is not as it was."""

    route: str
    """`provider/name`."""
    change: str
    """`added`, `removed`, `changed`, `moved` (requests meant for it go elsewhere now), `shadowed` (they never came)."""
    origin: str = ""
    details: tuple[str, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that is not as it was, in the order of the routes' names."""

    routes: tuple[RouteChange, ...]
    same: int
    """Routes that are as they were."""


def compare(old: Plan, new: Plan) -> tuple[list[RouteChange], int]:
    """Routes added, removed and changed in themselves or in their servers; and how many are the same."""
    changes, same = [], 0
    for key in sorted(old.routes.keys() | new.routes.keys()):
        before, after = old.routes.get(key), new.routes.get(key)
        if before is None and after is not None:
            changes.append(RouteChange(route=key, change="added", origin=after.origin, details=(_rules(after),)))
        elif after is None and before is not None:
            changes.append(RouteChange(route=key, change="removed", origin=before.origin, details=(_rules(before),)))
        elif before is not None and after is not None:
            if details := tuple(_details((before, old), (after, new))):
                changes.append(RouteChange(route=key, change="changed", origin=after.origin, details=details))
            else:
                same += 1
    return changes, same


def moved(
    asked: Sequence[tuple[str, Question]], old: Sequence[Explanation], new: Sequence[Explanation]
) -> Iterator[RouteChange]:
    """Routes by whose sample request another answers now: `asked` holds each route's key and sample."""
    for (key, question), before, after in zip(asked, old, new, strict=True):
        was, now = answering(before), answering(after)
        request = f"{question.method} {question.host}{question.path}"
        if was == key and now != key:
            yield RouteChange(route=key, change="moved", details=(f"{request} goes to {now or 'nobody (404)'} now",))
        elif now != key and was is None and any(fit.route == key for fit in after.matches):
            yield RouteChange(route=key, change="shadowed", details=(f"{request} goes to {now}",))


def answering(found: Explanation) -> str | None:
    """The route that answers."""
    return found.matches[0].route if found.matches else None


def destination(found: Explanation, plan: Plan) -> str:
    """Where a request ends, for comparing: pool and path, or our own answer."""
    if not found.matches:
        return "404"
    fit = found.matches[0]
    route = plan.routes.get(fit.route)
    if fit.redirect_slash:
        return "301"
    if route is None or isinstance(route.action, Refuse):
        return str(route.action.status if route is not None and isinstance(route.action, Refuse) else 404)
    if found.forwards is None:
        return "404"
    pool = plan.pools.get(route.action.pool)
    if pool is None or not pool.servers:
        return f"503 ({route.action.pool} has no server)"
    return f"{route.action.pool} {found.forwards.partition('?')[0]}"


def _details(before: tuple[Route, Plan], after: tuple[Route, Plan]) -> Iterator[str]:
    (old, old_plan), (new, new_plan) = before, after
    for name in ("priority", "entry_points", "modifiers", "middlewares", "rate_limit"):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            before_text, after_text = _worded(was), _worded(now)
            shown = f"{before_text} → {after_text}" if before_text != after_text else "changed in what is never shown"
            yield f"{name.replace('_', ' ')} {shown}"
    if old.matchers != new.matchers:
        yield f"rules {_rules(old)} → {_rules(new)}"
    if old.action != new.action:
        yield f"action {_action(old)} → {_action(new)}"
    yield from _servers(_pool(old, old_plan.pools), _pool(new, new_plan.pools))


def _worded(value: object) -> str:
    """A route's priority, entry points, modifiers, middlewares or rate limit."""
    if isinstance(value, tuple):
        return ", ".join(map(_worded, value)) or "none"
    return step(value) if isinstance(value, msgspec.Struct) else "none" if value is None else str(value)


def _servers(old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[str]:
    if gone := sorted(old.keys() - new.keys()):
        yield f"servers gone: {', '.join(gone)}"
    if fresh := sorted(new.keys() - old.keys()):
        yield f"servers new: {', '.join(fresh)}"
    if changed := sorted(url for url in old.keys() & new.keys() if old[url] != new[url]):
        yield "weights: " + ", ".join(f"{url} {old[url]} → {new[url]}" for url in changed)


def _pool(route: Route, pools: Mapping[str, Pool]) -> dict[str, int]:
    pool = pools.get(route.action.pool) if isinstance(route.action, Forward) else None
    return {server.url: server.weight for server in pool.servers} if pool is not None else {}


def _rules(route: Route) -> str:
    return "; ".join(map(condition, route.matchers)) or "every request"


def _action(route: Route) -> str:
    return route.action.pool if isinstance(route.action, Forward) else f"{route.action.status} {route.action.reason}"
