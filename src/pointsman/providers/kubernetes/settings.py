"""What the annotations of one Ingress say about every frontend it makes; read once per Ingress."""

from collections.abc import Mapping

import msgspec

from pointsman.model.dynamic import (
    Auth,
    ErrorPage,
    Headers,
    PassTlsClientCert,
    Rate,
    RateLimit,
    Redirect,
    TlsCertificateInfos,
    TlsCertificateNames,
    WhiteList,
)
from pointsman.providers.kubernetes.auth import AccessError, FindSecret, auth, check_realm
from pointsman.providers.kubernetes.headers import headers
from pointsman.providers.kubernetes.reader import Reader
from pointsman.providers.kubernetes.rules import Modifiers
from pointsman.providers.kubernetes.values import Fields
from pointsman.providers.yaml_source import YamlError


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Frontend settings of one Ingress, before host and path are known."""

    entry_points: tuple[str, ...] = ()
    priority: int = 0
    pass_host_header: bool = True
    pass_tls_cert: bool = False
    pass_tls_client_cert: PassTlsClientCert | None = None
    white_list: WhiteList | None = None
    headers: Headers | None = None
    errors: Mapping[str, ErrorPage] = {}
    rate_limit: RateLimit | None = None
    redirect: Redirect | None = None
    """Without app-root, which depends on the path."""
    permanent: bool = False
    app_root: str = ""
    auth: Auth | None = None
    protocol: str = ""
    modifiers: Modifiers = Modifiers()
    refuse: str = ""
    """Why no request may pass: an access rule that can't be built."""
    joins: bool = True
    """Whether a frontend that another Ingress made still takes this one's servers when `refuse` is set."""


def read_settings(reader: Reader, find: FindSecret, defaults: Settings) -> Settings:
    """Reads the annotations; `defaults` holds what `[kubernetes]` says about host header and TLS certificates."""
    access, refuse, joins = _access(reader, find)
    permanent = reader.flag("redirect-permanent")
    return Settings(
        entry_points=reader.items("frontend-entry-points"),
        priority=max(reader.integer("priority"), 0),
        pass_host_header=reader.flag("preserve-host", defaults.pass_host_header),
        pass_tls_cert=reader.flag("pass-tls-cert", defaults.pass_tls_cert),
        pass_tls_client_cert=_pass_client_cert(reader),
        white_list=_white_list(reader),
        headers=headers(reader),
        errors=_error_pages(reader),
        rate_limit=_rate_limit(reader),
        redirect=_redirect(reader, permanent),
        permanent=permanent,
        app_root=reader.text("app-root"),
        auth=access,
        protocol=reader.text("protocol"),
        modifiers=Modifiers(
            rule_type=reader.text("rule-type", "PathPrefix"),
            rewrite_target=reader.text("rewrite-target"),
            request_modifier=reader.text("request-modifier"),
        ),
        refuse=refuse,
        joins=joins,
    )


def app_root_redirect(settings: Settings, base: str, path: str) -> Redirect | None:
    """The redirect of one path: app-root on `/` or no path, else the Ingress' own."""
    if not settings.app_root or path not in ("", "/"):
        return settings.redirect
    return Redirect(
        regex=f"{base}$" if path else f"{base}/$",
        replacement=f"{base.rstrip('/')}/{settings.app_root.lstrip('/')}",
        permanent=settings.permanent,
    )


def _access(reader: Reader, find: FindSecret) -> tuple[Auth | None, str, bool]:
    """Authentication, or why every request is refused and whether that holds for frontends made by others."""
    joins = False
    try:
        check_realm(reader)
        joins = True
        return auth(reader, find), "", joins
    except AccessError as error:
        found = reader.find(error.name)
        value = found.value if found else ""
        message = f"{error}: its paths answer 404"
        reader.report.error(message, key=reader.key(error.name), value=value, remedy=error.remedy)
        return None, f"{error.name}: {error}", joins


def _redirect(reader: Reader, permanent: bool) -> Redirect | None:
    entry_point = reader.text("redirect-entry-point")
    if entry_point:
        return Redirect(entry_point=entry_point, permanent=permanent)
    regex, replacement = reader.text("redirect-regex"), reader.text("redirect-replacement")
    if regex and replacement:
        return Redirect(regex=regex, replacement=replacement, permanent=permanent)
    if regex or replacement:
        name, other = (
            ("redirect-regex", "redirect-replacement") if regex else ("redirect-replacement", "redirect-regex")
        )
        reader.report.warning("has no effect alone", key=reader.key(name), remedy=f"give {other} too")
    return None


def _white_list(reader: Reader) -> WhiteList | None:
    ranges = reader.items("whitelist-source-range")
    forwarded = reader.flag("whitelist-x-forwarded-for")
    if ranges:
        return WhiteList(source_range=ranges, use_x_forwarded_for=forwarded)
    found = reader.find("whitelist-source-range")
    if found is not None:
        reader.report.warning(
            "names no address: everyone may pass", key=found.key, value=found.value, remedy="list addresses or ranges"
        )
    return None


def _error_pages(reader: Reader) -> dict[str, ErrorPage]:
    fields = reader.yaml("error-pages")
    if fields is None:
        return {}
    try:
        each = fields.each()
        pages = {
            name: ErrorPage(status=page.texts("status"), backend=page.text("backend"), query=page.text("query"))
            for name, page in each.items()
        }
    except YamlError as error:
        reader.bad_yaml("error-pages", error)
        return {}
    reader.unread("error-pages", *each.values())
    return pages


def _rate_limit(reader: Reader) -> RateLimit | None:
    fields = reader.yaml("rate-limit")
    if fields is None:
        return None
    try:
        extractor = fields.text("extractorfunc")
        each = fields.fields("rateset").each()
        rates = {
            name: Rate(period=rate.duration("period"), average=rate.integer("average"), burst=rate.integer("burst"))
            for name, rate in each.items()
        }
    except YamlError as error:
        reader.bad_yaml("rate-limit", error)
        return None
    reader.unread("rate-limit", fields, *each.values())
    return RateLimit(rate_set=rates, extractor_func=extractor) if rates else None


def _pass_client_cert(reader: Reader) -> PassTlsClientCert | None:
    fields = reader.yaml("pass-client-tls-cert")
    if fields is None:
        return None
    try:
        infos = fields.fields("infos")
        made = PassTlsClientCert(pem=fields.flag("pem"), infos=_infos(reader, infos) if infos else None)
    except YamlError as error:
        reader.bad_yaml("pass-client-tls-cert", error)
        return None
    reader.unread("pass-client-tls-cert", fields, infos)
    return made


def _infos(reader: Reader, infos: Fields) -> TlsCertificateInfos:
    """compat(1.7): the issuer's parts follow the subject's flags, its own are read and not used."""
    subject, issuer = _names(infos.fields("subject")), _names(infos.fields("issuer"))
    if issuer is not None and issuer != subject:
        reader.report.warning(
            "the issuer block is not used, the subject's flags hold for both",
            key=reader.key("pass-client-tls-cert"),
            remedy="write the same flags in both blocks",
        )
    return TlsCertificateInfos(
        not_after=infos.flag("notafter"),
        not_before=infos.flag("notbefore"),
        sans=infos.flag("sans"),
        subject=subject,
        issuer=subject,
    )


def _names(fields: Fields) -> TlsCertificateNames | None:
    if not fields:
        return None
    return TlsCertificateNames(
        country=fields.flag("country"),
        province=fields.flag("province"),
        locality=fields.flag("locality"),
        organization=fields.flag("organization"),
        common_name=fields.flag("commonname"),
        serial_number=fields.flag("serialnumber"),
        domain_component=fields.flag("domaincomponent"),
    )
