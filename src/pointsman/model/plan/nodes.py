"""Bases of every plan struct."""

import msgspec


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of every plan struct: immutable, strict, defaults left out."""


class Tagged(
    Node,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag=lambda name: "".join("_" + c.lower() if c.isupper() else c for c in name)[1:],
):
    """Base of every union member: JSON carries `"type": "snake_case_name"`."""
