"""The dashboard's files, as the build left them in the package; served compressed to who takes that."""

import gzip
import hashlib
import importlib.resources
import mimetypes
from collections.abc import Iterator
from importlib.resources.abc import Traversable

import msgspec

from pointsman.api.packing import takes_gzip
from pointsman.api.server import Request, Response

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_MISSING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Pointsman</title>
<h1>No dashboard in this installation</h1>
<p>It was built without the dashboard's files, because npm was missing. Install Node.js with npm and install Pointsman
again, or use the API: <a href="../api">/api</a>, <a href="../api/v2/overview">/api/v2/overview</a>,
<a href="../api/v2/problems">/api/v2/problems</a>.</p></html>
"""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file, ready to be sent."""

    content_type: str
    content: bytes
    compressed: bytes
    tag: str
    is_immutable: bool
    """Its name changes with its content."""


class Assets:
    """All files, read when the first one is asked for."""

    def __init__(self, root: Traversable | None = None) -> None:
        self._root = root
        self._files: dict[str, File] | None = None

    def answer(self, request: Request) -> Response:
        """What `/`, `/dashboard` and everything below it answer."""
        if request.method not in {"GET", "HEAD"}:
            return Response(status=404, body=b"404 page not found\n")
        prefix = request.headers.get("x-forwarded-prefix", "").rstrip("/")
        if request.path in {"/", "/dashboard", "/dashboard/status"}:  # compat(1.7): the last, too.
            # `//host` would be another place.
            where = "/" + prefix.strip("/") if prefix else ""
            return Response(status=302, headers={"Location": f"{where}/dashboard/"})
        files = self._read()
        if not files:
            return Response(
                status=503, content_type="text/html; charset=utf-8", body=_MISSING.encode(), headers=HEADERS
            )
        file = files.get(request.path.removeprefix("/dashboard/") or "index.html")
        if file is None:
            return Response(status=404, body=b"404 page not found\n", headers=HEADERS)
        return _sent(file, request)

    def _read(self) -> dict[str, File]:
        if self._files is None:
            root = self._root or importlib.resources.files("pointsman.dashboard").joinpath("assets")
            self._files = dict(_files(root, "")) if root.is_dir() else {}
        return self._files


def _sent(file: File, request: Request) -> Response:
    headers = {
        **HEADERS,
        "Cache-Control": "public, max-age=31536000, immutable" if file.is_immutable else "no-cache",
        "ETag": file.tag,
        "Vary": "Accept-Encoding",
    }
    # Weak or one of several: whoever packed our answers on the way says it so.
    if file.tag in request.headers.get("if-none-match", ""):
        return Response(status=304, content_type=file.content_type, headers=headers)
    if takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return Response(content_type=file.content_type, body=file.compressed, headers=headers)
    return Response(content_type=file.content_type, body=file.content, headers=headers)


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, File]]:
    for entry in folder.iterdir():
        name = path + entry.name
        if entry.is_dir():
            yield from _files(entry, name + "/")
        else:
            yield name, _file(name, entry.read_bytes())


def _file(name: str, content: bytes) -> File:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind in {"application/json", "image/svg+xml"}
    return File(
        content_type=f"{kind}; charset=utf-8" if text else kind,
        content=content,
        compressed=gzip.compress(content, mtime=0),
        tag=f'"{hashlib.sha256(content).hexdigest()[:24]}"',
        is_immutable=name.startswith("static/"),
    )
