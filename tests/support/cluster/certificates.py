"""One authority, one serving certificate, and the key that signs service account tokens."""

from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAMES = ("localhost", "127.0.0.1", "10.96.0.1", "kubernetes", "kubernetes.default.svc")


def write_certificates(directory: Path) -> None:
    """Writes `ca.crt`, `api.crt`, `api.key`, `client.crt`, `client.key` (user `cert-admin`) and `sa.key`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(directory / "ca.crt")
    serving = authority.issue_cert(*NAMES)
    serving.private_key_pem.write_to_path(directory / "api.key")
    for pem in serving.cert_chain_pems:
        pem.write_to_path(directory / "api.crt", append=True)
    client = authority.issue_cert("cert-admin.test", common_name="cert-admin", organization_name="system:masters")
    client.private_key_pem.write_to_path(directory / "client.key")
    client.cert_chain_pems[0].write_to_path(directory / "client.crt")
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (directory / "sa.key").write_bytes(key)
    for name in ("api.key", "client.key", "sa.key"):
        (directory / name).chmod(0o600)
