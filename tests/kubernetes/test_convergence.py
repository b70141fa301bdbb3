"""However changes and restarts fall, what was followed equals what is read afresh."""

import asyncio
import random
from typing import Any

import pytest

from support.cluster.hand import Hand
from support.manifests import endpoint_slice, ingress, secret, service
from support.published import Published

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]


class Play:
    """Random changes to a handful of objects of every kind."""

    def __init__(self, hand: Hand, namespace: str, seed: int) -> None:
        self.hand, self.namespace, self.random = hand, namespace, random.Random(seed)
        self.there: dict[tuple[str, str], dict[str, Any]] = {}

    def drawn(self) -> dict[str, Any]:
        """An object in one of its possible states."""
        pick, number = self.random.choice, self.random.randrange(6)
        priority = {"traefik.ingress.kubernetes.io/priority": str(self.random.randrange(1, 9))}
        kinds = [
            lambda: ingress(self.namespace, f"i{number}", f"h{pick('ab')}.test", service=f"s{pick('012')}"),
            lambda: ingress(self.namespace, f"i{number}", f"h{number}.test", annotations=priority),
            lambda: ingress(self.namespace, f"i{number}", f"h{number}.test", tls=[f"t{pick('01')}"]),
            lambda: service(self.namespace, f"s{number % 3}", ports=[{"port": 80, "name": pick(("http", "web"))}]),
            lambda: endpoint_slice(
                self.namespace, f"e{number}", f"10.8.0.{self.random.randrange(1, 250)}", service=f"s{number % 3}"
            ),
            lambda: secret(self.namespace, f"t{number % 2}", {"tls.crt": f"{self.random.random()}"}),
        ]
        return pick(kinds)()

    async def step(self) -> None:
        """Creates, replaces or deletes one object."""
        manifest = self.drawn()
        key = (manifest["kind"], manifest["metadata"]["name"])
        api = self.hand.control_plane.api
        if key not in self.there:
            await self.hand.do(api.create, manifest)
        elif self.random.random() < 0.3:
            await self.hand.do(api.delete, self.there.pop(key))
            return
        else:
            await self.hand.do(api.replace, manifest)
        self.there[key] = manifest


async def same(followed: Published, fresh: Published) -> None:
    """Waits until both say the same."""

    def equal(_: Published) -> bool:
        told = [
            {key: found for key, found in p.problems.items() if "kubernetes:" not in key} for p in (followed, fresh)
        ]
        return (
            followed.frontends == fresh.frontends
            and followed.backends == fresh.backends
            and followed.tls == fresh.tls
            and told[0] == told[1]
        )

    await followed.until(equal)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_followed_equals_fresh(hand: Hand, namespace: str, seed: int) -> None:
    play, plane = Play(hand, namespace, seed), hand.control_plane
    async with hand.providing(namespaces=(namespace,)) as followed:
        await followed.ready()
        for number in range(60):
            await play.step()
            if number in (20, 40):
                await hand.do(plane.stop_apiserver)
                await asyncio.sleep(play.random.random())
                await hand.do(plane.start_apiserver)
        async with hand.providing(namespaces=(namespace,)) as fresh:
            await fresh.ready()
            await same(followed, fresh)
            assert followed.backends
