"""Error pages: which answers are replaced, and by what of which other backend."""

import re

from pointsman.compiler.pool_state import PoolState
from pointsman.compiler.report import Report
from pointsman.compiler.subject import Skip, Subject
from pointsman.model import dynamic
from pointsman.model.plan import ErrorPage, ErrorPages, StatusRange

_RANGE = re.compile(r"\s*(?P<first>[0-9]{1,5})(\s*-\s*(?P<last>[0-9]{1,5}))?\s*", re.ASCII)
_HIGHEST = 999


def compile_error_pages(subject: Subject) -> ErrorPages | Skip | None:
    """Pages in the order of their names.

    compat(1.7): a backend that is the frontend's own or does not exist costs the page, a status that is no number the
    frontend.
    """
    pages: list[ErrorPage] = []
    broken = False
    for name, page in sorted(subject.frontend.errors.items()):
        statuses = _statuses(f"errors.{name}.status", page.status, subject.report)
        broken = broken or statuses is None
        if statuses and _has_backend(name, page, subject):
            pages.append(_page(page, statuses, subject))
    if broken:
        return Skip()
    return ErrorPages(pages=tuple(pages)) if pages else None


def _page(page: dynamic.ErrorPage, statuses: tuple[StatusRange, ...], subject: Subject) -> ErrorPage:
    """compat(1.7): whether the Host is passed is said by a frontend that uses the backend on the same entry point."""
    return ErrorPage(
        statuses=statuses,
        pool=f"{subject.provider}/{page.backend}",
        pass_host=subject.backends.passes_host(page.backend, frozenset(subject.entry_points)),
        query="/" + page.query.removeprefix("/"),
    )


def _has_backend(name: str, page: dynamic.ErrorPage, subject: Subject) -> bool:
    state = subject.backends.state(page.backend)
    if page.backend == subject.frontend.backend:
        reason, remedy = "is the frontend's own", "name a backend that has just the pages"
    elif state is not PoolState.READY:
        reason, remedy = state.value, f"name a backend of provider {subject.provider}"
    else:
        return True
    message = f"the backend {reason}: answers are not replaced by this page"
    subject.report.error(f"errors.{name}.backend", message, value=page.backend, remedy=remedy)
    return False


def _statuses(key: str, texts: tuple[str, ...], report: Report) -> tuple[StatusRange, ...] | None:
    """Empty when there are none; None when one is not valid."""
    found: list[StatusRange] = []
    if not texts:
        report.warning(key, "names no status: the page has no effect", remedy="write e.g. `500-599`")
    for text in texts:
        match = _RANGE.fullmatch(text)
        if match is None:
            message = "is neither a status nor a range of them: the frontend is not served"
            report.error(key, message, value=text, remedy="write e.g. `404` or `500-599`")
            return None
        first, last = int(match["first"]), min(int(match["last"] or match["first"]), _HIGHEST)
        if first <= last:
            found.append(StatusRange(first=first, last=last))
        else:
            report.warning(key, "no answer has such a status", value=text, remedy="write e.g. `500-599`")
    return tuple(found)
