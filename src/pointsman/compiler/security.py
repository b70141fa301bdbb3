"""Security headers. `isDevelopment` is applied here: the plan says what happens, not why."""

from collections.abc import Iterator

from pointsman.compiler.header_edits import header_edits, is_field_value
from pointsman.compiler.report import Report
from pointsman.model.dynamic import Headers
from pointsman.model.plan import HeaderEdit, SecurityHeaders


def compile_security(headers: Headers, report: Report) -> SecurityHeaders | None:
    """Everything of `headers` but the custom ones; None when nothing comes of it.

    compat(1.7): in development, hosts, the SSL redirect, Strict-Transport-Security and Public-Key-Pins are off;
    `sslForceHost` is not.
    """
    live = not headers.is_development
    ssl_host = _text("sslHost", headers.ssl_host, report)
    force_host = headers.ssl_force_host and bool(ssl_host)
    if headers.ssl_force_host and not ssl_host:
        report.warning("headers.sslForceHost", "has no effect without `sslHost`", remedy="give `headers.sslHost`")
    redirects = live and headers.ssl_redirect
    hosts = tuple(dict.fromkeys(headers.allowed_hosts)) if live else ()
    sts = _sts(headers, report) if live else ""
    public_key = _text("publicKey", headers.public_key, report) if live else ""
    response = tuple(HeaderEdit(name=name, value=value) for name, value in _response(headers, report))
    if not (hosts or redirects or ssl_host or sts or public_key or response):
        return None
    return SecurityHeaders(
        allowed_hosts=hosts,
        hosts_proxy_headers=headers.hosts_proxy_headers,
        ssl_redirect=redirects,
        ssl_temporary_redirect=headers.ssl_temporary_redirect,
        ssl_host=ssl_host,
        ssl_force_host=force_host,
        ssl_proxy_headers=header_edits("headers.sslProxyHeaders", headers.ssl_proxy_headers, report),
        sts=sts,
        force_sts=headers.force_sts_header,
        public_key=public_key,
        response=response,
    )


def _sts(headers: Headers, report: Report) -> str:
    if headers.sts_seconds < 0:
        message = "must not be negative: there is no Strict-Transport-Security"
        report.error("headers.stsSeconds", message, value=str(headers.sts_seconds), remedy="write a number of seconds")
    if headers.sts_seconds <= 0:
        return ""
    subdomains = "; includeSubDomains" if headers.sts_include_subdomains else ""
    return f"max-age={headers.sts_seconds}{subdomains}{'; preload' if headers.sts_preload else ''}"


def _response(headers: Headers, report: Report) -> Iterator[tuple[str, str]]:
    """Fields of every answer. compat(1.7): a custom value wins over its switch."""
    frame = _text("customFrameOptionsValue", headers.custom_frame_options_value, report)
    xss = _text("customBrowserXSSValue", headers.custom_browser_xss_value, report)
    values = {
        "X-Frame-Options": frame or ("DENY" if headers.frame_deny else ""),
        "X-Content-Type-Options": "nosniff" if headers.content_type_nosniff else "",
        "X-Xss-Protection": xss or ("1; mode=block" if headers.browser_xss_filter else ""),
        "Content-Security-Policy": _text("contentSecurityPolicy", headers.content_security_policy, report),
        "Referrer-Policy": _text("referrerPolicy", headers.referrer_policy, report),
    }
    return ((name, value) for name, value in values.items() if value)


def _text(key: str, value: str, report: Report) -> str:
    if is_field_value(value):
        return value.strip(" \t")
    report.error(f"headers.{key}", "the value has characters that no header may have: it is left out")
    return ""
