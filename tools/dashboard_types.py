"""TypeScript types of the API's documents, from its OpenAPI description."""

from collections.abc import Iterator
from typing import Any

from pointsman.api import openapi
from pointsman.api.endpoints import ENDPOINTS

_HEAD = "// Made by `make golden` from /api/v2/openapi.json. Not edited by hand.\n"
_PRIMITIVES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def render() -> str:
    """The module's text."""
    schemas = openapi.description(ENDPOINTS)["components"]["schemas"]
    return _HEAD + "".join(f"\n{text}" for text in _interfaces(schemas))


def _interfaces(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        required = set(schema.get("required", ()))
        lines = [f"/** {schema['description']} */"] if "description" in schema else []
        lines.append(f"export interface {name} {{")
        for key, shape in schema.get("properties", {}).items():
            mark = "" if key in required else "?"
            lines.append(f"  {key}{mark}: {_type(shape)};")
        yield "\n".join([*lines, "}"]) + "\n"


def _type(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return str(shape["$ref"].rpartition("/")[2])
    if "anyOf" in shape:
        return " | ".join(_type(item) for item in shape["anyOf"])
    if "enum" in shape:
        return " | ".join(f'"{item}"' for item in shape["enum"])
    if shape.get("type") == "array":
        item = _type(shape["items"])
        return f"({item})[]" if " | " in item else f"{item}[]"
    if shape.get("type") == "object":
        values = shape.get("additionalProperties")
        return f"Record<string, {_type(values) if isinstance(values, dict) else 'unknown'}>"
    return _PRIMITIVES.get(shape.get("type", ""), "unknown")
