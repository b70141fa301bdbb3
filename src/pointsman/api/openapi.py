"""The OpenAPI description of `/api/v2`, made of the documents' own types."""

from collections.abc import Sequence
from typing import Any

import msgspec

from pointsman import __version__
from pointsman.api.documents import Failure
from pointsman.api.endpoints import Endpoint

_REF = "#/components/schemas/{name}"


def description(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """OpenAPI 3.1."""
    answers = [endpoint.answer for endpoint in endpoints]
    queries = [endpoint.query for endpoint in endpoints]
    schemas, components = msgspec.json.schema_components([*answers, Failure], ref_template=_REF)
    _, parameters = msgspec.json.schema_components(queries, ref_template=_REF)
    failure = schemas[-1]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pointsman",
            "version": __version__,
            "description": "What is routed where, what is wrong with it, and how it does. Read-only; never a secret.",
        },
        "paths": {
            endpoint.path: {"get": _operation(endpoint, schema, parameters[endpoint.query.__name__], failure)}
            for endpoint, schema in zip(endpoints, schemas, strict=False)
        },
        "components": {"schemas": components},
    }


def _operation(
    endpoint: Endpoint, schema: dict[str, Any], query: dict[str, Any], failure: dict[str, Any]
) -> dict[str, Any]:
    kind = "text/event-stream" if endpoint.stream else "application/json"
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "query",
            "required": name in query.get("required", ()),
            "schema": shape,
        }
        for name, shape in query.get("properties", {}).items()
    ]
    if endpoint.path.endswith("{name}"):
        parameters.append({"name": "name", "in": "path", "required": True, "schema": {"type": "string"}})
    refused = {"content": {"application/json": {"schema": failure}}}
    responses: dict[str, Any] = {
        "200": {"description": endpoint.summary, "content": {kind: {"schema": schema}}},
        "400": {"description": "The parameters are not understood", **refused},
    }
    if endpoint.path.endswith("{name}"):
        responses["404"] = {"description": "There is none of this name", **refused}
    if endpoint.refuses:
        responses["503"] = {"description": endpoint.refuses, **refused}
    operation = endpoint.path.removeprefix("/api/v2/").replace("/{name}", "One")
    return {
        "operationId": operation,
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": responses,
    }
