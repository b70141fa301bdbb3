"""Redirects: to an entry point, or by regular expression."""

from collections.abc import Mapping

from pointsman.compiler.conditions import Target
from pointsman.compiler.report import Report
from pointsman.compiler.subject import Skip
from pointsman.model.dynamic import Redirect
from pointsman.model.plan import RedirectEntryPoint, RedirectRegex


def compile_redirect(
    redirect: Redirect, targets: Mapping[str, Target], report: Report
) -> RedirectEntryPoint | RedirectRegex | Skip | None:
    """compat(1.7): an entry point wins over a regular expression; one that does not exist is fatal for its owner."""
    if redirect.entry_point:
        target = targets.get(redirect.entry_point)
        if target is None:
            known = ", ".join(sorted(targets))
            report.error(
                "redirect.entryPoint",
                "no such entry point: nothing is served here",
                value=redirect.entry_point,
                remedy=f"use one of {known}",
            )
            return Skip()
        return RedirectEntryPoint(
            entry_point=redirect.entry_point, scheme=target.scheme, port=target.port, permanent=redirect.permanent
        )
    if not redirect.regex:
        remedy = "give `entryPoint`, or `regex` and `replacement`"
        report.warning("redirect", "names no target and has no effect", remedy=remedy)
        return None
    return RedirectRegex(regex=redirect.regex, replacement=redirect.replacement, permanent=redirect.permanent)
