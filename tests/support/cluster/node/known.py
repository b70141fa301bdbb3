"""What a node knows: its settings, the API, and copies of the objects that pods refer to."""

import fnmatch
import itertools

from support.cluster.node.client import Cache, Client, Notify
from support.cluster.node.facts import Missing
from support.cluster.node.settings import Image, Settings

PATHS = {
    "pods": "/api/v1/pods",
    "services": "/api/v1/services",
    "configmaps": "/api/v1/configmaps",
    "secrets": "/api/v1/secrets",
    "endpointslices": "/apis/discovery.k8s.io/v1/endpointslices",
}


class Known:
    """Shared by everything on the node; `host_fd` is the host's network namespace, open."""

    def __init__(self, settings: Settings, client: Client, host_fd: int) -> None:
        self.settings, self.client, self.host_fd = settings, client, host_fd
        self.caches: dict[str, Cache] = {}
        self._numbers = itertools.count(2)

    def follow(self, kind: str, notify: Notify) -> Cache:
        """Makes the cache of one kind; it is kept once something runs it."""
        self.caches[kind] = Cache(self.client, PATHS[kind], notify)
        return self.caches[kind]

    def next_address(self) -> str:
        """An address that no pod had lately."""
        number = next(self._numbers) % 65_000
        return f"10.244.{number // 250}.{number % 250 + 2}"

    def image(self, name: str) -> Image:
        """What runs for an image's name. Raises Missing."""
        names = (name, name.partition("@")[0], f"{name}:latest")
        for pattern, image in self.settings.images.items():
            if any(fnmatch.fnmatch(each, pattern) for each in names):
                return image
        known = ", ".join(self.settings.images)
        raise Missing(f"image {name} is not one that this cluster knows: {known}")
