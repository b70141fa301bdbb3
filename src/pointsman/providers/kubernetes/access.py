"""One API server as we reach it, and the refusal to start without one."""

import ssl
from pathlib import Path

import httpx2
import msgspec

from pointsman.providers.kubernetes.tokens import TokenSource


class StartError(Exception):
    """The provider cannot start with these options; names the option, what is wrong, and the file if there is one."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One API server as we reach it."""

    server: str
    """Base URL without a trailing slash."""
    tls: ssl.SSLContext
    tls_name: str = ""
    """Name expected in the server's certificate; empty: the host of the URL."""
    token: TokenSource
    namespace: str = "default"
    """Where objects of our own live: the pod's namespace, or the kubeconfig context's."""
    origin: str
    """In words, for the log: where these settings come from."""


def base_url(endpoint: str, option: str, *, secure: bool) -> str:
    """An endpoint as a URL; compat(1.7): without a scheme it is https exactly when there is an authority file.

    Raises StartError, naming the option.
    """
    if "://" not in endpoint:
        endpoint = f"{'https' if secure else 'http'}://{endpoint}"
    try:
        url = httpx2.URL(endpoint)
    except httpx2.InvalidURL as error:
        raise StartError(f"{option}: {endpoint!r} is not a URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise StartError(f"{option}: {endpoint!r} is not the URL of an API server, like https://10.0.0.1:6443")
    return endpoint.rstrip("/")


def trust(file: Path | None, option: str) -> ssl.SSLContext:
    """A client context that trusts the authorities in `file`, or the system's. Raises StartError."""
    if file is None:
        return ssl.create_default_context()
    try:
        return trust_pem(file.read_text())
    except (OSError, UnicodeDecodeError) as error:  # ssl.SSLError is an OSError
        raise StartError(f"{option}: cannot read certificates from {file}: {_reason(error)}") from error


def trust_pem(text: str) -> ssl.SSLContext:
    """A client context that trusts exactly the authorities in this PEM text. Raises ssl.SSLError."""
    if not text.strip():  # The library would take the system's authorities instead.
        raise ssl.SSLError("no certificates")
    return ssl.create_default_context(cadata=text)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "it holds no valid PEM certificate"
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not text"
