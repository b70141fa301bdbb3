"""A manifest file's text to slim objects; kinds that don't concern routing are passed over."""

import base64
import json
from collections.abc import Iterator

import msgspec

from pointsman.providers.kubernetes import wire
from pointsman.providers.kubernetes.objects import (
    ENDPOINT_SLICE,
    ENDPOINTS,
    INGRESS,
    INGRESS_CLASS,
    SECRET,
    SERVICE,
    KubernetesObject,
)
from pointsman.providers.yaml_source import Value, YamlError, documents

VERSIONS = {
    INGRESS: ("extensions/v1beta1", "networking.k8s.io/v1beta1", "networking.k8s.io/v1"),
    INGRESS_CLASS: ("networking.k8s.io/v1beta1", "networking.k8s.io/v1"),
    ENDPOINT_SLICE: ("discovery.k8s.io/v1beta1", "discovery.k8s.io/v1"),
    SERVICE: ("v1",),
    ENDPOINTS: ("v1",),
    SECRET: ("v1",),
}
DEFAULT_NAMESPACE = "default"


class TextError(Exception):
    """A file that isn't YAML or JSON; `line` is 0 when unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """An object or what is wrong with it, and the line where its document starts."""

    line: int
    kind: str
    namespace: str = ""
    name: str = ""
    object: KubernetesObject | None = None
    fault: str = ""
    remedy: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, namespace, name."""
        return (self.kind, self.namespace, self.name)


def parse(content: bytes, is_json: bool) -> list[Located]:
    """Every object of a file. Raises TextError when the text as a whole can't be read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextError("is not UTF-8", content.count(b"\n", 0, error.start) + 1) from None
    read = _json if is_json else _yaml
    try:
        return [one for line, value in read(text) for one in _objects(line, value)]
    except RecursionError:
        raise TextError("is nested too deeply") from None


def _yaml(text: str) -> Iterator[tuple[int, Value]]:
    try:
        yield from ((document.line, document.value) for document in documents(text))
    except YamlError as error:
        raise TextError(error.message, error.line) from None


def _json(text: str) -> Iterator[tuple[int, Value]]:
    try:
        value = json.loads(text, object_pairs_hook=_unique)
        msgspec.json.decode(text)  # refuses what Python's reader lets through: half surrogates, NaN
        yield 1, value
    except json.JSONDecodeError as error:
        raise TextError(error.msg, error.lineno) from None
    except (ValueError, msgspec.DecodeError) as error:
        raise TextError(str(error)) from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key is given twice in one object")
    return made


def _objects(line: int, value: Value) -> Iterator[Located]:
    if value is None:
        return
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        yield Located(line=line, kind="", fault="has no kind", remedy="write one Kubernetes object per document")
        return
    kind = value["kind"]
    items = value.get("items")
    if kind.endswith("List") and isinstance(items, list):
        for item in items:
            whole = isinstance(item, dict) and kind != "List"
            implied = {"kind": kind[:-4], "apiVersion": value.get("apiVersion")}
            yield from _objects(line, {**implied, **item} if whole else item)
    elif kind in VERSIONS:
        yield _object(line, kind, value)


def _object(line: int, kind: str, value: dict[str, Value]) -> Located:
    meta = value.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    if not isinstance(meta, dict) or not isinstance(name, str) or not name:
        return Located(line=line, kind=kind, fault="has no metadata.name", remedy="give it a name")
    namespace = meta.get("namespace") or DEFAULT_NAMESPACE
    if not isinstance(namespace, str):
        return Located(line=line, kind=kind, fault="has a metadata.namespace that isn't text", remedy="quote it")
    here = Located(line=line, kind=kind, namespace="" if kind == INGRESS_CLASS else namespace, name=name)
    version = value.get("apiVersion")
    if version not in VERSIONS[kind]:
        remedy = f"write {' or '.join(VERSIONS[kind])}"
        return msgspec.structs.replace(here, fault=f"has the unknown apiVersion {version!r}", remedy=remedy)
    document = {**value, "metadata": {**meta, "namespace": here.namespace}}
    try:
        if kind == SECRET:
            document["data"] = _secret_data(value)
        return msgspec.structs.replace(here, object=wire.convert(kind, document))
    except msgspec.ValidationError as error:
        remedy = "correct the value; annotations are quoted text"
        return msgspec.structs.replace(here, fault=f"has a field of the wrong type: {error}", remedy=remedy)


def _secret_data(value: dict[str, Value]) -> dict[str, Value]:
    """`data` with `stringData` laid over it, as the API server does on writing."""
    data, plain = value.get("data") or {}, value.get("stringData") or {}
    if not isinstance(data, dict) or not isinstance(plain, dict):
        raise msgspec.ValidationError("data and stringData must be maps")
    if not all(isinstance(text, str) for text in (*data.values(), *plain.values())):
        raise msgspec.ValidationError("data and stringData must hold text only")
    return {**data, **{key: base64.b64encode(str(text).encode()).decode() for key, text in plain.items()}}
