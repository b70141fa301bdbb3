"""The provider follows its folder while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pointsman.model.dynamic import Change
from pointsman.model.static import Kubernetes
from pointsman.providers.manifests import ManifestsProvider

INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: %(name)s}
spec:
  rules:
  - host: %(name)s
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: s, annotations: {pointsman.io/servers: "127.0.0.1:1"}}
spec: {ports: [{port: 80}]}
"""
WAIT_S = 20


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator["asyncio.Queue[Change]"]:
    said: asyncio.Queue[Change] = asyncio.Queue()
    task = asyncio.create_task(ManifestsProvider(Kubernetes(manifests=str(folder))).run(said.put_nowait))
    try:
        yield said
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(said: "asyncio.Queue[Change]", frontend: str, present: bool) -> None:
    """Takes Changes until one adds or removes a frontend."""
    async with asyncio.timeout(WAIT_S):
        while True:
            change = await said.get()
            if frontend in change.frontends and (change.frontends[frontend] is not None) is present:
                return


async def test_reports_at_once_and_follows_every_change(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(INGRESS % {"name": "a"})
    async with running(tmp_path) as said:
        await until(said, "a/ (Prefix)", True)
        (tmp_path / "b.yaml").write_text((INGRESS % {"name": "b"}).partition("---")[0])
        await until(said, "b/ (Prefix)", True)
        (tmp_path / "b.yaml").unlink()
        await until(said, "b/ (Prefix)", False)
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "c.yaml").write_text((INGRESS % {"name": "c"}).partition("---")[0])
        await until(said, "c/ (Prefix)", True)


async def test_waits_for_a_folder_that_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    async with running(folder) as said:
        async with asyncio.timeout(WAIT_S):
            first = await said.get()
        assert not first.frontends
        assert first.problems
        folder.mkdir()
        (folder / "a.yaml").write_text(INGRESS % {"name": "a"})
        await until(said, "a/ (Prefix)", True)


async def test_a_folder_that_is_replaced(tmp_path: Path) -> None:
    folder, other = tmp_path / "now", tmp_path / "next"
    for place, name in ((folder, "a"), (other, "b")):
        place.mkdir()
        (place / f"{name}.yaml").write_text(INGRESS % {"name": name})
    async with running(folder) as said:
        await until(said, "a/ (Prefix)", True)
        folder.rename(tmp_path / "before")
        other.rename(folder)
        await until(said, "b/ (Prefix)", True)
        (folder / "b.yaml").write_text(INGRESS % {"name": "c"})
        await until(said, "c/ (Prefix)", True)


async def test_an_empty_folder_reports_too(tmp_path: Path) -> None:
    async with running(tmp_path) as said, asyncio.timeout(WAIT_S):
        assert not await said.get()
