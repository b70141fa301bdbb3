"""Edits of header fields."""

from pointsman.model.plan.nodes import Node


class HeaderEdit(Node, frozen=True, kw_only=True):
    """Sets a header to `value`, or removes it when `value` is empty."""

    name: str
    value: str = ""
