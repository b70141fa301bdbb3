"""Which API server is chosen, and how every mistake in saying so is told."""

from pathlib import Path

import pytest
import trustme

from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes.access import StartError
from pointsman.providers.kubernetes.credentials import resolve

IN_CLUSTER = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


@pytest.fixture(scope="module")
def authority() -> bytes:
    return trustme.CA().cert_pem.bytes()


@pytest.fixture
def account(tmp_path: Path, authority: bytes) -> Path:
    (tmp_path / "token").write_text("pod-token\n")
    (tmp_path / "ca.crt").write_bytes(authority)
    return tmp_path


async def test_in_a_pod_the_service_account_is_used(account: Path) -> None:
    options = Kubernetes(token="ignored", cert_auth_file_path="/ignored")
    access = resolve(options, IN_CLUSTER, account)
    assert access.server == "https://10.96.0.1:443"
    assert await access.token.authorization() == "Bearer pod-token"


async def test_the_service_accounts_token_may_change(account: Path) -> None:
    access = resolve(Kubernetes(), IN_CLUSTER, account)
    (account / "token").write_text("rotated")
    assert await access.token.authorization() == "Bearer rotated"
    (account / "token").unlink()
    assert await access.token.authorization() == "Bearer rotated"


def test_an_ipv6_service_host_is_bracketed(account: Path) -> None:
    environment = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}
    assert resolve(Kubernetes(), environment, account).server == "https://[fd00::1]:6443"


def test_in_a_pod_the_endpoint_replaces_only_the_host(account: Path) -> None:
    access = resolve(Kubernetes(endpoint="https://api.example:8443/"), IN_CLUSTER, account)
    assert access.server == "https://api.example:8443"


@pytest.mark.parametrize("missing", IN_CLUSTER)
def test_half_an_environment_is_not_a_pod(missing: str, account: Path) -> None:
    with pytest.raises(StartError, match="not a pod"):
        resolve(Kubernetes(), IN_CLUSTER | {missing: ""}, account)


async def test_outside_the_options_are_used(tmp_path: Path, authority: bytes) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(authority)
    options = Kubernetes(endpoint="https://api.example:6443", token="t0", cert_auth_file_path=str(file))
    access = resolve(options, {}, tmp_path)
    assert access.server == "https://api.example:6443"
    assert await access.token.authorization() == "Bearer t0"


@pytest.mark.parametrize(("secure", "expected"), [(False, "http://api:8080"), (True, "https://api:8080")])
def test_an_endpoint_without_scheme(secure: bool, expected: str, tmp_path: Path, authority: bytes) -> None:
    (tmp_path / "ca.pem").write_bytes(authority)
    options = Kubernetes(endpoint="api:8080", cert_auth_file_path=str(tmp_path / "ca.pem") if secure else "")
    assert resolve(options, {}, tmp_path).server == expected


async def test_without_a_token_nothing_is_sent(tmp_path: Path) -> None:
    access = resolve(Kubernetes(endpoint="http://localhost:8001"), {}, tmp_path)
    assert await access.token.authorization() == ""


def test_an_unreadable_authority_names_file_and_option(tmp_path: Path) -> None:
    options = Kubernetes(endpoint="https://api", cert_auth_file_path=str(tmp_path / "none.pem"))
    with pytest.raises(StartError, match=r"kubernetes\.certAuthFilePath.*none\.pem: No such file"):
        resolve(options, {}, tmp_path)


@pytest.mark.parametrize("content", [b"no pem", b"\xff\xfe", b""])
def test_an_authority_that_is_none_names_file_and_option(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_bytes(content)
    options = Kubernetes(endpoint="https://api", cert_auth_file_path=str(tmp_path / "bad.pem"))
    with pytest.raises(StartError, match=r"kubernetes\.certAuthFilePath.*bad\.pem"):
        resolve(options, {}, tmp_path)


@pytest.mark.parametrize("endpoint", ["https://a:port", "ftp://a", "https://", "https://a/?b=c", "[::1"])
def test_an_endpoint_that_is_no_url(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"kubernetes\.endpoint: "):
        resolve(Kubernetes(endpoint=endpoint), {}, tmp_path)


@pytest.mark.parametrize("token", ["hun\nter2", "hunter2\xe9", "hun ter2", "hunter2\x00", " "])
async def test_what_can_be_no_token_is_refused_and_not_shown(token: str, account: Path) -> None:
    with pytest.raises(StartError, match=r"kubernetes\.token holds no token") as caught:
        resolve(Kubernetes(endpoint="https://a", token=token), {}, account)
    assert "ter2" not in str(caught.value)
    (account / "token").write_text(token)
    with pytest.raises(StartError, match="/token holds no token") as caught:
        resolve(Kubernetes(), IN_CLUSTER, account)
    assert "ter2" not in str(caught.value)


def test_a_pod_without_a_token_says_which_file(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=f"{tmp_path}/token"):
        resolve(Kubernetes(), IN_CLUSTER, tmp_path)


def test_knowing_no_api_server_says_what_can_be_given(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"kubernetes\.endpoint.*kubernetes\.kubeconfig.*kubernetes\.manifests"):
        resolve(Kubernetes(), {}, tmp_path)


KUBECONFIG = """
current-context: here
clusters: [{name: c, cluster: {server: "https://from-%s:6443"}}]
users: [{name: u, user: {token: secret}}]
contexts: [{name: here, context: {cluster: c, user: u}}]
"""


def test_order_of_the_sources(account: Path) -> None:
    option, environment = account / "option", account / "environment"
    option.write_text(KUBECONFIG % "option")
    environment.write_text(KUBECONFIG % "environment")
    outside = {"KUBECONFIG": str(environment)}
    everything = outside | IN_CLUSTER
    both = Kubernetes(kubeconfig=str(option), endpoint="https://endpoint")
    assert resolve(both, everything, account).server == "https://from-option:6443"
    assert resolve(Kubernetes(), everything, account).server == "https://10.96.0.1:443"
    assert resolve(Kubernetes(endpoint="https://endpoint"), outside, account).server == "https://endpoint"
    assert resolve(Kubernetes(), outside, account).server == "https://from-environment:6443"
