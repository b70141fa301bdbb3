"""The live Kubernetes provider: from its options to a session with an API server."""

import asyncio
import logging

from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes.access import Access, StartError
from pointsman.providers.kubernetes.client import Client
from pointsman.providers.kubernetes.credentials import resolve
from pointsman.providers.kubernetes.selectors import SelectorError, parse_selector
from pointsman.providers.kubernetes.session import Session
from pointsman.providers.protocol import Publish

_LOG = logging.getLogger("pointsman.kubernetes")
START_RETRY_S = 10.0
"""How long to wait before unusable options are tried again: a file they name may appear."""


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
