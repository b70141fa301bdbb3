"""Authentication of frontends and entry points. Whatever is broken here lets nobody pass."""

import re

from pointsman.compiler.conditions import ReadLines
from pointsman.compiler.report import Report
from pointsman.compiler.server_urls import parse_server_url
from pointsman.compiler.users import BrokenUsers, UserList
from pointsman.model import dynamic
from pointsman.model.plan import BasicAuth, ClientTls, DigestAuth, ForwardAuth, Refuse
from pointsman.rules import canonical_header
from pointsman.rules.header_names import is_token

_ADDRESS = re.compile(r"(?P<base>[^/?#]+://[^/?#]*)(?P<path>[!-\"$-~]*)(#.*)?", re.ASCII)

NEEDS_TLS = "auth.forward needs TLS"
"""Reason of the refusal that ends when servers with TLS are asked."""

Built = BasicAuth | DigestAuth | ForwardAuth | Refuse


def compile_auth(auth: dynamic.Auth, read_lines: ReadLines, report: Report) -> Built:
    """compat(1.7): basic wins over digest over forward. A section without any of them lets nobody pass."""
    field = _header_field(auth.header_field, report)
    try:
        if auth.basic is not None:
            listed = UserList("auth.basic", 2, read_lines, report)
            users = listed.users(auth.basic.users, auth.basic.users_file)
            return BasicAuth(users=users, header_field=field, remove_header=auth.basic.remove_header)
        if auth.digest is not None:
            listed = UserList("auth.digest", 3, read_lines, report)
            users = listed.users(auth.digest.users, auth.digest.users_file)
            return DigestAuth(users=users, header_field=field, remove_header=auth.digest.remove_header)
    except BrokenUsers:
        return Refuse(reason="auth is not valid")
    if auth.forward is not None:
        return _forward(auth.forward, field, report)
    report.error("auth", "names no method: all requests are refused", remedy="give `basic`, `digest` or `forward`")
    return Refuse(reason="auth names no method")


def compile_old_basic(lines: tuple[str, ...], read_lines: ReadLines, report: Report) -> BasicAuth | Refuse:
    """The deprecated `basicAuth` list."""
    try:
        return BasicAuth(users=UserList("basicAuth", 2, read_lines, report).users(lines, ""))
    except BrokenUsers:
        return Refuse(reason="basicAuth is not valid")


def _header_field(name: str, report: Report) -> str:
    """compat(1.7): set with the very letters that are configured."""
    if not name or is_token(name):
        return name
    report.error("auth.headerField", "this is no header name: it is left out", value=name, remedy="write e.g. `X-User`")
    return ""


def _forward(forward: dynamic.ForwardAuth, field: str, report: Report) -> ForwardAuth | Refuse:
    address = _ADDRESS.fullmatch(forward.address)
    url = parse_server_url(address["base"]) if address is not None else "this is no URL"
    if isinstance(url, str) or url.scheme == "h2c" or address is None:
        reason = url if isinstance(url, str) else "authentication servers speak http or https"
        remedy = "write it as `http://host:port/path`"
        report.error("auth.forward.address", f"{reason}: all requests are refused", remedy=remedy)
        return Refuse(reason="auth.forward.address is not valid")
    tls = _client_tls(forward.tls, report)
    if isinstance(tls, Refuse):
        return tls
    if url.scheme == "https":
        message = "servers with TLS are not asked yet: all requests are refused"
        report.error("auth.forward.address", message, remedy="use an address with `http://` until then")
        return Refuse(reason=NEEDS_TLS)
    return ForwardAuth(
        address=f"{url.scheme}://{url.host}{address['path']}",
        trust_forward_header=forward.trust_forward_header,
        auth_response_headers=_response_headers(forward, report),
        header_field=field,
        tls=tls,
    )


def _response_headers(forward: dynamic.ForwardAuth, report: Report) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for name in forward.auth_response_headers:
        if is_token(name):
            names[canonical_header(name)] = None
        else:
            message = "this is no header name: it is left out"
            report.error("auth.forward.authResponseHeaders", message, value=name)
    return tuple(names)


def _client_tls(tls: dynamic.ClientTls | None, report: Report) -> ClientTls | Refuse | None:
    """compat(1.7): a certificate needs its key, and only who verifies nothing can do without both."""
    if tls is None:
        return None
    if bool(tls.cert) != bool(tls.key) or not (tls.cert or tls.insecure_skip_verify):
        message = "needs both `cert` and `key`, or `insecureSkipVerify`: all requests are refused"
        report.error("auth.forward.tls", message, remedy="give what is missing")
        return Refuse(reason="auth.forward.tls is not valid")
    return ClientTls(ca=tls.ca, cert=tls.cert, key=tls.key, insecure_skip_verify=tls.insecure_skip_verify)
