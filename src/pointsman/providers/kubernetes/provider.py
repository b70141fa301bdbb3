"""The live Kubernetes provider: informers in, Changes out."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable

from pointsman.model.dynamic import Change
from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes.access import Access, StartError
from pointsman.providers.kubernetes.client import Client
from pointsman.providers.kubernetes.credentials import resolve
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
from pointsman.providers.kubernetes.selectors import SelectorError, parse_selector
from pointsman.providers.kubernetes.translator import Translator, TranslatorOptions
from pointsman.providers.protocol import Publish

_LOG = logging.getLogger("pointsman.kubernetes")

QUIET_S = 0.005
"""A burst is over when nothing came for this long."""
BURST_S = 0.05
"""A change waits at most this long for others of the same burst."""
FETCH_S = 2.0
"""How long an Ingress may wait for a secret that it has begun to name."""
CHAIN = 16
"""How often in a row a secret that was read may lead to the next one."""
START_RETRY_S = 10.0
"""How long to wait before unusable options are tried again: a file they name may appear."""
UNWANTED_SECRETS = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token"
"""Field selector: large, numerous, and never named by an Ingress."""


def prepare(options: Kubernetes) -> Access:
    """Checks everything that can be checked before the API server is asked. Raises StartError."""
    try:
        parse_selector(options.label_selector)
    except SelectorError as error:
        raise StartError(f"kubernetes.labelSelector: {error}") from error
    return resolve(options)


class KubernetesProvider:
    """Watches an API server and publishes what its Ingresses mean. One `run` is one life: it can be run again."""

    name = "kubernetes"

    def __init__(self, options: Kubernetes, *, strict: bool = False) -> None:
        self._options = options
        self._strict = strict

    async def run(self, publish: Publish) -> None:
        """Publishes for ever; first when everything it may read has been read. Options that cannot work are logged."""
        client = Client(await self._access())
        try:
            await Session(self._options, client, publish, strict=self._strict).run()
        finally:
            await client.close()

    async def _access(self) -> Access:
        told = ""
        while True:
            try:
                access = prepare(self._options)
            except StartError as error:
                if str(error) != told:
                    told = str(error)
                    _LOG.error("%s; nothing is served from Kubernetes", error)
                await asyncio.sleep(START_RETRY_S)
            else:
                _LOG.info("kubernetes: API server %s, by %s", access.server, access.origin)
                return access


class Session:
    """One life of the provider: its informers, its translator, and what was published."""

    def __init__(self, options: Kubernetes, client: Client, publish: Publish, *, strict: bool = False) -> None:
        self._options, self._publish = options, publish
        self._discovery = Discovery(client)
        self._news = News()
        self._wanted: frozenset[tuple[str, str]] = frozenset()
        self._translator = Translator(
            TranslatorOptions(
                ingress_class=options.ingress_class,
                disable_pass_host_headers=options.disable_pass_host_headers,
                enable_pass_tls_cert=options.enable_pass_tls_cert,
                strict=strict,
            )
        )
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
            change = self._translator.apply(self._news.take_events())
            self._wanted = frozenset(self._translator.secrets)
            for informer in self._secrets:
                group.create_task(informer.run())
            await _all_synced(self._secrets)
            change = await self._translated(change)
            self._news.complete = True
            self._publish(change)
            _LOG.info("kubernetes: read completely")
            await self._follow()

    async def _follow(self) -> None:
        throttle_s = self._options.throttle_duration / 1e9
        while True:
            await self._burst()
            if change := await self._translated(Change()):
                self._publish(change)
                await asyncio.sleep(throttle_s)

    async def _burst(self) -> None:
        """Waits for news, and a little longer for what comes with it."""
        loop, arrived = asyncio.get_running_loop(), self._news.arrived
        await arrived.wait()
        end = loop.time() + BURST_S
        while arrived.is_set() and loop.time() < end:
            arrived.clear()
            await asyncio.sleep(QUIET_S)
        arrived.clear()

    async def _translated(self, change: Change) -> Change:
        """Adds to a change what the news mean; an Ingress that names a new secret is not published without it."""
        change = joined(change, self._translator.apply(self._news.take_events()))
        for _ in range(CHAIN):
            wanted = frozenset(self._translator.secrets)
            if wanted == self._wanted:
                break
            fresh, gone, self._wanted = wanted - self._wanted, self._wanted - wanted, wanted
            await self._fetch(fresh)
            for namespace, name in gone:
                for informer in self._secrets:
                    informer.drop(namespace, name)
            change = joined(change, self._translator.apply(self._news.take_events()))
        return joined(change, Change(problems=self._news.take_problems()))

    async def _fetch(self, secrets: Iterable[tuple[str, str]]) -> None:
        informers = {informer.interest.namespace: informer for informer in self._secrets}
        reads = []
        for namespace, name in secrets:
            if informer := informers.get(namespace) or informers.get(""):
                reads.append(informer.fetch(namespace, name))
        if reads:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*reads), FETCH_S)

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
