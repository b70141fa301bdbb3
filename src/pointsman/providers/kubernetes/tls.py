"""Key pairs from Secrets, and the certificates that `spec.tls` asks for."""

import base64
import binascii
import re

from pointsman.model.dynamic import CertificateFiles
from pointsman.providers.kubernetes.objects import Secret

_BEGIN = re.compile(rb"-----BEGIN ([^\r\n]*?)-----[ \t]*\r?\n")
_LINE_END = re.compile(rb"[ \t]*(?:\r?\n|\Z)")
_HEADER_LINE = re.compile(rb"[^\r\n:]+:[^\r\n]*\r?\n")


class SecretError(Exception):
    """A secret that can't be used; the text never holds its content."""


def is_pem(text: bytes) -> bool:
    """Whether the text is PEM to its last byte. compat(1.7): text before a block is passed over, none may follow."""
    position = 0
    while position < len(text):
        begin = _BEGIN.search(text, position)
        if begin is None:
            return False
        mark = b"-----END " + begin[1] + b"-----"
        end = text.find(mark, begin.end())
        line_end = _LINE_END.match(text, end + len(mark)) if end >= 0 else None
        if line_end is None or not _is_base64(text[begin.end() : end]):
            return False
        position = line_end.end()
    return bool(text)


def _is_base64(body: bytes) -> bool:
    while (header := _HEADER_LINE.match(body)) is not None:
        body = body[header.end() :].lstrip(b"\r\n")
    try:
        return bool(base64.b64decode(b"".join(body.split()), validate=True))
    except (binascii.Error, ValueError):
        return False


def key_pair(secret: Secret | None, place: str) -> CertificateFiles:
    """`tls.crt` and `tls.key` of a secret. Raises SecretError."""
    if secret is None:
        raise SecretError(f"secret {place} does not exist")
    pair = {name: secret.get(name) for name in ("tls.crt", "tls.key")}
    missing = [name for name, text in pair.items() if not text]
    if missing:
        raise SecretError(f"secret {place} has no content in {' and '.join(missing)}")
    bad = [name for name, text in pair.items() if not is_pem(text)]
    if bad:
        raise SecretError(f"secret {place}: {' and '.join(bad)} is not PEM to its last byte")
    try:
        return CertificateFiles(cert_file=pair["tls.crt"].decode(), key_file=pair["tls.key"].decode())
    except UnicodeDecodeError:
        raise SecretError(f"secret {place}: tls.crt or tls.key is not text") from None
