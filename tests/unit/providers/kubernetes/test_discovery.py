"""Which API version is used, on clusters of every age."""

import json
from collections.abc import Mapping

import pytest

from pointsman.providers.kubernetes.client import ApiError
from pointsman.providers.kubernetes.discovery import (
    ADDRESSES,
    INGRESS_CLASSES,
    INGRESSES,
    SERVICES,
    Discovery,
    Resource,
)


class Answers:
    """The only part of the client that discovery uses."""

    def __init__(self, served: Mapping[str, list[str] | int]) -> None:
        self.served, self.asked = dict(served), 0

    async def get(self, path: str) -> bytes:
        self.asked += 1
        answer = self.served.get(path.removeprefix("/apis/"), 404)
        if isinstance(answer, int):
            raise ApiError(answer, "no")
        return json.dumps({"resources": [{"name": name, "kind": "Any"} for name in answer]}).encode()


async def versions(discovery: Discovery, candidates: tuple[Resource, ...]) -> list[str]:
    return [resource.group_version async for resource in discovery.served(candidates)]


@pytest.mark.parametrize(
    ("served", "ingresses", "addresses"),
    [
        (
            {"networking.k8s.io/v1": ["ingresses", "ingressclasses"], "discovery.k8s.io/v1": ["endpointslices"]},
            ["networking.k8s.io/v1"],
            ["discovery.k8s.io/v1", "v1"],
        ),
        # 1.14 to 1.18: networking.k8s.io/v1 exists, without Ingress
        (
            {
                "networking.k8s.io/v1": ["networkpolicies"],
                "networking.k8s.io/v1beta1": ["ingresses"],
                "extensions/v1beta1": ["ingresses"],
            },
            ["networking.k8s.io/v1beta1", "extensions/v1beta1"],
            ["v1"],
        ),
        ({"extensions/v1beta1": ["ingresses"]}, ["extensions/v1beta1"], ["v1"]),
        ({}, [], ["v1"]),
        # discovery itself is not permitted: what the answers will be must be tried
        (
            {"networking.k8s.io/v1": 403, "networking.k8s.io/v1beta1": 403, "extensions/v1beta1": 403},
            ["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"],
            ["v1"],
        ),
    ],
)
async def test_newest_first(served: Mapping[str, list[str] | int], ingresses: list[str], addresses: list[str]) -> None:
    discovery = Discovery(Answers(served))  # type: ignore[arg-type]
    assert await versions(discovery, INGRESSES) == ingresses
    assert await versions(discovery, ADDRESSES) == addresses


async def test_asks_once_until_told_to_forget() -> None:
    answers = Answers({"networking.k8s.io/v1": ["ingresses", "ingressclasses"]})
    discovery = Discovery(answers)  # type: ignore[arg-type]
    for _ in range(3):
        async for _resource in discovery.served(INGRESSES):
            break
        async for _resource in discovery.served(INGRESS_CLASSES):
            break
        assert await versions(discovery, SERVICES) == ["v1"]
    assert answers.asked == 1
    discovery.forget()
    await versions(discovery, INGRESSES[:1])
    assert answers.asked == 2


async def test_other_errors_are_not_an_answer() -> None:
    with pytest.raises(ApiError):
        await versions(Discovery(Answers({"networking.k8s.io/v1": 500})), INGRESSES)  # type: ignore[arg-type]


def test_paths() -> None:
    assert SERVICES[0].path() == "/api/v1/services"
    assert SERVICES[0].path("a", "b") == "/api/v1/namespaces/a/services/b"
    assert INGRESSES[2].path("a") == "/apis/extensions/v1beta1/namespaces/a/ingresses"
    assert INGRESS_CLASSES[0].path("a") == "/apis/networking.k8s.io/v1/ingressclasses"
