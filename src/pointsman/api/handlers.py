"""Paths of the admin API to documents: 1.7's, ours below `/api/v2`, the dashboard."""

from urllib.parse import unquote

from pointsman import __version__
from pointsman.api import health, rest, traefik, versioned
from pointsman.api.assets import Assets
from pointsman.api.catalogue import Catalogue
from pointsman.api.endpoints import Context
from pointsman.api.live import Sampler
from pointsman.api.server import Answer, Request, Response
from pointsman.api.view import Known, View
from pointsman.providers.rest import Inbox

CODENAME = "brie"


def version() -> dict[str, str]:
    """The document of `/api/version`, with 1.7's keys."""
    return {"Version": f"v{__version__}", "Codename": CODENAME}


class Handler:
    """The API over a view."""

    def __init__(self, view: View, inbox: Inbox | None = None) -> None:
        """`inbox`: of the REST provider, if it is on."""
        self._view = view
        self._inbox = inbox
        self._sampler = Sampler(view)
        self.catalogue = Catalogue(view)
        self._versioned = versioned.Handler(Context(view=view, catalogue=self.catalogue, sampler=self._sampler))
        self._assets = Assets()

    def end_streams(self) -> None:
        """Ends the answers that would go on for ever."""
        self._sampler.end_streams()

    async def __call__(self, request: Request) -> Answer:
        """The answer to a request."""
        path = request.path
        if self._view.facts.dashboard and (path in {"/", "/dashboard"} or path.startswith("/dashboard/")):
            return self._assets.answer(request)
        if self._inbox is not None and rest.is_put(request):
            return await rest.put(self._inbox, request)
        if request.method != "GET":  # compat(1.7): not even HEAD
            return _not_found()
        if path.startswith("/api/v2/"):
            return await self._versioned(request)
        if path.endswith("/") and path.startswith(("/api/", "/health/")):
            return self._without_slash(request)
        if path == "/health":
            return await self._health()
        found = _document(self._view, path)
        return _not_found() if found is None else _json(found)

    def _without_slash(self, request: Request) -> Response:
        if self._view.facts.keep_trailing_slash:
            return _not_found()
        query = f"?{request.query}" if request.query else ""
        # One slash only: `//host` would be another place.
        location = "/" + request.path.strip("/") + query
        return Response(status=301, headers={"Location": location})

    async def _health(self) -> Response:
        found = await self._sampler.health()
        if found is None:
            return Response(status=503, body=b"The proxy does not tell its numbers at the moment.\n")
        facts, (stats, window) = self._view.facts, found
        return _json(health.document(stats, window, pid=facts.pid, recent_errors=facts.recent_errors))


def _document(view: View, path: str) -> object | None:
    # compat(1.7): a `/` in a name divides, also when it is encoded.
    match unquote(path).strip("/").split("/"):
        case ["api"] | ["api", "providers"]:
            return {name: _provider(view, name, known) for name, known in sorted(view.providers().items())}
        case ["api", "version"]:
            return version()
        case ["api", "providers", name, *rest]:
            return _part(view, "web" if name == "rest" else name, rest)
    return None


def _provider(view: View, provider: str, known: Known) -> traefik.Document:
    return traefik.provider(known.frontends, _backends(view, provider, known), view.facts.default_entry_points)


def _backends(view: View, provider: str, known: Known) -> dict[str, traefik.Document]:
    down = view.down()
    shown = sorted(known.backends.items())
    return {name: traefik.backend(one, down.get(f"{provider}/{name}", {})) for name, one in shown}


def _part(view: View, provider: str, rest: list[str]) -> object | None:
    """`backends/b/servers/s` or `frontends/f/routes/r` of a provider: no more than what is asked for is made."""
    known = view.providers().get(provider)
    if known is None or len(rest) > 4:
        return None
    match rest:
        case []:
            return _provider(view, provider, known)
        case ["backends"]:
            return _backends(view, provider, known)
        case ["frontends"]:
            points = view.facts.default_entry_points
            return {name: traefik.frontend(one, points) for name, one in sorted(known.frontends.items())}
        case ["backends", name, *parts] if name in known.backends:
            down = view.down().get(f"{provider}/{name}", {})
            return _within(traefik.backend(known.backends[name], down), "servers", parts)
        case ["frontends", name, *parts] if name in known.frontends:
            shown = traefik.frontend(known.frontends[name], view.facts.default_entry_points)
            return _within(shown, "routes", parts)
    return None


def _within(document: traefik.Document, key: str, parts: list[str]) -> object | None:
    match parts:
        case []:
            return document
        case [first, *name] if first == key and len(name) < 2:
            entries: dict[str, object] = document.get(key, {})
            return entries.get(name[0]) if name else entries
    return None


def _json(document: object) -> Response:
    return Response(content_type="application/json; charset=UTF-8", body=traefik.encode(document))


def _not_found() -> Response:
    return Response(status=404, body=b"404 page not found\n", headers={"X-Content-Type-Options": "nosniff"})
