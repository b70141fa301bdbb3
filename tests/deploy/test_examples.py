"""Each example does what it says, as far as `pointsman check` can tell without a cluster."""

import base64
from pathlib import Path

import pytest
import trustme
import yaml

from pointsman.cli.check import check
from support.deployed import DEPLOY, MANIFESTS

EXAMPLES = sorted((DEPLOY / "examples").glob("*.yaml"))
POINTS = (
    "--entryPoints=Name:http Address::80",
    "--entryPoints=Name:https Address::443 TLS",
    "--defaultEntryPoints=http,https",
)


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The class and the certificate that examples name."""
    pair = trustme.CA().issue_cert("shop.example.com")
    data = {"tls.crt": pair.cert_chain_pems[0].bytes(), "tls.key": pair.private_key_pem.bytes()}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": "shop-tls", "namespace": "shop"},
        "data": {name: base64.b64encode(content).decode() for name, content in data.items()},
    }
    return (MANIFESTS / "common" / "ingressclass.yaml").read_text() + "---\n" + yaml.safe_dump(secret)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_check_accepts_it(example: Path, surroundings: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / example.name).write_text(example.read_text())
    (tmp_path / "surroundings.yaml").write_text(surroundings)
    check([f"--kubernetes.manifests={tmp_path}", *POINTS], {})
    told = capsys.readouterr().out.splitlines()
    wrong = [line for line in told if line.startswith("error:") and "not supported yet" not in line]
    assert wrong == []
    own = [line for line in told if "Ingress shop" in line and line.startswith("warning:")]
    assert [line for line in own if "has no endpoints" not in line] == []


def test_each_begins_with_what_it_is_for_and_is_listed() -> None:
    listed = (DEPLOY / "README.md").read_text()
    for example in EXAMPLES:
        assert example.read_text().startswith("# ")
        assert f"`{example.name}`" in listed
    assert len(EXAMPLES) >= 9
