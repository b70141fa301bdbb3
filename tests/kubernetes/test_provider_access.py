"""Permissions, tokens and outages: on a real API server."""

import asyncio
import functools
from pathlib import Path
from typing import Any

import pytest
import yaml

from pointsman.providers.kubernetes import provider
from pointsman.providers.kubernetes.credentials import resolve
from support.cluster.hand import Hand
from support.logged import Logged
from support.manifests import account, endpoint_slice, endpoints, ingress, service

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(90)]
READ = ["get", "list", "watch"]
OF_1_7: list[dict[str, Any]] = [
    {"apiGroups": [""], "resources": ["services", "endpoints", "secrets"], "verbs": READ},
    {"apiGroups": ["extensions", "networking.k8s.io"], "resources": ["ingresses"], "verbs": READ},
]


async def account_token(hand: Hand, namespace: str, rules: list[dict[str, Any]]) -> str:
    await hand.create(*account(namespace, "controller", rules))
    return await hand.do(hand.control_plane.api.account_token, namespace, "controller")


async def test_the_permissions_of_traefik_1_7_suffice(hand: Hand, namespace: str) -> None:
    token, name = await account_token(hand, namespace, OF_1_7), f"{namespace}.test/"
    await hand.create(service(namespace), endpoints(namespace, "web", "10.9.4.1"))
    await hand.create(endpoint_slice(namespace, "web-1", "10.9.4.99"), ingress(namespace, "one", f"{namespace}.test"))
    async with hand.providing(token=token) as published:
        await published.until(lambda p: p.urls(name) == {"http://10.9.4.1:8080"})
        assert "Kubernetes ingress classes: may not be read: done without" in published.told()
        assert "Kubernetes endpoints: are read from endpoints, as the newer API may not be read" in published.told()
        await hand.do(hand.control_plane.api.replace, endpoints(namespace, "web", "10.9.4.2"))
        await published.until(lambda p: p.urls(name) == {"http://10.9.4.2:8080"})


async def test_without_permission_for_secrets_all_else_works(hand: Hand, namespace: str) -> None:
    rules = [rule | {"resources": [r for r in rule["resources"] if r != "secrets"]} for rule in OF_1_7]
    token = await account_token(hand, namespace, rules)
    await hand.create(service(namespace), ingress(namespace, "open", f"open.{namespace}"))
    await hand.create(ingress(namespace, "closed", f"closed.{namespace}", tls=["pair"]))
    async with hand.providing(token=token) as published:
        await published.until(lambda p: f"open.{namespace}/" in p.frontends)
        assert published.frontends[f"closed.{namespace}/"].refuse
        assert not published.frontends[f"open.{namespace}/"].refuse
        assert "Kubernetes secrets: may not be read: done without" in published.told()


async def test_without_permission_for_ingresses_nothing_is_published_until_it_is_given(
    hand: Hand, namespace: str, logged: Logged
) -> None:
    token = await account_token(hand, namespace, OF_1_7[:1])
    async with hand.providing(token=token) as published:
        await logged("Kubernetes ingresses: may not be read")
        assert not published.changes
        role = account(namespace, "controller", OF_1_7)[1]
        await hand.do(hand.control_plane.api.replace, role)
        await published.until(lambda _: True, within_s=60)


async def test_permissions_of_one_namespace_suffice_for_that_namespace(hand: Hand, namespace: str) -> None:
    objects = account(namespace, "controller", OF_1_7)
    for thing in objects[1:]:
        thing["kind"] = thing["kind"].removeprefix("Cluster")
        thing["metadata"]["namespace"] = namespace
    objects[2]["roleRef"]["kind"] = "Role"
    await hand.create(*objects, service(namespace), ingress(namespace, "one", f"{namespace}.test"))
    token = await hand.do(hand.control_plane.api.account_token, namespace, "controller")
    async with hand.providing(token=token, namespaces=(namespace,)) as published:
        await published.until(lambda p: set(p.frontends) == {f"{namespace}.test/"})


async def test_in_a_pod(hand: Hand, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plane = hand.control_plane
    (tmp_path / "token").write_text(await account_token(hand, namespace, OF_1_7))
    (tmp_path / "ca.crt").write_bytes(plane.ca.read_bytes())
    monkeypatch.setattr(provider, "resolve", functools.partial(resolve, account=tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(plane.port))
    await hand.create(ingress(namespace, "one", f"{namespace}.test"))
    async with hand.providing(endpoint="", token="ignored", cert_auth_file_path="/ignored") as published:
        await published.until(lambda p: f"{namespace}.test/" in p.backends)


async def test_by_kubeconfig_with_a_client_certificate(hand: Hand, namespace: str, tmp_path: Path) -> None:
    plane = hand.control_plane
    document = yaml.safe_load(plane.kubeconfig.read_text())
    pair = {
        "client-certificate": str(plane.directory / "client.crt"),
        "client-key": str(plane.directory / "client.key"),
    }
    document["users"] = [{"name": "admin", "user": pair}]
    (tmp_path / "config").write_text(yaml.safe_dump(document))
    await hand.create(ingress(namespace, "one", f"{namespace}.test"))
    nothing = {"endpoint": "", "token": "", "cert_auth_file_path": ""}
    async with hand.providing(kubeconfig=str(tmp_path / "config"), **nothing) as published:
        await published.until(lambda p: f"{namespace}.test/" in p.backends)


async def test_a_wrong_token_is_told_and_never_shown(hand: Hand, logged: Logged) -> None:
    async with hand.providing(token="hunter2") as published:
        line = await logged("401")
        assert not published.changes
        assert "hunter2" not in line


async def test_restarts_of_the_api_server_lose_nothing(hand: Hand, namespace: str) -> None:
    plane, name = hand.control_plane, f"{namespace}.test/"
    first, second = endpoint_slice(namespace, "web-1", "10.9.5.1"), endpoint_slice(namespace, "web-1", "10.9.5.2")
    await hand.create(service(namespace), first, ingress(namespace, "one", f"{namespace}.test"))
    async with hand.providing() as published:
        await published.until(lambda p: p.urls(name) == {"http://10.9.5.1:8080"})
        for wanted in (second, first):
            before = len(published.changes)
            await hand.do(plane.stop_apiserver)
            await published.until(lambda p: "API server: cannot be watched" in p.told())
            assert all(not c.frontends and not c.backends for c in published.changes[before:])
            await hand.do(plane.start_apiserver)
            # Before any watch is open again: what happens now must not be missed.
            await hand.do(plane.api.replace, wanted)
            address = wanted["endpoints"][0]["addresses"][0]
            await published.until(lambda p, a=address: p.urls(name) == {f"http://{a}:8080"}, within_s=10)
            await published.until(lambda p: "API server" not in p.told())


async def test_started_while_the_api_server_is_down(hand: Hand, namespace: str) -> None:
    plane = hand.control_plane
    await hand.create(ingress(namespace, "one", f"{namespace}.test"))
    await hand.do(plane.stop_apiserver)
    async with hand.providing() as published:
        await asyncio.sleep(0)
        assert not published.changes
        await hand.do(plane.start_apiserver)
        await published.until(lambda p: f"{namespace}.test/" in p.backends, within_s=10)
        assert f"{namespace}.test/" in published.changes[0].backends, "the first Change is whole"
