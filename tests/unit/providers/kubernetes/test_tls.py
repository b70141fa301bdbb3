"""What counts as PEM, and key pairs from secrets."""

import base64

import pytest

from pointsman.providers.kubernetes.objects import Secret
from pointsman.providers.kubernetes.tls import SecretError, is_pem, key_pair

BLOCK = b"-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    "text",
    [
        BLOCK,
        BLOCK + BLOCK,
        BLOCK.rstrip(b"\n"),
        BLOCK.replace(b"\n", b"\r\n"),
        b"subject=x\n" + BLOCK,
        b"-----BEGIN A KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: a,b\n\nYWJj\n-----END A KEY-----\n",
    ],
)
def test_pem(text: bytes) -> None:
    assert is_pem(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"plain text",
        BLOCK + b"\n",
        BLOCK + b"trailing",
        BLOCK + b"-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN A-----\nYWJj\n-----END B-----\n",
        b"-----BEGIN A-----\nYWJj\n",
        b"-----BEGIN A-----\n-----END A-----\n",
    ],
)
def test_not_pem(text: bytes) -> None:
    assert not is_pem(text)


def test_a_large_text_without_an_end_is_judged_quickly() -> None:
    assert not is_pem(b"-----BEGIN A-----\n" * 20_000)


def _secret(**entries: bytes) -> Secret:
    encoded = {key.replace("_", "."): base64.b64encode(text).decode() for key, text in entries.items()}
    return Secret(namespace="n", name="s", encoded=encoded)


def test_a_key_pair() -> None:
    pair = key_pair(_secret(tls_crt=BLOCK, tls_key=BLOCK, ca_crt=b"ignored"), "n/s")
    assert pair.cert_file.encode() == BLOCK
    assert pair.key_file.encode() == BLOCK


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (None, "does not exist"),
        (_secret(tls_crt=BLOCK), "tls.key"),
        (_secret(tls_key=BLOCK), "tls.crt"),
        (_secret(), "tls.crt and tls.key"),
        (_secret(tls_crt=b"x", tls_key=BLOCK), "tls.crt is not PEM"),
        (_secret(tls_crt=b"\xff\n" + BLOCK, tls_key=BLOCK), "not text"),
    ],
)
def test_secrets_that_are_no_key_pair(secret: Secret | None, said: str) -> None:
    with pytest.raises(SecretError, match=said):
        key_pair(secret, "n/s")
