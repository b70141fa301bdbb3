"""Frontend options to the plan's middlewares: one function each, and one table with their order of execution."""

from collections.abc import Callable

from pointsman.compiler.addresses import parse_ranges
from pointsman.compiler.auth import compile_auth, compile_old_basic
from pointsman.compiler.error_pages import compile_error_pages
from pointsman.compiler.header_edits import header_edits
from pointsman.compiler.redirects import compile_redirect
from pointsman.compiler.report import Report
from pointsman.compiler.security import compile_security
from pointsman.compiler.subject import Skip, Subject
from pointsman.compiler.tls_later import client_certificates
from pointsman.model.dynamic import WhiteList
from pointsman.model.plan import HeaderEdit, Headers, IpAllowList, Middleware, Refuse

Build = Callable[[Subject], Middleware | Refuse | Skip | None]
"""None: the frontend does not ask for it. Refuse: an access rule is broken, so nobody passes."""

_CLIENT_CERTIFICATE = ("X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Infos")


def compile_middlewares(subject: Subject) -> tuple[Middleware, ...] | Refuse | Skip:
    """All middlewares of a frontend in order of execution, or what replaces them: a refusal counts more."""
    chain: list[Middleware] = []
    refuse: Refuse | None = None
    skip: Skip | None = None
    for build in ORDER:
        built = build(subject)
        if isinstance(built, Refuse):
            refuse = refuse or built
        elif isinstance(built, Skip):
            skip = built
        elif built is not None:
            chain.append(built)
    return refuse or skip or tuple(chain)


def compile_allow_list(modern: WhiteList | None, old: tuple[str, ...], report: Report) -> IpAllowList | Refuse | None:
    """`whiteList`, or the deprecated `whitelistSourceRange`. An empty list lets nobody in."""
    key, ranges, forwarded = "whitelistSourceRange", old, False
    if modern is not None and (modern.source_range or not ranges):
        key, ranges, forwarded = "whiteList.sourceRange", modern.source_range, modern.use_x_forwarded_for
    elif not ranges:
        return None
    parsed = parse_ranges(ranges)
    if isinstance(parsed, str):
        message = "this is no address or CIDR range: all requests are refused"
        report.error(key, message, value=parsed, remedy="write e.g. `10.0.0.0/8` or `192.0.2.7`")
        return Refuse(reason=f"{key} is not valid")
    if not parsed:
        report.error(key, "the list is empty: all requests are refused", remedy="name the ranges, or leave it out")
        return Refuse(reason=f"{key} is empty")
    return IpAllowList(source_range=parsed, use_x_forwarded_for=forwarded)


def _allow_list(subject: Subject) -> IpAllowList | Refuse | None:
    frontend = subject.frontend
    return compile_allow_list(frontend.white_list, frontend.whitelist_source_range, subject.report)


def _redirect(subject: Subject) -> Middleware | Skip | None:
    redirect = subject.frontend.redirect
    return compile_redirect(redirect, subject.conditions.targets, subject.report) if redirect is not None else None


def _headers(subject: Subject) -> Headers | None:
    """Custom headers."""
    headers = subject.frontend.headers
    if headers is None:
        return None
    request = header_edits("headers.customRequestHeaders", headers.custom_request_headers, subject.report)
    response = header_edits("headers.customResponseHeaders", headers.custom_response_headers, subject.report)
    return Headers(request=request, response=response) if request or response else None


def _security(subject: Subject) -> Middleware | None:
    headers = subject.frontend.headers
    return compile_security(headers, subject.report) if headers is not None else None


def _old_basic(subject: Subject) -> Middleware | Refuse | None:
    lines = subject.frontend.basic_auth
    return compile_old_basic(lines, subject.read_lines, subject.report) if lines else None


def _client_certificate(subject: Subject) -> Headers | Refuse | None:
    """What a client sends in these headers is never passed on; no certificate, no header."""
    refuse = client_certificates(subject)
    if refuse is not None or subject.frontend.pass_tls_client_cert is None:
        return refuse
    return Headers(request=tuple(HeaderEdit(name=name) for name in _CLIENT_CERTIFICATE))


def _auth(subject: Subject) -> Middleware | Refuse | None:
    auth = subject.frontend.auth
    return compile_auth(auth, subject.read_lines, subject.report) if auth is not None else None


ORDER: tuple[Build, ...] = (
    compile_error_pages,
    _allow_list,
    _redirect,
    _headers,
    _security,
    _old_basic,
    _client_certificate,
    _auth,
)
"""1.7's order within a frontend's chain."""
