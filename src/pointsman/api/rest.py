"""`PUT /api/providers/rest`: takes a configuration for the REST provider."""

import logging
from urllib.parse import unquote

from pointsman.api import traefik
from pointsman.api.server import Request, Response
from pointsman.providers.rest import Inbox, Refused

_LOG = logging.getLogger("pointsman")
_PLACE = "/api/providers/"
_OTHER = b"Only 'rest' provider can be updated through the REST API"


def is_put(request: Request) -> bool:
    """Whether the request is for us."""
    return request.method == "PUT" and request.path.startswith(_PLACE)


async def put(inbox: Inbox, request: Request) -> Response:
    """compat(1.7): 200 with the configuration as it was understood, 400 for another provider or what is not one."""
    name = unquote(request.path.removeprefix(_PLACE))
    if name not in ("rest", "web"):
        return Response(status=400, body=_OTHER)
    if name == "web":
        _LOG.warning("PUT /api/providers/web is deprecated: use /api/providers/rest")
    try:
        said = await inbox.put(request.body)
    except Refused as error:
        _LOG.error("A configuration that was PUT is refused: %s", error)
        body = f"{error}\n".encode("utf-8", "replace")
        return Response(status=400, body=body, headers={"X-Content-Type-Options": "nosniff"})
    backends = {name: traefik.backend(one) for name, one in sorted(said.backends.items())}
    shown = traefik.provider(said.frontends, backends, ())
    return Response(content_type="application/json; charset=UTF-8", body=traefik.encode(shown))
