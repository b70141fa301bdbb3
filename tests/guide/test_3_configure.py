"""Chapter 3: the configuration is a ConfigMap; a change of it takes a restart, which costs no request."""

import pytest

from support.walkthrough.walkthrough import CONTROLLER, SYSTEM, Walkthrough

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]


def test_a_changed_config_map_is_in_force_after_a_rolling_restart(operated: Walkthrough) -> None:
    (config,) = operated.objects("03-config")
    text = config["data"]["traefik.toml"].replace("[accessLog]", "sendAnonymousUsage = true\n[accessLog]")
    before = operated.every_pod()
    try:
        with operated.unbroken("/cheddar", "cheeses.minikube", by=("cheddar-",)):
            operated.put(config | {"data": {"traefik.toml": text}})
            operated.kubectl("-n", SYSTEM, "rollout", "restart", f"deployment/{CONTROLLER}")
            operated.replaced(before)
        for pod in operated.pods():
            assert "sendAnonymousUsage" in operated.kubectl("-n", SYSTEM, "logs", pod.name)
    finally:
        operated.put(config)
