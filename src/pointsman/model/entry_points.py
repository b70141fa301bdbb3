"""Entry points of the static configuration: where we listen, and what happens to every request that arrives there."""

import msgspec

from pointsman.model.dynamic import Auth, CertificateFiles, Redirect, WhiteList
from pointsman.model.options import Deprecated, Later, Section


class ForwardedHeaders(Section, frozen=True, kw_only=True):
    """Whose X-Forwarded-* headers are believed. Without this section: everybody's."""

    insecure: bool = False
    """Believe everybody."""
    trusted_ips: tuple[str, ...] = msgspec.field(default=(), name="trustedIPs")
    """Believe these addresses and CIDR ranges."""


class ProxyProtocol(Section, frozen=True, kw_only=True):
    """PROXY protocol in front of connections. Without this section: off."""

    insecure: bool = False
    """Believe everybody."""
    trusted_ips: tuple[str, ...] = msgspec.field(default=(), name="trustedIPs")
    """Believe these addresses and CIDR ranges."""


class ClientCa(Section, frozen=True, kw_only=True):
    """Certificates of clients."""

    files: tuple[str, ...] = ()
    """Authorities: PEM paths or content."""
    optional: bool = False
    """A client without a certificate is let in."""


class Tls(Section, frozen=True, kw_only=True):
    """TLS on an entry point; an empty table serves a self-signed certificate."""

    min_version: str = ""
    """`VersionTLS10` to `VersionTLS13`."""
    cipher_suites: tuple[str, ...] = ()
    """Go's names of the suites allowed."""
    certificates: tuple[CertificateFiles, ...] = ()
    """Key pairs: PEM paths or content."""
    default_certificate: CertificateFiles | None = None
    """Served when no certificate fits the name asked for."""
    client_ca: ClientCa | None = msgspec.field(default=None, name="clientCA")
    """Ask clients for certificates."""
    client_ca_files: Deprecated[tuple[str, ...]] = msgspec.field(default=(), name="clientCAFiles")
    """Same as `clientCA.files`, required."""
    sni_strict: bool = False
    """Refuse handshakes for names without a certificate."""


class EntryPoint(Section, frozen=True, kw_only=True):
    """One listening address."""

    address: str = ""
    """`host:port` to listen on; `:80` is every IPv4 and IPv6 address."""
    forwarded_headers: ForwardedHeaders | None = None
    """Whose X-Forwarded-* headers are believed; absent = everybody's."""
    proxy_protocol: ProxyProtocol | None = None
    """Read PROXY protocol headers."""
    white_list: WhiteList | None = None
    """Client addresses that may pass."""
    whitelist_source_range: Deprecated[tuple[str, ...]] = ()
    """Same as `whiteList.sourceRange`."""
    redirect: Redirect | None = None
    """Redirect every request to another entry point or URL."""
    auth: Auth | None = None
    """Ask for credentials."""
    compress: bool = False
    """Compress answers with gzip."""
    tls: Later[Tls | None] = None
    """Serve TLS."""
