"""Frontend options to the plan's middlewares: one function each, and one table with their order of execution."""

from collections.abc import Callable

from pointsman.compiler.addresses import parse_ranges
from pointsman.compiler.header_edits import header_edits
from pointsman.compiler.report import Report
from pointsman.compiler.unsupported import closing_option, report_frontend
from pointsman.model.dynamic import Frontend
from pointsman.model.plan import HeaderEdit, Headers, IpAllowList, Middleware, Refuse

Build = Callable[[Frontend, Report], Middleware | Refuse | None]
"""None: the frontend does not ask for it. Refuse: an access rule is broken, so nobody passes."""

_CLIENT_CERTIFICATE = ("X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Infos")


def compile_middlewares(frontend: Frontend, report: Report) -> tuple[Middleware, ...] | Refuse:
    """All middlewares of a frontend in order of execution, or the refusal that replaces them."""
    closing = closing_option(frontend, report)
    if closing is not None:
        return Refuse(reason=f"{closing} is not supported yet")
    chain: list[Middleware] = []
    for build in ORDER:
        built = build(frontend, report)
        if isinstance(built, Refuse):
            return built
        if built is not None:
            chain.append(built)
    report_frontend(frontend, report)
    return tuple(chain)


def _allow_list(frontend: Frontend, report: Report) -> IpAllowList | Refuse | None:
    """`whiteList`, or the deprecated `whitelistSourceRange`. An empty list lets nobody in."""
    modern = frontend.white_list
    key, ranges, forwarded = "whitelistSourceRange", frontend.whitelist_source_range, False
    if modern is not None and (modern.source_range or not ranges):
        key, ranges, forwarded = "whiteList.sourceRange", modern.source_range, modern.use_x_forwarded_for
    elif not ranges:
        return None
    parsed = parse_ranges(ranges)
    if isinstance(parsed, str):
        message = "this is no address or CIDR range: the frontend answers 404"
        report.error(key, message, value=parsed, remedy="write e.g. `10.0.0.0/8` or `192.0.2.7`")
        return Refuse(reason=f"{key} is not valid")
    if not parsed:
        report.error(key, "the list is empty: the frontend answers 404", remedy="name the ranges, or leave it out")
        return Refuse(reason=f"{key} is empty")
    return IpAllowList(source_range=parsed, use_x_forwarded_for=forwarded)


def _headers(frontend: Frontend, report: Report) -> Headers | None:
    """Custom headers."""
    if frontend.headers is None:
        return None
    request = header_edits("headers.customRequestHeaders", frontend.headers.custom_request_headers, report)
    response = header_edits("headers.customResponseHeaders", frontend.headers.custom_response_headers, report)
    return Headers(request=request, response=response) if request or response else None


def _client_certificate(frontend: Frontend, _report: Report) -> Headers | None:
    """What a client sends in these headers is never passed on; no certificate, no header."""
    if not frontend.pass_tls_cert and frontend.pass_tls_client_cert is None:
        return None
    return Headers(request=tuple(HeaderEdit(name=name) for name in _CLIENT_CERTIFICATE))


ORDER: tuple[Build, ...] = (_allow_list, _headers, _client_certificate)
"""1.7's order within a frontend's chain."""
