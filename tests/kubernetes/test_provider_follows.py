"""What users do to a cluster, and what the provider says: on a real API server."""

import pytest
import trustme

from support.cluster.hand import Hand
from support.manifests import endpoint_slice, ingress, secret, service

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(60)]


async def test_life_of_an_ingress(hand: Hand, namespace: str) -> None:
    await hand.create(service(namespace), endpoint_slice(namespace, "web-1", "10.9.0.1"))
    async with hand.providing() as published:
        await published.ready()
        name = f"{namespace}.test/"
        one = ingress(namespace, "one", f"{namespace}.test")
        await hand.create(one)
        await published.until(lambda p: p.urls(name) == {"http://10.9.0.1:8080"})
        assert published.frontends[name].backend == name

        await hand.patch(one, {"metadata": {"annotations": {"traefik.ingress.kubernetes.io/priority": "7"}}})
        await published.until(lambda p: f"7-{name}" in p.frontends)
        assert name not in published.frontends

        await hand.delete(one)
        await published.until(lambda p: f"7-{name}" not in p.frontends)
        assert f"7-{name}" not in published.backends


async def test_addresses_come_from_all_slices_and_follow_them(hand: Hand, namespace: str) -> None:
    name = f"{namespace}.test/"
    first = endpoint_slice(namespace, "web-1", "10.9.1.1", "10.9.1.2")
    second = endpoint_slice(namespace, "web-2", "10.9.1.2", "10.9.1.3")
    await hand.create(service(namespace), first, second, ingress(namespace, "one", f"{namespace}.test"))
    async with hand.providing() as published:
        both = {"http://10.9.1.1:8080", "http://10.9.1.2:8080", "http://10.9.1.3:8080"}
        await published.until(lambda p: p.urls(name) == both)

        await hand.delete(first)
        await published.until(lambda p: p.urls(name) == {"http://10.9.1.2:8080", "http://10.9.1.3:8080"})

        second["endpoints"][0]["conditions"] = {"ready": False, "serving": True, "terminating": True}
        await hand.do(hand.control_plane.api.replace, second)
        await published.until(lambda p: p.urls(name) == {"http://10.9.1.3:8080"})

        frontends = [change.frontends for change in published.changes[1:]]
        assert not any(name in found for found in frontends), "a change of addresses leaves the frontend alone"


async def test_a_service_that_changes_its_port_name(hand: Hand, namespace: str) -> None:
    name, web = f"{namespace}.test/", service(namespace)
    await hand.create(web, endpoint_slice(namespace, "web-1", "10.9.2.1"))
    await hand.create(ingress(namespace, "one", f"{namespace}.test"))
    async with hand.providing() as published:
        await published.until(lambda p: p.urls(name) == {"http://10.9.2.1:8080"})
        await hand.patch(web, {"spec": {"ports": [{"name": "other", "port": 80}]}})
        await published.until(lambda p: p.urls(name) == set() and name in p.backends)


async def test_events_that_change_nothing_publish_nothing(hand: Hand, namespace: str) -> None:
    one, web = ingress(namespace, "one", f"{namespace}.test"), service(namespace)
    await hand.create(web, one)
    async with hand.providing() as published:
        await published.until(lambda p: f"{namespace}.test/" in p.frontends)
        count = len(published.changes)
        await hand.patch(one, {"metadata": {"annotations": {"example.com/note": "x"}}})
        await hand.patch(web, {"metadata": {"annotations": {"example.com/note": "x"}}})
        await hand.create(ingress(namespace, "two", f"two.{namespace}.test"))
        await published.until(lambda p: f"two.{namespace}.test/" in p.frontends)
        assert len(published.changes) == count + 1


async def test_only_the_named_namespaces_are_read(hand: Hand, namespace: str) -> None:
    other = f"{namespace}-2"
    await hand.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}})
    await hand.create(ingress(namespace, "one", f"one.{namespace}"), ingress(other, "two", f"two.{namespace}"))
    async with hand.providing(namespaces=(namespace, "not-there")) as published:
        await published.ready()
        assert [name for name in published.backends if namespace in name] == [f"one.{namespace}/"]
        await hand.create(
            ingress(other, "three", f"three.{namespace}"), ingress(namespace, "four", f"four.{namespace}")
        )
        await published.until(lambda p: f"four.{namespace}/" in p.backends)
        assert f"three.{namespace}/" not in published.backends


async def test_the_label_selector_is_for_ingresses_only(hand: Hand, namespace: str) -> None:
    chosen = ingress(namespace, "one", f"one.{namespace}", labels={"tier": "edge"})
    await hand.create(service(namespace), endpoint_slice(namespace, "web-1", "10.9.3.1"))
    await hand.create(chosen, ingress(namespace, "two", f"two.{namespace}", labels={"tier": "inner"}))
    async with hand.providing(label_selector="tier in (edge, test)") as published:
        await published.until(lambda p: p.urls(f"one.{namespace}/") == {"http://10.9.3.1:8080"})
        assert f"two.{namespace}/" not in published.backends
        await hand.patch(chosen, {"metadata": {"labels": {"tier": "inner"}}})
        await published.until(lambda p: f"one.{namespace}/" not in p.frontends)


async def test_an_ingress_class_that_comes_later(hand: Hand, namespace: str) -> None:
    await hand.create(service(namespace), ingress(namespace, "one", f"{namespace}.test", ingress_class=namespace))
    async with hand.providing() as published:
        await published.ready()
        assert f"{namespace}.test/" not in published.frontends
        meta, spec = {"name": namespace}, {"controller": "pointsman.io/ingress-controller"}
        made = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": meta, "spec": spec}
        await hand.create(made)
        await published.until(lambda p: f"{namespace}.test/" in p.frontends)
        await hand.delete(made)
        await published.until(lambda p: f"{namespace}.test/" not in p.frontends)


async def test_a_secret_is_read_when_an_ingress_begins_to_name_it(hand: Hand, namespace: str) -> None:
    issued = trustme.CA().issue_cert(f"{namespace}.test")
    pair = {"tls.crt": issued.cert_chain_pems[0].bytes().decode(), "tls.key": issued.private_key_pem.bytes().decode()}
    one = ingress(namespace, "one", f"{namespace}.test")
    await hand.create(service(namespace), secret(namespace, "pair", pair), one)
    async with hand.providing() as published:
        await published.until(lambda p: f"{namespace}.test/" in p.frontends)
        assert f"{namespace}/pair" not in published.tls
        count = len(published.changes)
        await hand.patch(one, {"spec": {"tls": [{"secretName": "pair"}]}})
        await published.until(lambda p: f"{namespace}/pair" in p.tls)
        said = [found for change in published.changes[count:] for found in change.frontends.values()]
        assert all(found and not found.refuse for found in said), "the Ingress was never without its secret"

        await hand.patch(one, {"spec": {"tls": None}})
        await published.until(lambda p: f"{namespace}/pair" not in p.tls)


async def test_a_secret_that_arrives_after_its_ingress(hand: Hand, namespace: str) -> None:
    issued = trustme.CA().issue_cert(f"{namespace}.test")
    pair = {"tls.crt": issued.cert_chain_pems[0].bytes().decode(), "tls.key": issued.private_key_pem.bytes().decode()}
    await hand.create(service(namespace), ingress(namespace, "one", f"{namespace}.test", tls=["pair"]))
    async with hand.providing() as published:
        await published.ready()
        assert published.frontends[f"{namespace}.test/"].refuse
        await hand.create(secret(namespace, "pair", pair))
        await published.until(lambda p: f"{namespace}/pair" in p.tls)
        assert not published.frontends[f"{namespace}.test/"].refuse
