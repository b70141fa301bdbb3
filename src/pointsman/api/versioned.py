"""`/api/v2`: finds the endpoint, reads its parameters, writes its document."""

from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from pointsman.api import openapi
from pointsman.api.documents import Failure
from pointsman.api.endpoints import ENDPOINTS, Context, Endpoint, Mistaken, Refused
from pointsman.api.packing import packed
from pointsman.api.server import Answer, Request, Response, Stream

DESCRIPTION = "/api/v2/openapi.json"
_TYPE = "application/json; charset=utf-8"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Handler:
    """Answers every path below `/api/v2/`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._description: bytes | None = None

    async def __call__(self, request: Request) -> Answer:
        """The document, or why there is none."""
        if request.path == DESCRIPTION:
            if self._description is None:
                self._description = msgspec.json.encode(openapi.description(ENDPOINTS))
            return packed(Response(content_type=_TYPE, body=self._description, headers=_HEADERS), request)
        endpoint, name = _find(request.path)
        if endpoint is None:
            return _failure(404, f"there is nothing at this path; {DESCRIPTION} lists what there is")
        try:
            query = _query(request.query, endpoint)
        except (ValueError, msgspec.ValidationError) as error:
            return _failure(400, str(error))
        try:
            document = await endpoint.make(self._context, query, name)
        except Refused as error:
            return _failure(503, str(error))
        except Mistaken as error:
            return _failure(400, str(error))
        if document is None:
            return _failure(404, f"there is no {name[:200]!r}")
        if isinstance(document, Stream):
            return document
        return packed(Response(content_type=_TYPE, body=msgspec.json.encode(document), headers=_HEADERS), request)


def _find(path: str) -> tuple[Endpoint | None, str]:
    for endpoint in ENDPOINTS:
        prefix = endpoint.path.removesuffix("{name}")
        if path == endpoint.path or (prefix != endpoint.path and path.startswith(prefix) and path != prefix):
            return endpoint, unquote(path[len(prefix) :])
    return None, ""


def _query(text: str, endpoint: Endpoint) -> Any:
    """The parameters. Raises ValueError or msgspec.ValidationError."""
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=100)
    wanted: dict[str, Any] = {}
    lists = {field.encode_name for field in msgspec.structs.fields(endpoint.query) if _is_list(field.type)}
    for key, value in pairs:
        if key in lists:
            wanted.setdefault(key, []).append(value)
        elif key in wanted:
            raise ValueError(f"`{key}` is given twice")
        else:
            wanted[key] = value
    return msgspec.convert(wanted, endpoint.query, strict=False)


def _is_list(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) in {list, tuple}


def _failure(status: int, message: str) -> Response:
    body = msgspec.json.encode(Failure(message=message))
    return Response(status=status, content_type=_TYPE, body=body, headers=_HEADERS)
