"""Paths of the admin API to documents: `/api…`, `/api/version`, `/api/v2/problems`, a plain `/dashboard/`."""

import html
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import unquote

from pointsman import __version__
from pointsman.api import documents
from pointsman.api.server import Request, Response
from pointsman.model.dynamic import Backend, Frontend
from pointsman.model.problem import Problem

CODENAME = "brie"


class Known(Protocol):
    """What one provider said, as far as the API shows it."""

    frontends: dict[str, Frontend]
    backends: dict[str, Backend]


class View(Protocol):
    """What the API reads; the runtime provides it."""

    default_entry_points: tuple[str, ...]

    def providers(self) -> Mapping[str, Known]:
        """The configuration in force, by provider; empty before the first one."""

    def problems(self) -> Iterable[Problem]:
        """Everything that is wrong at present."""


def version() -> dict[str, str]:
    """The document of `/api/version`, with 1.7's keys."""
    return {"Version": f"v{__version__}", "Codename": CODENAME}


def handler(view: View) -> Callable[[Request], Response]:
    """The API over `view`."""

    def answer(request: Request) -> Response:
        if request.method != "GET":  # compat(1.7): not even HEAD
            return _not_found()
        path = request.path
        if path == "/":
            prefix = request.headers.get("x-forwarded-prefix", "")
            return Response(status=302, headers={"Location": f"{prefix.rstrip('/')}/dashboard/"})
        if path in {"/dashboard", "/dashboard/"}:
            return Response(content_type="text/html; charset=utf-8", body=_page(view).encode())
        if path == "/health":
            return Response(status=404, body=b"404: /health is not part of this version\n")
        if path.endswith("/"):
            return Response(status=301, headers={"Location": path.rstrip("/") or "/"})
        found = _document(view, path)
        return _not_found() if found is None else _json(found)

    return answer


def _document(view: View, path: str) -> object | None:
    parts = [unquote(part) for part in path.strip("/").split("/")]
    match parts:
        case ["api"] | ["api", "providers"]:
            return {name: _provider(view, known) for name, known in sorted(view.providers().items())}
        case ["api", "version"]:
            return version()
        case ["api", "v2", "problems"]:
            return documents.problems(view.problems())
        case ["api", "providers", name, *rest]:
            known = view.providers().get("web" if name == "rest" else name)
            return None if known is None else _within(_provider(view, known), rest)
    return None


def _provider(view: View, known: Known) -> documents.Document:
    return documents.provider(known.frontends, known.backends, view.default_entry_points)


def _within(document: dict[str, Any], rest: list[str]) -> object | None:
    """`backends/b/servers/s` and `frontends/f/routes/r` inside a provider's document."""
    third = {"backends": "servers", "frontends": "routes"}.get(rest[0]) if rest else None
    allowed = len(rest) <= 4 and (not rest or third is not None) and (len(rest) < 3 or rest[2] == third)
    if not allowed:
        return None
    found: Any = document
    for index, key in enumerate(rest):
        empty: dict[str, Any] | None = {} if index in {0, 2} else None
        found = found.get(key, empty)
        if found is None:
            return None
    return found  # type: ignore[no-any-return]


def _json(document: object) -> Response:
    return Response(content_type="application/json; charset=UTF-8", body=documents.encode(document))


def _not_found() -> Response:
    return Response(status=404, body=b"404 page not found\n", headers={"X-Content-Type-Options": "nosniff"})


def _page(view: View) -> str:
    """A plain list of what is in force, until there is a dashboard."""
    out = ["<!doctype html><html lang=en><meta charset=utf-8><title>Pointsman</title>"]
    out.append("<style>body{font:15px/1.5 system-ui;margin:2em}td,th{text-align:left;padding:.1em 1em .1em 0}</style>")
    out.append(f"<h1>Pointsman {html.escape(__version__)}</h1>")
    wrong = list(view.problems())
    if wrong:
        out.append("<h2>Problems</h2><ul>" + "".join(f"<li>{html.escape(str(item))}" for item in wrong) + "</ul>")
    for name, known in sorted(view.providers().items()):
        out.append(f"<h2>{html.escape(name)}</h2><table><tr><th>Frontend<th>Rules<th>Priority<th>Backend")
        for key, item in sorted(known.frontends.items()):
            rules = "; ".join(route.rule for _, route in sorted(item.routes.items()))
            cells = (key, rules, str(item.priority), item.backend)
            out.append("<tr>" + "".join(f"<td>{html.escape(cell)}" for cell in cells))
        out.append("</table><table><tr><th>Backend<th>Servers")
        for key, pool in sorted(known.backends.items()):
            servers = ", ".join(f"{server.url} ({server.weight})" for _, server in sorted(pool.servers.items()))
            out.append(f"<tr><td>{html.escape(key)}<td>{html.escape(servers)}")
        out.append("</table>")
    return "".join(out)
