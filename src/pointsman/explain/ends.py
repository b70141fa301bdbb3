"""How a request ends: by an entry point, a router or a server."""

from pointsman.explain.words import hostname
from pointsman.model.plan import EntryPoint, Forward, Middleware, Pool, Question, RedirectEntryPoint, Refuse, Route

End = tuple[int, str]
"""The status that we answer, 0 when a server does; and a sentence."""


def before_routers(question: Question, point: EntryPoint) -> End | None:
    """What never comes to a router: the routes of our own, and what the whole entry point redirects."""
    path, reads = question.path, question.method in ("GET", "HEAD")
    if "ping" in point.internal and reads and path in ("/ping", "/ready"):
        return 200, f"200: Pointsman itself answers {path}, before any router"
    if "metrics" in point.internal and reads and path == "/metrics":
        return 200, "200: Pointsman itself answers with its metrics, before any router"
    if "api" in point.internal and reads and (path in ("/health", "/health/") or _is_below(path, "/api")):
        return 200, "200: Pointsman's own API answers, before any router"
    if "dashboard" in point.internal and reads and (path == "/" or _is_below(path, "/dashboard")):
        return 200, "200: Pointsman's own dashboard answers, before any router"
    if "rest" in point.internal and question.method == "PUT" and _is_provider(path):
        return 200, "200: the REST provider takes it as configuration, before any router"
    found = redirected(point.middlewares, question)
    return (found[0], f"{found[0]}: the entry point redirects every request, this one to {found[1]}") if found else None


def redirected(middlewares: tuple[Middleware, ...], question: Question) -> End | None:
    """Where a redirect to another entry point leads; whether a regular expression matches only the proxy can tell."""
    for one in middlewares:
        if isinstance(one, RedirectEntryPoint) and one.entry_point != question.entry_point:
            status = {(True, True): 301, (True, False): 308, (False, True): 302, (False, False): 307}
            query = f"?{question.query}" if question.query else ""
            url = f"{one.scheme}://{hostname(question.host)}:{one.port}{question.path}{query}"
            return status[one.permanent, question.method == "GET"], url
    return None


def by_router(route: Route, pool: Pool | None, question: Question, forwards: str | None) -> End:
    """What a router that fits does. `forwards`: path and query for the server; None: the path cannot be rewritten."""
    action = route.action
    if forwards is None:
        return 404, f"404: {route.name} fits, but the prefix it is to strip is not there"
    if found := redirected(route.middlewares, question):
        return found[0], f"{found[0]}: {route.name} redirects it to {found[1]}"
    if isinstance(action, Refuse):
        return action.status, f"{action.status}: {route.name} refuses: {action.reason}"
    if pool is None or not pool.servers:
        return 503, f"503: {route.name} fits, but its backend {action.pool.partition('/')[2]} has no server"
    if not any(server.weight for server in pool.servers):
        return 500, f"500: no server of the backend {pool.name} has a weight"
    count = len(pool.servers)
    return 0, f"{route.name} sends it to {f'one of {count} servers' if count > 1 else 'its server'}"


def backend(route: Route) -> str:
    """The name of a router's backend; empty when it forwards nothing."""
    return route.action.pool.partition("/")[2] if isinstance(route.action, Forward) else ""


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


def _is_provider(path: str) -> bool:
    name = path.removeprefix("/api/providers/")
    return name != path and bool(name) and "/" not in name
