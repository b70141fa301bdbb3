"""A test's own hand on a cluster, usable while the provider runs in the same event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes.provider import KubernetesProvider
from support.cluster.control_plane import ControlPlane
from support.published import Published

T = TypeVar("T")


class Hand:
    """Changes objects, and runs providers against the cluster."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self.control_plane = control_plane

    async def do(self, action: Callable[..., T], *arguments: Any) -> T:
        """A blocking call, off the event loop."""
        return await asyncio.to_thread(action, *arguments)

    async def create(self, *manifests: dict[str, Any]) -> None:
        """Creates objects in order."""
        for manifest in manifests:
            await self.do(self.control_plane.api.create, manifest)

    async def patch(self, manifest: dict[str, Any], patch: dict[str, Any]) -> None:
        """Merge-patches the object that a manifest names."""
        await self.do(self.control_plane.api.patch, manifest, patch)

    async def delete(self, manifest: dict[str, Any]) -> None:
        """Deletes the object that a manifest names."""
        await self.do(self.control_plane.api.delete, manifest)

    @asynccontextmanager
    async def providing(self, **options: Any) -> AsyncIterator[Published]:
        """A provider at work with these options; the address and an administrator's token unless others are given."""
        plane = self.control_plane
        known = {"endpoint": plane.url, "token": plane.token, "cert_auth_file_path": str(plane.ca)}
        published = Published()
        provider = KubernetesProvider(Kubernetes(**(known | options)))
        task = asyncio.create_task(provider.run(published))
        try:
            yield published
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
