"""One life of the Kubernetes provider: informers, translator, and what is published when."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable

from pointsman.model.dynamic import Change
from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes.client import Client
from pointsman.providers.kubernetes.discovery import (
    ADDRESSES,
    INGRESS_CLASSES,
    INGRESSES,
    SECRETS,
    SERVICES,
    Discovery,
    Resource,
)
from pointsman.providers.kubernetes.informer import Informer, Interest
from pointsman.providers.kubernetes.news import News
from pointsman.providers.kubernetes.translator import Translator, TranslatorOptions
from pointsman.providers.kubernetes.writing import Writer
from pointsman.providers.protocol import Publish

_LOG = logging.getLogger("pointsman.kubernetes")
Place = tuple[str, str]
"""Namespace and name."""

QUIET_S = 0.005
"""A burst is over when nothing came for this long."""
BURST_S = 0.05
"""A change waits at most this long for others of the same burst."""
FETCH_S = 2.0
"""How long an Ingress may wait for a secret that it has begun to name."""
REREAD_S = 2.0
"""How long until a secret that could not be read is asked for again."""
CHAIN = 16
"""How often in a row a secret that was read may lead to the next one."""
UNWANTED_SECRETS = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token"
"""Field selector: large, numerous, and never named by an Ingress."""


class Session:
    """One life of the provider: its informers, its translator, and what was published."""

    def __init__(self, options: Kubernetes, client: Client, publish: Publish, *, strict: bool = False) -> None:
        self._options, self._publish = options, publish
        self._discovery = Discovery(client)
        self._news = News()
        self._wanted: frozenset[Place] = frozenset()
        self._unread: frozenset[Place] = frozenset()
        self._retry_at = 0.0
        self._translator = Translator(
            TranslatorOptions(
                ingress_class=options.ingress_class,
                disable_pass_host_headers=options.disable_pass_host_headers,
                enable_pass_tls_cert=options.enable_pass_tls_cert,
                strict=strict,
            )
        )
        self.writer: Writer | None = None
        """Set before `run` where the cluster is written to."""
        self._secrets = self._informers("secrets", SECRETS, secrets=True)
        self._others = [
            *self._informers("ingresses", INGRESSES, labels=options.label_selector),
            *self._informers("services", SERVICES),
            *self._informers("endpoints", ADDRESSES),
            self._informer(Interest(name="ingress classes", candidates=INGRESS_CLASSES, required=False)),
        ]

    async def run(self) -> None:
        """Runs until cancelled, or until one of its parts fails."""
        async with asyncio.TaskGroup() as group:
            for informer in self._others:
                group.create_task(informer.run())
            await _all_synced(self._others)
            # Only the Ingresses tell which secrets are wanted.
            change = self._take()
            self._wanted = frozenset(self._translator.secrets)
            for informer in self._secrets:
                group.create_task(informer.run())
            await _all_synced(self._secrets)
            change = await self._translated(change)
            self._news.complete = True
            self._publish(change)
            _LOG.info("kubernetes: read completely")
            if self.writer is not None and (where := self._others[0].where) is not None:
                group.create_task(self.writer.run(where.resource))
            await self._follow()

    def view(self) -> Translator:
        """What is known of the cluster."""
        return self._translator

    def news(self) -> News:
        """Where problems are told."""
        return self._news

    def _take(self) -> Change:
        """What the news mean."""
        events = self._news.take_events()
        change = self._translator.apply(events)
        touched = self._translator.take_touched()
        if self.writer is not None:
            self.writer.saw(events, touched)
        return change

    async def _follow(self) -> None:
        throttle_s = self._options.throttle_duration / 1e9
        while True:
            await self._burst()
            if change := await self._translated(Change()):
                self._publish(change)
                await asyncio.sleep(throttle_s)

    async def _burst(self) -> None:
        """Waits for news, and a little longer for what comes with it; not for long while a secret is unread."""
        loop, arrived = asyncio.get_running_loop(), self._news.arrived
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._retry_at if self._unread else None):
                await arrived.wait()
        end = loop.time() + BURST_S
        while arrived.is_set() and loop.time() < end:
            arrived.clear()
            await asyncio.sleep(QUIET_S)
        arrived.clear()

    async def _translated(self, change: Change) -> Change:
        """Adds to a change what the news mean; an Ingress that names a new secret is not published without it."""
        change = joined(change, self._take())
        for _ in range(CHAIN):
            wanted = frozenset(self._translator.secrets)
            fresh, gone = wanted - self._wanted, self._wanted - wanted
            if asyncio.get_running_loop().time() >= self._retry_at:
                fresh |= self._unread
            if not fresh and not gone:
                break
            self._wanted = wanted
            await self._fetch(fresh & wanted)
            self._unread &= wanted
            for namespace, name in gone:
                for informer in self._secrets:
                    informer.drop(namespace, name)
            change = joined(change, self._take())
        return joined(change, Change(problems=self._news.take_problems()))

    async def _fetch(self, secrets: frozenset[Place]) -> None:
        informers = {informer.interest.namespace: informer for informer in self._secrets}
        reads = {
            asyncio.create_task(informer.fetch(*place)): place
            for place in secrets
            if (informer := informers.get(place[0]) or informers.get(""))
        }
        if not reads:
            return
        _, late = await asyncio.wait(reads, timeout=FETCH_S)
        for task in late:
            task.cancel()
        failed = {place for task, place in reads.items() if task in late or not task.result()}
        self._unread = (self._unread - secrets) | failed
        if self._unread:
            self._retry_at = asyncio.get_running_loop().time() + REREAD_S

    def _informers(
        self, name: str, candidates: tuple[Resource, ...], *, labels: str = "", secrets: bool = False
    ) -> list[Informer]:
        """One informer over all namespaces, or one for each that is configured."""
        return [
            self._informer(
                Interest(
                    name=f"{name} of namespace {namespace}" if namespace else name,
                    candidates=candidates,
                    namespace=namespace,
                    labels=labels,
                    fields=UNWANTED_SECRETS if secrets else "",
                    required=not secrets,
                    keep=(lambda *key: key in self._wanted) if secrets else None,
                )
            )
            for namespace in dict.fromkeys(self._options.namespaces or ("",))
        ]

    def _informer(self, interest: Interest) -> Informer:
        return Informer(interest, self._discovery, self._news)


async def _all_synced(informers: Iterable[Informer]) -> None:
    for informer in informers:
        await informer.synced.wait()


def joined(first: Change, second: Change) -> Change:
    """Two changes as one; the second has the last word."""
    return Change(
        frontends={**first.frontends, **second.frontends},
        backends={**first.backends, **second.backends},
        tls={**first.tls, **second.tls},
        problems={**first.problems, **second.problems},
    )
