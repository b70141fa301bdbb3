from pathlib import Path

import trustme

from pointsman.api.certificates import certificates
from pointsman.model.dynamic import CertificateFiles, TlsEntry
from support.held import Held, Said


def test_names_and_dates_are_told_and_the_key_is_not(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("a.test", "10.0.0.1")
    pem, key = issued.cert_chain_pems[0].bytes().decode(), issued.private_key_pem.bytes().decode()
    file = tmp_path / "cert.pem"
    file.write_text(pem)
    held = Held(
        {
            "kubernetes": Said(
                tls={"default/web": TlsEntry(certificate=CertificateFiles(cert_file=pem, key_file=key))}
            ),
            "file": Said(
                tls={
                    "good": TlsEntry(entry_points=("https",), certificate=CertificateFiles(cert_file=str(file))),
                    "gone": TlsEntry(certificate=CertificateFiles(cert_file=str(tmp_path / "none.pem"))),
                    "bad": TlsEntry(certificate=CertificateFiles(cert_file="-----BEGIN CERTIFICATE-----\nx\n")),
                    "empty": TlsEntry(),
                }
            ),
        }
    )
    shown = {one.source: one for one in certificates(held).items}
    assert set(shown) == {"kubernetes/default/web", "file/good", "file/gone", "file/bad"}
    web = shown["kubernetes/default/web"]
    assert web.names == ["a.test", "10.0.0.1"]
    assert web.not_before < web.not_after
    assert web.entry_points == ["http"]
    assert shown["file/good"].entry_points == ["https"]
    assert "cannot be read" in shown["file/gone"].error
    assert "PEM" in shown["file/bad"].error
    assert key not in repr(shown)
