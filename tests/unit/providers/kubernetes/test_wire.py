"""The API's JSON to slim objects."""

import json
from typing import Any

import msgspec
import pytest

from pointsman.providers.kubernetes import wire
from pointsman.providers.kubernetes.objects import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    Ingress,
    IngressBackend,
    IngressClass,
    Secret,
    SliceEndpoint,
)

META = {"name": "x", "namespace": "n", "uid": "u", "creationTimestamp": "2020-01-01T00:00:00Z"}


def decode(kind: str, **body: Any) -> Any:
    return wire.decode(kind, json.dumps({"metadata": META, **body}).encode())


def ingress(paths: list[dict[str, Any]], **spec: Any) -> Ingress:
    made = decode("Ingress", spec={"rules": [{"host": "h", "http": {"paths": paths}}], **spec})
    assert isinstance(made, Ingress)
    return made


def test_the_three_versions_of_an_ingress_are_one() -> None:
    old = ingress([{"path": "/p", "backend": {"serviceName": "s", "servicePort": "http"}}])
    new = ingress([{"path": "/p", "backend": {"service": {"name": "s", "port": {"name": "http"}}}}])
    assert old == new
    assert new.order == ("2020-01-01T00:00:00Z", "n", "x")


def test_default_backends() -> None:
    old = ingress([], backend={"serviceName": "s", "servicePort": 80})
    new = ingress([], defaultBackend={"service": {"name": "s", "port": {"number": 80}}})
    assert old == new
    assert new.default_backend == IngressBackend(service="s", port=80)


def test_null_means_empty() -> None:
    made = decode("Ingress", spec={"rules": None, "tls": None, "backend": None, "ingressClassName": None})
    assert made == Ingress(namespace="n", name="x", uid="u", created=META["creationTimestamp"])
    assert decode("Endpoints", subsets=None).subsets == ()
    assert decode("Endpoints", subsets=[{"addresses": None, "ports": None}]).subsets == (EndpointSubset(),)
    assert decode("EndpointSlice", endpoints=None, ports=None).endpoints == ()
    assert decode("Service", spec={"ports": None}).ports == ()
    assert decode("Secret", data=None).encoded == {}


def test_what_does_not_route_compares_equal() -> None:
    plain = decode("Endpoints", subsets=[{"addresses": [{"ip": "1.1.1.1"}]}])
    beat = wire.decode(
        "Endpoints",
        json.dumps(
            {
                "metadata": {
                    **META,
                    "resourceVersion": "9",
                    "managedFields": [{"manager": "m"}],
                    "annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"},
                },
                "subsets": [{"addresses": [{"ip": "1.1.1.1", "nodeName": "other"}]}],
            }
        ).encode(),
    )
    assert plain == beat


def test_only_annotations_that_are_read_are_kept() -> None:
    keys = {
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "kubernetes.io/ingress.class": "c",
        "traefik.frontend.priority": "1",
        "ingress.kubernetes.io/priority": "1",
        "nginx.ingress.kubernetes.io/rewrite-target": "/",
    }
    made = wire.decode("Ingress", json.dumps({"metadata": {**META, "annotations": keys}}))
    assert isinstance(made, Ingress)
    kept = {"kubernetes.io/ingress.class", "traefik.frontend.priority", "ingress.kubernetes.io/priority"}
    assert set(made.annotations) == kept


def test_endpoints() -> None:
    made = decode(
        "Endpoints",
        subsets=[
            {
                "addresses": [{"ip": "1.1.1.1", "targetRef": {"kind": "Pod", "name": "p"}}],
                "notReadyAddresses": [{"ip": "2.2.2.2"}],
                "ports": [{"name": "http", "port": 80, "protocol": "TCP"}],
            }
        ],
    )
    subset = EndpointSubset(
        addresses=(EndpointAddress(ip="1.1.1.1", pod="p"),), ports=(EndpointPort(name="http", port=80),)
    )
    assert made == Endpoints(namespace="n", name="x", subsets=(subset,))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (None, (True, True, False)),
        ({}, (True, True, False)),
        ({"ready": None}, (True, True, False)),
        ({"ready": False}, (False, False, False)),
        ({"ready": False, "serving": True, "terminating": True}, (False, True, True)),
        ({"ready": True, "serving": True, "terminating": False}, (True, True, False)),
    ],
)
def test_conditions_of_a_slice(conditions: Any, expected: tuple[bool, bool, bool]) -> None:
    made = decode("EndpointSlice", addressType="IPv4", endpoints=[{"addresses": ["1.1.1.1"], "conditions": conditions}])
    assert isinstance(made, EndpointSlice)
    ready, serving, terminating = expected
    assert made.endpoints == (SliceEndpoint(ip="1.1.1.1", ready=ready, serving=serving, terminating=terminating),)


def test_the_service_of_a_slice_is_in_its_label() -> None:
    meta = {**META, "labels": {"kubernetes.io/service-name": "s"}}
    made = wire.decode("EndpointSlice", json.dumps({"metadata": meta, "endpoints": []}))
    assert isinstance(made, EndpointSlice)
    assert made.service == "s"


def test_a_secret_is_never_shown() -> None:
    made = decode("Secret", type="Opaque", data={"password": "aHVudGVyMg=="})
    assert isinstance(made, Secret)
    assert made.get("password") == b"hunter2"
    assert made.get("missing") == b""
    assert Secret(namespace="n", name="x", encoded={"a": "%%"}).get("a") == b""
    for text in (repr(made), str(made), f"{made}", str(made.__rich_repr__())):
        assert "aHVudGVyMg" not in text
        assert "hunter2" not in text


def test_ingress_classes() -> None:
    meta = {"name": "c", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    made = wire.decode("IngressClass", json.dumps({"metadata": meta, "spec": {"controller": "a/b"}}))
    assert made == IngressClass(name="c", controller="a/b", is_default=True)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"metadata":{"name":1}}', '{"metadata":{"name":"x"},"spec":{"rules":{}}}']
)
def test_wrong_shapes_are_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        wire.decode("Ingress", text)
