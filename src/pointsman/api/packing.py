"""Answers packed with gzip, for who takes that."""

import gzip

import msgspec

from pointsman.api.server import Request, Response

_LEAST_BYTES = 1024
"""Less is not worth a second look."""
_LEVEL = 4
"""Lists are packed to a tenth in half a millisecond; a higher level takes longer for little more."""


def takes_gzip(request: Request) -> bool:
    """Whether `Accept-Encoding` names it, with a weight above 0 (RFC 9110, 12.5.3)."""
    for one in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, parameter = one.partition(";")
        if coding.strip() in {"gzip", "x-gzip"}:
            return parameter.replace(" ", "").rstrip("0") not in {"q=", "q=0."}
    return False


def packed(response: Response, request: Request) -> Response:
    """The answer as this client gets it."""
    headers = {**response.headers, "Vary": "Accept-Encoding"}
    body = response.body
    if len(body) >= _LEAST_BYTES and takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, _LEVEL, mtime=0)
    return msgspec.structs.replace(response, body=body, headers=headers)
