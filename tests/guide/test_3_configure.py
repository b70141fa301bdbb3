"""Chapter 3: the configuration is a ConfigMap; a change of it takes a restart."""

from typing import Any

import pytest

from support.waiting import until
from support.walkthrough.walkthrough import CONTROLLER, SYSTEM, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]


def changed(config: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    text = config["data"]["traefik.toml"]
    assert old in text
    return config | {"data": {"traefik.toml": text.replace(old, new)}}


def test_a_changed_config_map_is_in_force_after_a_restart(guide: Walkthrough) -> None:
    (config,) = guide.objects("03-config")
    guide.apply("ingress-02-cheeses")
    guide.settled("/", "stilton.minikube", start="stilton-")
    before = {pod.uid for pod in guide.pods()}
    try:
        guide.put(changed(config, "[accessLog]", "sendAnonymousUsage = true\n[accessLog]"))
        guide.kubectl("-n", SYSTEM, "rollout", "restart", f"deployment/{CONTROLLER}")
        guide.rolled_out(CONTROLLER, namespace=SYSTEM)
        until(lambda: len(guide.pods()) == 2 and not before & {pod.uid for pod in guide.pods()}, what="new pods")
        guide.settled("/", "stilton.minikube", start="stilton-")
        for pod in guide.pods():
            assert "sendAnonymousUsage" in guide.kubectl("-n", SYSTEM, "logs", pod.name)
    finally:
        guide.put(config)
