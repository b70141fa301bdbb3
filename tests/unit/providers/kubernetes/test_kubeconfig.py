"""Kubeconfig files: what is read from them, and how what is wrong with them is told without their secrets."""

import base64
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from pointsman.providers.kubernetes.access import Access, StartError
from pointsman.providers.kubernetes.kubeconfig import load_kubeconfig


def document(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "any"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://api:6443"} | (cluster or {})}],
        "users": [{"name": "u", "user": user or {}}],
    }


def load(directory: Path, content: dict[str, Any] | str) -> Access:
    file = directory / "config"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return load_kubeconfig([file], "kubernetes.kubeconfig")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


async def test_server_and_token(tmp_path: Path) -> None:
    access = load(tmp_path, document(user={"token": "t"}))
    assert access.server == "https://api:6443"
    assert await access.token.authorization() == "Bearer t"


@pytest.mark.parametrize("inline", [True, False])
def test_authority_from_file_or_data(inline: bool, tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    cluster: dict[str, Any] = (
        {"certificate-authority-data": b64(authority.cert_pem.bytes())}
        if inline
        else {"certificate-authority": "ca.pem"}  # relative to the kubeconfig
    )
    tls = load(tmp_path, document(cluster | {"tls-server-name": "kubernetes"}))
    assert len(tls.tls.get_ca_certs()) == 1
    assert tls.tls_name == "kubernetes"


def test_verification_can_be_switched_off(tmp_path: Path) -> None:
    assert load(tmp_path, document({"insecure-skip-tls-verify": True})).tls.verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize("inline", [True, False])
def test_client_certificate_from_files_or_data(inline: bool, tmp_path: Path, authority: trustme.CA) -> None:
    issued = authority.issue_cert(common_name="admin")
    certificate, key = issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes()
    (tmp_path / "c.pem").write_bytes(certificate)
    (tmp_path / "k.pem").write_bytes(key)
    user = (
        {"client-certificate-data": b64(certificate), "client-key-data": b64(key)}
        if inline
        else {"client-certificate": "c.pem", "client-key": str(tmp_path / "k.pem")}
    )
    load(tmp_path, document(user=user))


async def test_token_file_is_relative_to_the_kubeconfig_and_may_change(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("one")
    access = load(tmp_path, document(user={"tokenFile": "t", "token": "not used"}))
    assert await access.token.authorization() == "Bearer one"
    (tmp_path / "t").write_text("two")
    assert await access.token.authorization() == "Bearer two"


async def test_user_name_and_password(tmp_path: Path) -> None:
    access = load(tmp_path, document(user={"username": "me", "password": "pw"}))
    assert await access.token.authorization() == "Basic " + b64(b"me:pw")


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
async def test_exec_plugin(version: str, tmp_path: Path) -> None:
    api = f"client.authentication.k8s.io/{version}"
    script = tmp_path / "plugin.py"
    script.write_text(
        "import json, os, sys\n"
        "assert json.loads(os.environ['KUBERNETES_EXEC_INFO'])['kind'] == 'ExecCredential'\n"
        "path = sys.argv[1]; n = len(open(path).read()) if os.path.exists(path) else 0\n"
        "open(path, 'a').write('x')\n"
        "print(json.dumps({'kind': 'ExecCredential', 'status': {'token': f'{os.environ[\"WHO\"]}-{n}'}}))\n"
    )
    plugin = {
        "apiVersion": api,
        "command": sys.executable,
        "args": [str(script), str(tmp_path / "count")],
        "env": [{"name": "WHO", "value": "me"}],
    }
    token = load(tmp_path, document(user={"exec": plugin})).token
    assert await token.authorization() == "Bearer me-0"
    assert await token.authorization() == "Bearer me-0"
    assert await token.authorization(refused=True) == "Bearer me-1"


def test_several_files_are_merged_and_the_first_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text(yaml.safe_dump({"current-context": "here", "clusters": document()["clusters"]}))
    second.write_text(yaml.safe_dump(document({"server": "https://other"})))
    assert load_kubeconfig([tmp_path / "none", first, second], "$KUBECONFIG").server == "https://api:6443"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: b: c", "config:1 is not valid YAML"),
        ("[]", "not a kubeconfig"),
        ("{}", "no current-context"),
        (document() | {"contexts": []}, "context 'here' is not there"),
        (document() | {"clusters": []}, "cluster 'c' is not there"),
        (document() | {"users": []}, "user 'u' is not there"),
        (document({"server": ""}), "'c' has no server"),
        (document({"server": "https://a:b"}), "server: 'https://a:b' is not a URL"),
        (document(user={"token": "a b"}), "token holds no token"),
        (document({"certificate-authority": "none.pem"}), r"certificate-authority.*none\.pem"),
        (document({"certificate-authority-data": "!"}), "certificate-authority-data is not base64"),
        (document({"certificate-authority-data": b64(b"x")}), "no valid PEM"),
        (document(user={"client-certificate": "c", "client-key": "k"}), "client certificate in"),
        (document(user={"tokenFile": "nothing"}), "tokenFile.*nothing"),
        (document(user={"exec": {"apiVersion": "v9", "command": "x"}}), "exec plugins of 'v9'"),
        (document(user={"auth-provider": {"name": "gcp"}}), "auth-provider was removed"),
    ],
)
def test_mistakes_name_the_option_and_the_place(content: Any, told: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=rf"kubernetes\.kubeconfig.*{told}"):
        load(tmp_path, content)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"kubernetes\.kubeconfig: cannot read .*/config: No such file"):
        load_kubeconfig([tmp_path / "config"], "kubernetes.kubeconfig")


def test_a_broken_file_never_shows_its_secrets(tmp_path: Path) -> None:
    for broken in ("users: [{name: u, user: {token: hunter2", "users: [{name: u, user: {token: [hunter2]}}]"):
        with pytest.raises(StartError) as caught:
            load(tmp_path, broken)
        assert "hunter2" not in str(caught.value)
