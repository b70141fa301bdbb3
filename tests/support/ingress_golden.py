"""Golden pairs of the Ingress translator: Kubernetes objects in, the Dynamic they mean out, without default values."""

from pathlib import Path
from typing import Any

import msgspec
import yaml

from pointsman.model.dynamic import Dynamic
from pointsman.providers.kubernetes.objects import ObjectEvent, seen
from pointsman.providers.kubernetes.translator import Translator, TranslatorOptions
from pointsman.providers.manifests.documents import parse

FOLDER = Path(__file__).parent.parent / "golden" / "ingress"


def inputs() -> list[Path]:
    """Every `NAME.in.yaml`, sorted."""
    return sorted(FOLDER.glob("*.in.yaml"))


def output_of(source: Path) -> Path:
    """The `NAME.out.yaml` beside it."""
    return source.with_name(source.name.replace(".in.yaml", ".out.yaml"))


def events(source: Path) -> list[ObjectEvent]:
    """The objects of an input, in the order of the file."""
    located = parse(source.read_bytes(), is_json=False)
    assert all(one.object for one in located), [one.fault for one in located if one.fault]
    return [seen(one.object) for one in located if one.object]


def options(source: Path) -> TranslatorOptions:
    """From the input's document of kind `TranslatorOptions`, if it has one."""
    for document in yaml.safe_load_all(source.read_text()):
        if document and document["kind"] == "TranslatorOptions":
            return msgspec.convert(document["spec"], TranslatorOptions)
    return TranslatorOptions()


def render(source: Path) -> str:
    """What the output file should hold."""
    translator = Translator(options(source))
    translator.apply(events(source))
    return dump(translator.dynamic)


def dump(dynamic: Dynamic) -> str:
    """A Dynamic as YAML, keys in the order of the structs, names sorted, Problems as one line each."""
    shown = sparse(dynamic)
    shown.pop("problems", None)
    if dynamic.problems:
        shown["problems"] = [f"{problem.severity}: {problem}" for problem in dynamic.problems]
    return yaml.safe_dump(shown, sort_keys=False, width=4096, allow_unicode=True)


def sparse(value: Any) -> Any:
    """Structs as maps without the fields that hold their default."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        pairs = ((field.encode_name, getattr(value, field.name), field.default) for field in fields)
        return {name: sparse(found) for name, found, default in pairs if found != default and found not in ({}, ())}
    if isinstance(value, dict):
        return {key: sparse(found) for key, found in value.items()}
    if isinstance(value, tuple):
        return [sparse(found) for found in value]
    return value
