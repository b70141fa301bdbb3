"""Header annotations to `Headers`."""

from pointsman.model.dynamic import Headers
from pointsman.providers.kubernetes.reader import Reader

_NAMES = frozenset(
    (
        "custom-request-headers",
        "custom-response-headers",
        "ssl-proxy-headers",
        "allowed-hosts",
        "proxy-headers",
        "ssl-redirect",
        "ssl-temporary-redirect",
        "ssl-host",
        "ssl-force-host",
        "hsts-max-age",
        "hsts-include-subdomains",
        "hsts-preload",
        "force-hsts",
        "frame-deny",
        "custom-frame-options-value",
        "content-type-nosniff",
        "browser-xss-filter",
        "custom-browser-xss-value",
        "content-security-policy",
        "public-key",
        "referrer-policy",
        "is-development",
    )
)


def headers(reader: Reader) -> Headers | None:
    """The header settings; None when every field is empty."""
    if not reader.has_any(_NAMES):
        return None
    made = Headers(
        custom_request_headers=reader.headers("custom-request-headers"),
        custom_response_headers=reader.headers("custom-response-headers"),
        allowed_hosts=reader.items("allowed-hosts"),
        hosts_proxy_headers=reader.items("proxy-headers"),
        ssl_redirect=reader.flag("ssl-redirect"),
        ssl_temporary_redirect=reader.flag("ssl-temporary-redirect"),
        ssl_host=reader.text("ssl-host"),
        ssl_force_host=reader.flag("ssl-force-host"),
        ssl_proxy_headers=reader.headers("ssl-proxy-headers"),
        sts_seconds=reader.integer("hsts-max-age"),
        sts_include_subdomains=reader.flag("hsts-include-subdomains"),
        sts_preload=reader.flag("hsts-preload"),
        force_sts_header=reader.flag("force-hsts"),
        frame_deny=reader.flag("frame-deny"),
        custom_frame_options_value=reader.text("custom-frame-options-value"),
        content_type_nosniff=reader.flag("content-type-nosniff"),
        browser_xss_filter=reader.flag("browser-xss-filter"),
        custom_browser_xss_value=reader.text("custom-browser-xss-value"),
        content_security_policy=reader.text("content-security-policy"),
        public_key=reader.text("public-key"),
        referrer_policy=reader.text("referrer-policy"),
        is_development=reader.flag("is-development"),
    )
    return None if made == Headers() else made
