"""What is wrong in a rule, as a value."""

import msgspec


class RuleFault(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake in one rule: where it begins, what it is, and what to write instead."""

    message: str
    position: int = 0
    """Characters before the faulty text, counted from the start of the rule."""
    remedy: str = ""
    """What to do, as an imperative sentence; empty when there is no guess."""
    rule: str = ""
    """The whole rule, filled in by the caller that knows it."""

    def __str__(self) -> str:
        cure = f"; {self.remedy}" if self.remedy else ""
        return f"at character {self.position + 1}: {self.message}{cure}"
