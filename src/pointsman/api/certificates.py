"""The certificates that the configuration names, read for their names and dates. Never a key."""

import datetime
import functools
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from pointsman.api import documents as d
from pointsman.api.view import View
from pointsman.model.dynamic import CertificateFiles

_MOST_BYTES = 1 << 20


def certificates(view: View) -> d.Certificates:
    """All of them, those that expire first in front; what cannot be read comes before."""
    found = [_document(source, points, files.cert_file) for source, points, files in _named(view)]
    return d.Certificates(items=sorted(found, key=lambda one: (one.not_after, one.source)))


def _named(view: View) -> Iterator[tuple[str, list[str], CertificateFiles]]:
    for point, pairs in view.facts.certificates.items():
        for files in pairs:
            yield f"entry point {point}", [point], files
    for provider, known in view.providers().items():
        for name, entry in known.tls.items():
            if entry.certificate is not None:
                points = list(entry.entry_points or view.facts.default_entry_points)
                yield f"{provider}/{name}", points, entry.certificate


def _document(source: str, entry_points: list[str], text: str) -> d.Certificate:
    try:
        facts = _facts(_pem(text))
    except OSError as error:
        return _unreadable(source, entry_points, f"cannot be read: {error.strerror}")
    except ValueError:
        return _unreadable(source, entry_points, "is not a certificate in PEM")
    return d.Certificate(
        source=source,
        entry_points=entry_points,
        subject=facts[0],
        issuer=facts[1],
        names=list(facts[2]),
        not_before=facts[3],
        not_after=facts[4],
        error="",
    )


def _unreadable(source: str, entry_points: list[str], error: str) -> d.Certificate:
    return d.Certificate(
        source=source,
        entry_points=entry_points,
        subject="",
        issuer="",
        names=[],
        not_before=0,
        not_after=0,
        error=error,
    )


def _pem(text: str) -> bytes:
    """PEM as it is, or the content of the file that it names."""
    if "-----BEGIN" in text:
        return text.encode()
    with Path(text).open("rb") as file:
        return file.read(_MOST_BYTES)


@functools.lru_cache(maxsize=4096)
def _facts(pem: bytes) -> tuple[str, str, tuple[str, ...], int, int]:
    """(subject, issuer, names, from, until) of the first certificate. Raises ValueError."""
    certificate = x509.load_pem_x509_certificate(pem)
    return (
        _shown(certificate.subject),
        _shown(certificate.issuer),
        _names(certificate),
        _millis(certificate.not_valid_before_utc),
        _millis(certificate.not_valid_after_utc),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    addresses = (str(address) for address in extension.get_values_for_type(x509.IPAddress))
    return (*extension.get_values_for_type(x509.DNSName), *addresses)


def _shown(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _millis(at: datetime.datetime) -> int:
    return int(at.timestamp() * 1000)
